internal import Activation
internal import Basics
internal import CanonicalJSON
internal import Grafting
package import Improvements
internal import Journal
internal import Linux
internal import Packages

extension Device {
  /// What the device says of itself now, read from the kernel.
  package func status() async throws -> DeviceStatus {
    let latest = try latestByStream()
    let standing = try inPlace()
    let findings = try parts.scanner.scan(
      for: watchedFiles(latest, meaning: standing.mapValues(\.manifest.serial)), copiesOf: knownBuilds(latest))
    var restraints: [String: ServiceRestraint?] = [:]
    let processes = try await named(withReaders(findings, latest, standing), &restraints)
    let copies = await named(findings.copies)
    let components = try latest.values.sorted { $0.manifest.stream < $1.manifest.stream }.compactMap { record in
      let stream = record.manifest.stream
      return try component(record, standing[stream], processes[stream] ?? [], copies[stream] ?? [])
    }
    let missing = try missing(of: standing)
    let lastFreshLook = try parts.journal.lastFreshLook()
    let notes = try await missing + waitingNotes() + takenOff(latest)
    return DeviceStatus(
      verdict: verdict(components, findings, isMissing: !missing.isEmpty, isLookedAt: lastFreshLook != nil),
      components: components, lastFreshLook: lastFreshLook,
      automatic: settings.automatic, transparencyRequired: settings.transparencyRequired,
      limits: limits(findings, isLookedAt: lastFreshLook != nil) + notes + open(components)
        + untold(standing.values) + waiting(components, restraints),
      ring: settings.ring, alarms: try alarms())
  }

  /// Who runs what now, by stream.
  func exposure() async throws -> [Stream: [ProcessReport]] {
    let (latest, standing) = (try latestByStream(), try inPlace())
    let watched = try watchedFiles(latest, meaning: standing.mapValues(\.manifest.serial))
    var restraints: [String: ServiceRestraint?] = [:]
    return try await named(withReaders(parts.scanner.scan(for: watched), latest, standing), &restraints)
  }

  /// Who runs what now, where processes should run the code of these improvements, by their serials, and who runs copies of it
  /// elsewhere.
  func survey(
    of chosen: [ImprovementRecord], _ meant: [Stream: Serial]
  ) async throws -> (findings: ExposureScanner.Findings, copies: [Stream: [CopyReport]]) {
    let latest = try latestByStream()
    let standing = try inPlace()
    var findings = try parts.scanner.scan(
      for: watchedFiles(latest, meaning: standing.mapValues(\.manifest.serial).merging(meant) { $1 }),
      copiesOf: knownBuilds(latest.filter { meant[$0.key] != nil }))
    var restraints: [String: ServiceRestraint?] = [:]
    let wanted = Dictionary(chosen.map { ($0.manifest.stream, $0) }) {
      $0.manifest.serial < $1.manifest.serial ? $1 : $0
    }
    findings.processes = try await named(
      withReaders(findings, latest, standing.merging(wanted) { $1 }), &restraints)
    return (findings, await named(findings.copies))
  }

  // Each stream is judged by what stands, and where nothing does by the highest.
  private func withReaders(
    _ findings: ExposureScanner.Findings, _ latest: [Stream: ImprovementRecord], _ meant: [Stream: ImprovementRecord]
  ) async throws -> [Stream: [ProcessReport]] {
    merged(findings.processes, try await readers(of: latest.merging(meant) { $1 }))
  }

  // One sentence for each improvement that something else than Suture took off, wholly or in part.
  private func missing(of standing: [Stream: ImprovementRecord]) throws -> [String] {
    let occupation = try parts.packages?.occupation(besides: packager)
    return try standing.values.sorted { $0.manifest.stream < $1.manifest.stream }.compactMap { record in
      let missing = try parts.backend.missing(of: grafts(of: [record])).map(\.path.description).sorted()
      guard !missing.isEmpty else { return nil }
      if let sentence = try leavingOut(record) { return sentence }
      if let occupation {
        return "\(record.manifest.stream.component) stepped aside for \(occupation), which is changing packages;"
          + " it is looked at again when that is done"
      }
      return
        "\(record.manifest.stream.component) does not stand at \(missing.joined(separator: ", ")), where it should;"
        + " the next round puts it back"
    }
  }

