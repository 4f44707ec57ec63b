internal import Activation
internal import Basics
internal import CanonicalJSON
internal import Improvements
internal import Journal
internal import Linux
internal import Packages

// What follows from what was seen of health.
extension Device {
  /// Does what a probation asks for; within an operation.
  func carryOut(
    _ action: Probation.Action, _ probation: Probation, _ stream: Stream, _ progress: Progress
  ) async throws {
    switch action {
    case .nothing, .retry: return
    case .confirm(let endured):
      guard let record = try record(of: probation, stream) else { return }
      try parts.journal.record(
        record.entering(.confirmed, at: parts.now()), watching: ProbationChange(stream, nil))
      await tellConfirmed(stream, probation, endured, progress)
      try await keepRunning(probation.servicesToKeep, stream, progress)
    case .fallBack(let ailments):
      guard let record = try record(of: probation, stream) else { return }
      var borne = try parts.journal.probations()[stream] ?? probation
      if try await bear(ailments, &borne, stream, progress) {
        return try parts.journal.record(ProbationChange(stream, borne))
      }
      let reason = Self.account(of: ailments)
      try await rollBack(record, reason: reason, probation, progress)
      throw DeviceError.rolledBack(stream, reason: reason)
    case .acquit, .postpone, .giveUp:
      try settle(action, probation, stream, progress)
      try await keepRunning(probation.servicesToKeep, stream, progress)
    }
  }

  /// Journals and tells what the watch over a fallback came to.
  func settle(
    _ action: Probation.Action, _ probation: Probation, _ stream: Stream, _ progress: Progress
  ) throws {
    try parts.journal.record(ProbationChange(stream, probation))
    let name = stream.component
    switch action {
    case .acquit(let ailments):
      tell(
        ProgressEvent(
          .acquit, stream: stream,
          "\(name) is acquitted and put in place again: without it, too, \(Self.account(of: ailments))"), progress)
    case .postpone(let until):
      tell(
        ProgressEvent(
          .acquit, stream: stream, "without \(name) all is well; it is tried again after \(until)",
          facts: ["until": .string(until.description), "attempt": .integer(Int64(probation.attempt))]), progress)
    case .giveUp:
      tell(
        ProgressEvent(
          .acquit, stream: stream,
          "without \(name) all is well, and it is not tried again by itself; `suture reapply \(name)` does"), progress)
    case .nothing, .confirm, .fallBack, .retry: return
    }
  }

  /// Bears with ailments where the owner pinned the component; false where they did not.
  func bear(
    _ ailments: [Ailment], _ probation: inout Probation, _ stream: Stream, _ progress: Progress
  ) async throws -> Bool {
    guard try isPinned(stream) else { return false }
    probation.endure(ailments)
    tell(
      ProgressEvent(
        .refuse, stream: stream,
        "\(stream.component) is not taken off though \(Self.account(of: ailments)): it is pinned;"
          + " `suture remove \(stream.component)` takes it off"), progress)
    return true
  }

  /// Starts services that ran before and do not run now.
  func keepRunning(_ services: Set<String>, _ stream: Stream, _ progress: Progress) async throws {
    var down: [String] = []
    for service in services.sorted() {
      // One that was stopped in order was stopped by somebody.
      guard let status = try? await parts.manager.status(of: service), status.fault != nil else { continue }
      down.append(service)
    }
    _ = try await restartEach(down, stream, progress)
  }

