internal import Activation
internal import Basics
internal import ELFImage
internal import Grafting
internal import Improvements
internal import Journal
internal import Linux

// Files that programs read and do not map. No table of the kernel tells who has which content of them; when a process began
// tells which content it can have, and the manifest which services keep what they read.
extension Device {
  /// The files of an improvement that are read.
  func filesRead(of record: ImprovementRecord) -> [Manifest.File] {
    (record.fitting?.files ?? []).filter { !isLoaded($0) }
  }

  /// Who has what is read of an improvement's files, as far as its publisher says; nil where nothing is.
  func readReport(of record: ImprovementRecord) -> ReadReport? {
    let files = filesRead(of: record)
    return files.isEmpty ? nil : ReadReport(files: files.count, readers: record.manifest.readers?.map(\.description))
  }

  /// One sentence for each of these improvements of which nobody says who has what is read.
  func untold(_ records: some Sequence<ImprovementRecord>) -> [String] {
    records.sorted { $0.manifest.stream < $1.manifest.stream }.compactMap { record in
      guard let report = readReport(of: record), report.readers == nil else { return nil }
      let count = counted(report.files, "file of it is", "files of it are")
      return "\(record.manifest.stream.component) (\(record.fitting?.letter.description ?? "?")): \(count) read and not"
        + " mapped, and its publisher does not say by which services: who has the former content is unknown"
    }
  }

  // What matters is who has the former content: where that is loaded, the kernel tells. What cannot be looked at is taken
  // for read, so that nothing is called protected for it.
  private func isLoaded(_ file: Manifest.File) -> Bool {
    if let known = loaded[file.baseline.digest] { return known }
    guard let opened = try? parts.backend.openBaseline(file.path),
      (try? opened.status().size) == file.baseline.length,
      let head = try? opened.readPiece(limit: ELFImage.headByteCount)
    else { return false }
    loaded[file.baseline.digest] = ELFImage.isLoaded(head)
    return loaded[file.baseline.digest] ?? false
  }

  // The same paths with the same bytes have the same name.
  private func contentRead(of record: ImprovementRecord) -> String? {
    let files = filesRead(of: record)
    guard !files.isEmpty else { return nil }
    return Digest(of: files.map { "\($0.improved.digest) \($0.path)\n" }.joined().utf8).hex
  }

  // MARK: - Switches

  /// Writes down, before these improvements stand, of which of them what is read becomes other content by that, and of which
  /// that stood it becomes the former.
  func beginSwitches(to standing: [ImprovementRecord]) throws -> [ContentSwitch] {
    let known = try parts.journal.switches()
    let contents = standing.compactMap { record in contentRead(of: record).map { (record, $0) } }
    guard !known.isEmpty || !contents.isEmpty else { return [] }
    let boot = BootMoment.currentBoot() ?? ""
    var (begun, renamed): ([ContentSwitch], [ContentSwitch]) = ([], [])
    for (record, content) in contents {
      let (stream, serial) = (record.manifest.stream, record.manifest.serial)
      let before = known[stream].flatMap { $0.boot == boot ? $0 : nil }
      guard let last = before, last.content == content, last.since != nil,
        try parts.backend.missing(of: grafts(of: [record])).isEmpty
      else {
        // What was cut off before is finished, from where it began.
        let isNew = before?.since != nil && before?.content != content
        begun.append(
          ContentSwitch(
            stream, from: isNew ? before?.present : before?.former, to: serial, content: content, boot: boot, since: nil
          ))
        continue
      }
      guard last.present != serial else { continue }
      renamed.append(
        ContentSwitch(stream, from: last.former, to: serial, content: content, boot: boot, since: last.since))
    }
    let kept = Set(contents.map(\.0.manifest.stream))
    for (stream, last) in known where !kept.contains(stream) && (last.present != nil || last.since == nil) {
      let former = last.boot == boot ? last.present ?? last.former : nil
      begun.append(ContentSwitch(stream, from: former, to: nil, content: "", boot: boot, since: nil))
    }
    try parts.journal.record(begun + renamed)
    return begun
  }

  /// Writes down that the switches are done.
  ///
  /// Where that cannot be written, all that runs counts as begun before.
  func finish(_ begun: [ContentSwitch]) {
    guard !begun.isEmpty, let moment = BootMoment.now() else { return }
    try? parts.journal.record(
      begun.map {
        ContentSwitch(
          $0.stream, from: $0.former, to: $0.present, content: $0.content, boot: moment.boot, since: moment.ticks)
      })
    switchedAt = clock.now
  }