  private func verdict(
    _ components: [DeviceStatus.Component], _ findings: ExposureScanner.Findings, isMissing: Bool, isLookedAt: Bool
  ) -> DeviceStatus.Verdict {
    // Where the operating system's own update brought the fix, or the publisher took it back, nothing is missing.
    let applicable = components.filter { !$0.state.isOver }
    // A process may run the former files all the same.
    let exposures = Set(components.filter { $0.state.name != "withdrawn" }.flatMap(\.processes).map(\.exposure))
    if isMissing { return .exposed }
    if exposures.contains(.exposed) || exposures.contains(.unknown) { return .exposed }
    // An earlier letter that stands is enough where the later one closes nothing more.
    if applicable.contains(where: { !$0.state.isInPlace && ($0.standing == nil || !$0.openAdvisories.isEmpty) }) {
      return .exposed
    }
    // While restarts are under way a service may run nothing at all, which is not protection.
    let isUnderWay = applicable.map { $0.standing?.state ?? $0.state }.contains { $0 == .grafted || $0 == .activating }
    if exposures.contains(.pending) || isUnderWay { return .pending }
    // What was refused might fit and might be missing.
    if !lookRefusals.isEmpty || !isLookedAt || components.contains(where: \.isUntold) { return .unknown }
    if applicable.isEmpty { return .nothingToProtect }
    // Where every table of maps may be read, what hides one hides what is run. Others vouch for what they may look at.
    return !findings.unseen.isEmpty && parts.scanner.isForAll ? .unknown : .protected
  }

  // The serial by which a stream is judged: the highest that this machine knows of, a withdrawn one only where there is no
  // other that stands or may stand.
  func latestByStream() throws -> [Stream: ImprovementRecord] {
    func rank(_ record: ImprovementRecord) -> (Int, Serial) {
      (record.state.name == "withdrawn" ? 0 : 1, record.manifest.serial)
    }
    return try parts.journal.improvements().reduce(into: [:]) { latest, record in
      let stream = record.manifest.stream
      if latest[stream].map({ rank($0) < rank(record) }) ?? true { latest[stream] = record }
    }
  }

  // The improved files of the serial that is in place are what is meant, and where none is, those of the highest; baselines'
  // files and everything else that ever stood in their place are not. One stored file may serve several serials.
  private func watchedFiles(
    _ latest: [Stream: ImprovementRecord], meaning standing: [Stream: Serial]
  ) throws -> [WatchedFile] {
    let known = try parts.journal.knownFiles().filter { latest[$0.stream] != nil }
    let meant = Set(
      known.filter { file in
        file.kind == .improved && (standing[file.stream] ?? latest[file.stream]?.manifest.serial) == file.serial
      }.map(\.identity))
    let recognised = Dictionary(
      grouping: known.filter { $0.kind == .baseline && latest[$0.stream]?.manifest.serial == $0.serial },
      by: { BaselinePlace(stream: $0.stream, path: $0.path) })
    var watched: Set<WatchedFile> = []
    for file in known {
      guard let record = latest[file.stream] else { continue }
      let here = recognised[BaselinePlace(stream: file.stream, path: file.path), default: []]
      watched.insert(
        WatchedFile(
          stream: file.stream, identity: file.identity, names: names(of: file),
          isMeant: file.kind == .improved && meant.contains(file.identity), isGone: isGone(file, record, here),
          hasFormer: file.kind == .baseline && !record.state.isOver))
    }
    let improved = Set(known.filter { $0.kind == .improved }.map(\.identity))
    for (stream, record) in latest where !record.state.isOver {
      for file in record.fitting?.files ?? [] {
        // What is seen may be a graft, and the registry says which; anything else is the baseline or came in its place.
        guard let status = try parts.root.status(file.path), !improved.contains(status.identity) else { continue }
        watched.insert(
          WatchedFile(
            stream: stream, identity: status.identity, names: [parts.root.name(file.path)], isMeant: false))
      }
    }
    return Array(watched)
  }

