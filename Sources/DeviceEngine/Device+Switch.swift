internal import Activation
internal import Basics
internal import CanonicalJSON
internal import Grafting
internal import Improvements
internal import Journal
internal import Linux
internal import Packages

// Improvements whose files change places at a moment of their own: those of the C library, which every program loads in two steps, and
// sets whose files programs load one by one.
extension Device {
  /// The improvements that are ready and wait for their moment, each the highest such of its stream.
  func waitingForMoment() throws -> [ImprovementRecord] {
    let standing = try inPlace()
    let ready = try parts.journal.improvements().filter { record in
      record.state == .staged && record.manifest.switchMoment != .anytime
        && standing[record.manifest.stream].map { $0.manifest.serial < record.manifest.serial } ?? true
    }
    return Dictionary(ready.map { ($0.manifest.stream, $0) }) { $0.manifest.serial < $1.manifest.serial ? $1 : $0 }
      .values.sorted { $0.manifest.stream < $1.manifest.stream }
  }

  /// Why an improvement that is ready does not take its place now, as the end of a sentence; nil where it may.
  func hindrance(toSwitch record: ImprovementRecord) async throws -> String? {
    switch record.manifest.switchMoment {
    case .anytime: return nil
    case .start: return "it takes its place when the machine starts next; `suture reboot` does that"
    case .unused:
      let until = record.since.advanced(by: record.manifest.switchPatience)
      guard parts.now() < until else { return nil }
      let users = try await usersOfSet(record.manifest.stream)
      guard !users.isEmpty else { return nil }
      let names = Set(users.map(\.name)).sorted()
      let who = names.prefix(3).joined(separator: ", ") + (names.count > 3 ? " and others" : "")
      return
        "its files belong together, and \(counted(users.count, "process uses", "processes use")) them (\(who));"
        + " it takes its place when \(users.count == 1 ? "it has" : "they have") ended, when the machine starts, and after"
        + " \(until) in any case"
    }
  }

  // Those that the device cannot end and start again by itself.
  private func usersOfSet(_ stream: Stream) async throws -> [ProcessReport] {
    var users: [ProcessReport] = []
    for process in try await exposure()[stream] ?? [] where process.exposure != .protected {
      if let service = process.service, await restraint(on: service) == nil { continue }
      users.append(process)
    }
    return users
  }

  /// Tells that an improvement is ready and what it waits for.
  func tellWait(of record: ImprovementRecord, _ hindrance: String, _ progress: Progress) {
    let stream = record.manifest.stream
    tell(
      ProgressEvent(
        .plan, stream: stream, "\(stream.component) is ready: \(hindrance)",
        facts: ["moment": .string(record.manifest.switchMoment == .start ? "start" : "unused")]), progress)
  }

  /// How often it is looked whether a set is used still: no event tells that a program has ended.
  private static let switchPeriod: Duration = .seconds(60)

  /// Puts in place what was ready and whose moment has come, while the machine runs.
  ///
  /// - Returns: how long to wait until the next time; nil where nothing waits for a moment that may come at any time.
  @discardableResult
  package func switchWaiting(_ progress: @escaping Progress = { _ in }) async -> Duration? {
    guard let waiting = try? waitingForMoment().filter({ $0.manifest.switchMoment == .unused }), !waiting.isEmpty else {
      return nil
    }
    if !isBusy, !parts.isWithoutGrafts { try? await switchNow(waiting, progress) }
    return Self.switchPeriod
  }

  private func switchNow(_ waiting: [ImprovementRecord], _ progress: @escaping Progress) async throws {
    try checkPackages()
    var due: [ImprovementRecord] = []
    for record in waiting where try mayStand(record) {
      if try await hindrance(toSwitch: record) == nil { due.append(record) }
    }
    // An operation that does nothing would be one that something has come of.
    guard !due.isEmpty else { return }
    try await exclusively {
      try checkPackages()
      for record in due where try waitingForMoment().contains(record) {
        guard try isWhole(record) else {
          try enter(.offered, record)
          continue
        }
        do { try await graft(record, isOwners: false, progress) } catch let error as CancellationError {
          throw error
        } catch {
          // Not into the history, which it would fill minute by minute.
          show(ProgressEvent(.refuse, stream: record.manifest.stream, "\(error)"), progress)
        }
      }
    }
  }