  /// Tries again what waits for it and whose time has come.
  func tryAgain(_ progress: @escaping Progress) async throws {
    let due = try parts.journal.probations().values.contains { probation in
      var probation = probation
      return probation.handle(.time(parts.now())) == .retry
    }
    // Packages may have been changed by somebody whose work nobody was told of.
    if due, try parts.packages?.occupation(besides: packager) == nil { try dropReplaced(progress) }
    for (stream, former) in try parts.journal.probations().sorted(by: { $0.key < $1.key }) {
      var probation = former
      guard probation.handle(.time(parts.now())) == .retry, try !isPinned(stream),
        settings.automatic || probation.isOwners, let record = try record(of: probation, stream),
        try !isHeld(record), probation.isOwners || isItsTurn(record), (try? admit(record)) != nil
      else { continue }
      try await exclusively {
        tell(
          ProgressEvent(
            .offer, stream: stream,
            probation.attempt == 0
              ? "\(stream.component) is put in place again"
              : "\(stream.component) is tried again, try \(probation.attempt + 1) of \(probation.terms.delays.count + 1)"
          ),
          progress)
        do { try await apply(record, isOwners: probation.isOwners, progress) } catch let error as CancellationError {
          throw error
        } catch {
          guard try parts.journal.probations()[stream] == former else { return }
          probation.putOff(by: Self.putOffDelay, at: parts.now())
          try parts.journal.record(ProbationChange(stream, probation))
        }
      }
    }
  }

  private func record(of probation: Probation, _ stream: Stream) throws -> ImprovementRecord? {
    try parts.journal.improvements().first {
      $0.manifest.stream == stream && $0.manifest.serial == probation.serial
    }
  }

  /// One clause over several ailments.
  static func account(of ailments: [Ailment]) -> String {
    var seen: Set<String> = []
    return ailments.map(\.account).filter { seen.insert($0).inserted }.joined(separator: "; ")
  }

  /// Tells that an improvement is live and for how long it is watched.
  func tellLive(_ probation: Probation, _ record: ImprovementRecord, _ progress: Progress) async {
    let stream = record.manifest.stream
    guard probation.terms.span > .zero else { return }
    let services = counted(probation.services.count, "service", "services")
    let probes = probes(of: record)
    let questions = probes.isEmpty ? "" : " and \(counted(probes.count, "probe", "probes"))"
    let verb = probation.services.count + probes.count == 1 ? "is" : "are"
    let until = parts.now().advanced(by: probation.terms.span)
    tell(
      ProgressEvent(
        .watch, stream: stream, "live; \(services)\(questions) \(verb) watched until about \(until)",
        facts: ["until": .string(until.description)]), progress)
  }

  private func tellConfirmed(
    _ stream: Stream, _ probation: Probation, _ endured: [Ailment], _ progress: Progress
  ) async {
    guard let after = try? await exposure()[stream] ?? [] else { return }
    let left = after.filter { $0.exposure != .protected }
    let waiting = left.filter { $0.exposure == .pending }
    let outside = left.count - waiting.count
    var account = [endured.isEmpty ? "healthy" : Self.endurance(endured, stream)]
    if left.isEmpty {
      let readers = after.count(where: \.reads)
      account.append(
        "mapped by \(counted(after.count - readers, "process", "processes")), the baseline's files by none"
          + (readers > 0 ? "; read by \(counted(readers, "process that began", "processes that began")) since" : ""))
    }
    if let record = try? record(of: probation, stream) { account += untold([record]) }
    if !waiting.isEmpty {
      let services = Set(waiting.compactMap(\.service)).sorted().joined(separator: ", ")
      account.append("never restarted unattended and still with the baseline's files: \(services)")
    }
    if outside > 0 {
      account.append(
        "outside any service the baseline's files are still mapped by"
          + " \(counted(outside, "process", "processes")); end or relaunch what `suture status` names")
    }
    tell(
      ProgressEvent(
        .confirm, stream: stream, account.joined(separator: "; "), took: probation.terms.span,
        facts: ["protected": .integer(Int64(after.count - left.count)), "exposed": .integer(Int64(left.count))]),
      progress)
  }

  private static func endurance(_ endured: [Ailment], _ stream: Stream) -> String {
    "it stays though \(account(of: endured)), which somebody may be doing; `suture remove \(stream.component)` takes it off"
  }
}