  // What copies of a component's files are told by: all that its improvements ever said.
  private func knownBuilds(_ latest: [Stream: ImprovementRecord]) throws -> [KnownBuilds] {
    let known = Dictionary(grouping: try parts.journal.improvements(), by: \.manifest.stream)
    return latest.keys.sorted().map { KnownBuilds(stream: $0, manifests: known[$0, default: []].map(\.manifest)) }
  }

  // Whether a known file is in its place no more: the store's by its own word, the baseline's where the improvement was
  // retired or another file was recognised there for the same serial.
  private func isGone(_ file: KnownFile, _ latest: ImprovementRecord, _ recognised: [KnownFile]) -> Bool {
    switch file.kind {
    case .improved:
      guard let name = file.name.split(separator: "/").last, let path = RelativePath(name) else { return false }
      return (try? parts.store.directory.statusOfLink(path))??.identity != file.identity
    case .baseline:
      if latest.state.isOver { return true }
      return !recognised.isEmpty && !recognised.contains { $0.identity == file.identity }
    }
  }

  // As it was opened, and as it is seen where a mount put it.
  func names(of file: KnownFile) -> Set<String> {
    var names: Set<String> = [file.name, parts.root.name(file.path)]
    if let seen = try? parts.backend.name(of: file.path) { names.insert(seen) }
    return names
  }

  // Each service is asked about once: hundreds of processes may belong to it.
  private func named(
    _ processes: [Stream: [ProcessReport]], _ restraints: inout [String: ServiceRestraint?]
  ) async -> [Stream: [ProcessReport]] {
    var result: [Stream: [ProcessReport]] = [:]
    for (stream, reports) in processes {
      for report in reports {
        let service = await parts.manager.service(of: report.pid)
        var exposure = report.exposure
        if exposure == .exposed, await isToRestart(service, &restraints) { exposure = .pending }
        result[stream, default: []].append(
          ProcessReport(
            pid: report.pid, name: report.name, service: service, place: ProcessPlace(of: report.pid, service: service),
            exposure: exposure, mapped: report.mapped, identity: report.identity, reads: report.reads))
      }
    }
    return result
  }

  private func named(_ copies: [Stream: [CopyReport]]) async -> [Stream: [CopyReport]] {
    var result: [Stream: [CopyReport]] = [:]
    for (stream, reports) in copies {
      for report in reports {
        let place = ProcessPlace(of: report.pid, service: await parts.manager.service(of: report.pid))
        result[stream, default: []].append(
          CopyReport(
            pid: report.pid, name: report.name, place: place, build: report.build, mapped: report.mapped,
            identity: report.identity))
      }
    }
    return result
  }

  // Restarts by itself soon, or waits for its owner to do it.
  private func isToRestart(_ service: String?, _ restraints: inout [String: ServiceRestraint?]) async -> Bool {
    guard let service else { return false }
    if pendingServices.contains(service) { return true }
    if let known = restraints[service] { return known != nil }
    let reason = await restraint(on: service)
    restraints[service] = .some(reason)
    return reason != nil
  }

  private func component(
    _ record: ImprovementRecord, _ standing: ImprovementRecord?, _ processes: [ProcessReport], _ copies: [CopyReport]
  ) throws -> DeviceStatus.Component? {
    guard let baseline = record.fitting else { return nil }
    var earlier: DeviceStatus.Standing?
    if let standing, standing.manifest.serial != record.manifest.serial, let letter = standing.fitting?.letter {
      earlier = DeviceStatus.Standing(
        serial: standing.manifest.serial, letter: letter, state: standing.state, since: standing.since,
        advisories: standing.manifest.advisories.map(\.id))
    }
    let probation = try probations()[record.manifest.stream].flatMap {
      $0.serial == record.manifest.serial ? $0 : nil
    }
    return try DeviceStatus.Component(
      stream: record.manifest.stream, serial: record.manifest.serial, letter: baseline.letter,
      baseline: baseline.version, fixedIn: record.manifest.source.version, state: record.state,
      advisories: record.manifest.advisories.map(\.id), files: baseline.files.map(\.path),
      payloadBytes: record.manifest.payloadBytes(for: baseline), since: record.since, processes: processes,
      copies: copies, standing: earlier,
      turn: record.state.isInPlace ? nil : rollouts.turn(of: record.manifest.stream, record.manifest.serial)?.report,
      log: logStanding(of: record.manifest),
      health: probation.flatMap { HealthReport($0, at: parts.now()) }, isPinned: isPinned(record.manifest.stream),
      read: readReport(of: standing ?? record))
  }