  /// Returns when a process that begins is told from one that began before the last switch.
  func outwaitSwitch() async throws {
    guard let switchedAt, switchedAt.duration(to: clock.now) < BootMoment.resolution else { return }
    try await Task.sleep(for: BootMoment.resolution)
  }

  // MARK: - Readers

  /// The processes of declared readers, by stream, and what they can have read.
  ///
  /// - Parameter judged: of each stream the improvement whose content they should have.
  func readers(of judged: [Stream: ImprovementRecord]) async throws -> [Stream: [ProcessReport]] {
    let switches = try parts.journal.switches()
    let boot = BootMoment.currentBoot()
    var wanted: [Reading] = []
    for (stream, record) in judged where !record.state.isOver {
      guard let names = record.manifest.readers, !names.isEmpty, let content = contentRead(of: record),
        let path = filesRead(of: record).first?.path
      else { continue }
      let last = switches[stream].flatMap { $0.boot == boot && $0.content == content ? $0 : nil }
      wanted.append(Reading(stream: stream, names: names, path: path, moment: last?.moment))
    }
    guard !wanted.isEmpty else { return [:] }
    let members = try await members(of: wanted.flatMap(\.names))
    var found: [Stream: [ProcessReport]] = [:]
    for reading in wanted {
      for (pid, member) in members.processes.sorted(by: { $0.key < $1.key })
      where reading.names.contains(where: { $0.names(member.service) }) {
        let isNew = reading.moment.map { members.began(pid, after: $0) } ?? false
        found[reading.stream, default: []].append(
          ProcessReport(
            pid: pid, name: ProcessTable.name(of: pid) ?? "ended", service: nil,
            exposure: isNew ? .protected : .exposed, mapped: parts.root.name(reading.path), identity: "", reads: true))
      }
    }
    return found
  }

  /// The services that can have read content which was taken away with these improvements, by stream.
  func servicesReading(_ ended: [ImprovementRecord]) async throws -> [Stream: Set<String>] {
    let switches = try parts.journal.switches()
    guard !switches.isEmpty else { return [:] }
    let boot = BootMoment.currentBoot()
    var services: [Stream: Set<String>] = [:]
    for record in ended {
      let (stream, serial) = (record.manifest.stream, record.manifest.serial)
      guard let last = switches[stream], last.boot == boot, last.former == serial, last.present != serial,
        let moment = last.moment, let names = record.manifest.readers
      else { continue }
      let members = try await members(of: names)
      for (pid, member) in members.processes where !members.began(pid, after: moment) {
        services[stream, default: []].insert(member.service)
      }
    }
    return services
  }

  private func members(of names: [ServiceName]) async throws -> ServiceMembers {
    var members = ServiceMembers()
    for pid in try ProcessTable.pids() {
      guard let service = await parts.manager.service(of: pid), names.contains(where: { $0.names(service) }),
        let identity = ProcessIdentity(running: pid)
      else { continue }
      members.processes[pid] = ServiceMembers.Member(
        service: service, identity: identity, parent: ProcessIdentity.parent(of: pid))
    }
    return members
  }
}

/// One stream whose content services read.
private struct Reading {
  let stream: Stream
  let names: [ServiceName]
  let path: RelativePath
  /// Since when the content is there that they should have; nil where it is not, or nobody knows.
  let moment: BootMoment?
}

/// Processes of some services.
private struct ServiceMembers {
  struct Member {
    let service: String
    let identity: ProcessIdentity
    let parent: Int32?
  }

  var processes: [Int32: Member] = [:]

  /// Whether a process began after a moment, and so did those of its service that it was forked from: what they had read, it
  /// has.
  func began(_ pid: Int32, after moment: BootMoment) -> Bool {
    var seen: Set<Int32> = []
    var next: Int32? = pid
    while let number = next, seen.insert(number).inserted, let member = processes[number],
      member.service == processes[pid]?.service
    {
      guard moment.isBefore(member.identity) else { return false }
      next = member.parent
    }
    return true
  }
}

/// Reports of processes by what they map and by what they read, one for each process.
func merged(
  _ mapped: [Stream: [ProcessReport]], _ reading: [Stream: [ProcessReport]]
) -> [Stream: [ProcessReport]] {
  mapped.merging(reading) { mapped, reading in
    // What is not as it should be is the news.
    Dictionary((mapped + reading).map { ($0.pid, $0) }) { $0.exposure == .protected ? $1 : $0 }
      .values.sorted { $0.pid < $1.pid }
  }
}