  /// Journals that what was ready for it is in place from this start on; nothing is covered yet.
  func switchAtStart(_ progress: Progress) throws {
    guard try parts.packages?.occupation(besides: packager) == nil else { return }
    for staged in try waitingForMoment() where try mayStand(staged) {
      let stream = staged.manifest.stream
      // Damaged since: to be fetched anew.
      guard try isWhole(staged) else {
        try enter(.offered, staged)
        continue
      }
      let standing = try inPlace()
      let taken = Set(standing.values.filter { $0.manifest.stream != stream }.flatMap(Self.paths))
      guard taken.isDisjoint(with: Self.paths(of: staged)) else {
        try enter(.failed(reason: "another improvement stands at one of its paths"), staged)
        continue
      }
      try rememberImproved(staged)
      let record = staged.entering(.grafted, at: parts.now())
      let change = ProbationChange(stream, probation(anew: record))
      if let former = standing[stream] {
        try parts.journal.record(
          former.entering(.superseded(by: record.manifest.serial), at: parts.now()), record, watching: change)
      } else {
        try parts.journal.record(record, watching: change)
      }
      tell(ProgressEvent(.graft, stream: stream, "\(stream.component) takes its place with this start"), progress)
    }
  }

  // What was so when it was made ready may be otherwise now.
  private func mayStand(_ record: ImprovementRecord) throws -> Bool {
    let stream = record.manifest.stream
    return try retirement(of: record) == nil && withdrawalReason(record) == nil && !isHeld(record) && !isPinned(stream)
  }

  private static func paths(of record: ImprovementRecord) -> [RelativePath] {
    (record.fitting?.files ?? []).map(\.path)
  }

  func isWhole(_ record: ImprovementRecord) throws -> Bool {
    try (record.fitting?.files ?? []).allSatisfy { try parts.store.isWhole(record.key(of: $0)) }
  }

  /// The grafts that are to stand now, where these improvements are to stand.
  ///
  /// While the machine runs, what changes only when it starts is not taken off, but for what packages have replaced beneath.
  func wanted(for records: some Collection<ImprovementRecord>) throws -> Set<Graft> {
    let wanted = grafts(of: records)
    guard !isStarting else { return wanted }
    let lasting = try parts.journal.improvements().filter { record in
      record.manifest.switchMoment == .start && record.state.name != "retired"
    }
    guard !lasting.isEmpty else { return wanted }
    let held = try grafts(of: lasting).intersection(parts.backend.standing())
    let paths = Set(held.map(\.path))
    return wanted.filter { !paths.contains($0.path) }.union(held)
  }

  /// Whether an improvement that was taken off stands until the machine starts.
  func standsUntilStart(_ record: ImprovementRecord) throws -> Bool {
    guard record.manifest.switchMoment == .start, !record.state.isInPlace else { return false }
    let grafts = grafts(of: [record])
    return try !grafts.isEmpty && grafts.isSubset(of: parts.backend.standing())
      && grafts.isDisjoint(with: self.grafts(of: inPlace().values))
  }

  /// One sentence for each improvement that is ready and waits, or was taken off and stands still.
  func waitingNotes() async throws -> [String] {
    var notes: [String] = []
    for record in try waitingForMoment() {
      if let hindrance = try await hindrance(toSwitch: record) {
        notes.append("\(record.manifest.stream.component) is ready: \(hindrance)")
      }
    }
    for record in try parts.journal.improvements() where try standsUntilStart(record) && record.state != .staged {
      let letter = record.fitting?.letter.description ?? "?"
      notes.append(
        "\(record.manifest.stream.component) (\(letter)) was taken off and stands until the machine starts next;"
          + " `suture reboot` does that")
    }
    return notes.sorted()
  }
}