  private func alarms() throws -> [String] {
    try parts.journal.alarms().sorted { $0.key < $1.key }.map { "\($0.value.reason) (since \($0.value.since))" }
  }

  private func waiting(_ components: [DeviceStatus.Component], _ restraints: [String: ServiceRestraint?]) -> [String] {
    let pending = components.flatMap(\.processes).filter { $0.exposure == .pending }.compactMap(\.service)
    return Set(pending).sorted().compactMap { service in
      restraints[service]?.map { "\(service) runs the vulnerable code and is not restarted unattended: \($0.reason)" }
    }
  }

  // One sentence for each improvement that is only offered, or waits for its turn, because it was taken off.
  private func takenOff(_ latest: [Stream: ImprovementRecord]) -> [String] {
    let offered = latest.values.filter { ["offered", "waiting"].contains($0.state.name) }
    guard !offered.isEmpty, let ends = try? parts.journal.history(at: .rollBack, limit: Self.recentLimit) else {
      return []
    }
    return offered.sorted { $0.manifest.stream < $1.manifest.stream }.compactMap { record in
      let stream = record.manifest.stream
      let serial = JSON.integer(record.manifest.serial.number)
      let end = ends.last { $0.event.stream == stream && $0.event.facts["serial"] == serial }
      guard let end else { return nil }
      // It may have stood again since, and be offered for another reason.
      let grafts = try? parts.journal.history(of: stream.component, at: .graft, limit: 1)
      guard grafts?.contains(where: { $0.time > end.time }) != true else { return nil }
      return "\(end.event.message) (since \(end.time))"
    }
  }

  /// How many of the last improvements that were taken off are looked at for why one does not stand.
  private static let recentLimit = 100

  // What an earlier letter leaves open.
  private func open(_ components: [DeviceStatus.Component]) -> [String] {
    components.compactMap { component in
      guard let standing = component.standing, !component.openAdvisories.isEmpty, component.state.name != "withdrawn"
      else { return nil }
      let open = component.openAdvisories.joined(separator: ", ")
      return
        "\(component.stream.component) (\(standing.letter)) stands; only (\(component.letter)), which does not, closes \(open)"
    }
  }

  private func limits(_ findings: ExposureScanner.Findings, isLookedAt: Bool) -> [String] {
    var limits = [settingsRefusal, lookFailure].compactMap(\.self) + lookRefusals + rollouts.notes
    limits += withdrawalNotes() + clockNotes()
    if !isLookedAt { limits.append("the repository was never looked at with success; `suture look` asks it") }
    if let first = findings.unseen.first {
      let processes = counted(findings.unseen.count, "process", "processes")
      limits.append(
        "\(processes) could not be looked at, since their maps may not be read or are too long: \(first)"
          + (findings.unseen.count > 1 ? " and others" : ""))
    }
    if let limitation = parts.witness.limitation, (try? probations())?.values.contains(where: \.isWatched) == true {
      limits.append("what is on probation is watched, but \(limitation)")
    }
    if parts.scanner.source == nil {
      limits.append("this file system's maps do not tell devices; inode and name are compared instead")
    }
    if settings.automaticIsPolicy {
      limits.append("automatic is \(settings.automatic ? "on" : "off") by the administrator's policy")
    }
    return limits
  }
}

private struct BaselinePlace: Hashable {
  let stream: Stream
  let path: RelativePath
}

extension ImprovementState {
  /// Whether it concerns the machine no more: by the operating system's own update, or its publisher's word.
  var isOver: Bool {
    switch self {
    case .retired, .withdrawn: true
    default: false
    }
  }
}
