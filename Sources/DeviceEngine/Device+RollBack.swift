internal import Activation
internal import Basics
internal import Grafting
internal import Improvements
internal import Journal

extension Device {
  /// Takes an improvement off because of bad health, or because it cannot be put in place: to the last letter that was
  /// confirmed and still fits, else the baseline.
  ///
  /// - Parameters:
  ///   - probation: how its probation goes on; nil where it does not.
  ///   - former: what stood until a moment ago and is to stand again, whatever is known of it.
  func rollBack(
    _ record: ImprovementRecord, to former: ImprovementRecord? = nil, reason: String, _ probation: Probation?,
    _ progress: Progress
  ) async throws {
    let stream = record.manifest.stream
    let started = clock.now
    let ended = record.entering(.rolledBack(reason: reason), at: parts.now())
    // Its files are in the store still, and are verified again as they are put in place.
    let fallback = try (former ?? fallback(from: record))?.entering(.grafted, at: parts.now())
    let change = ProbationChange(stream, probation)
    if let fallback {
      try parts.journal.record(ended, fallback, watching: change)
    } else {
      try parts.journal.record(ended, watching: change)
    }
    do { try reconcile(progress) } catch {
      try raise("\(stream.component) was to be taken off (\(reason)) and stands still: \(error)", [], stream, progress)
      throw error
    }
    tell(
      ProgressEvent(
        .rollBack, stream: stream, "\(stream.component) was taken off again: \(reason)",
        took: started.duration(to: clock.now)), progress)
    try await restartOnFallback(ended, probation, progress)
    guard var fallback, try inPlace()[stream] == fallback,
      try parts.journal.confirmedSerials(stream).contains(fallback.manifest.serial)
    else { return }
    // It was confirmed before; that is what it goes back to.
    for state in [ImprovementState.activating, .probation, .confirmed] { fallback = try enter(state, fallback) }
  }

  private func restartOnFallback(
    _ ended: ImprovementRecord, _ probation: Probation?, _ progress: Progress
  ) async throws {
    let stream = ended.manifest.stream
    // Those that ended on the improved files map nothing any more.
    var services = Set(try await servicesMapping(ended))
    for service in try parts.journal.concernedServices(stream).union(probation?.services ?? []) {
      // Where the manager does not answer, what maps the files still is restarted by a later round.
      if let status = try? await parts.manager.status(of: service), status.pid == nil, !status.isAtRest {
        services.insert(service)
      }
    }
    let restarts = try await restartEach(services.sorted(), stream, progress)
    if restarts.silence == nil { try? parts.journal.setConcernedServices([], of: stream) }
    guard !restarts.failures.isEmpty else { return }
    let names = restarts.failures.map(\.service)
    let errors = restarts.failures.map { "\($0.error)" }.joined(separator: "; ")
    try raise(
      "\(stream.component) was taken off, and \(names.joined(separator: ", ")) does not start on what stood before"
        + " either: \(errors)", Set(names), stream, progress)
    guard var probation else { return }
    var findings = Probation.Findings()
    findings.ailments = restarts.failures.map { Ailment(.service($0.service), .start, "\($0.error)") }
    let action = probation.handle(.looked(findings, after: .zero, at: parts.now()))
    try settle(action, probation, stream, progress)
  }

  // MARK: - Alarms

  /// Says that a rollback did not come to a good end, louder than anything else, until it has.
  private func raise(_ reason: String, _ services: Set<String>, _ stream: Stream, _ progress: Progress) throws {
    try parts.journal.setAlarm(Alarm(reason: reason, services: services, since: parts.now()), of: stream)
    tell(ProgressEvent(.alarm, stream: stream, reason), progress)
  }

  /// Ends the alarms whose cause is gone: what should stand stands, and the services run.
  func endAlarms(_ progress: Progress) async throws {
    for (stream, alarm) in try parts.journal.alarms() {
      let wanted = try wanted(for: inPlace().values)
      guard try parts.backend.standing() == wanted else { continue }
      var isOver = true
      for service in alarm.services {
        guard let status = try? await parts.manager.status(of: service) else { continue }
        let runs = status.pid != nil || status.isAtRest || status.absence == .stopped
        if !runs { isOver = false }
      }
      guard isOver else { continue }
      try parts.journal.setAlarm(nil, of: stream)
      tell(ProgressEvent(.alarm, stream: stream, "over: what should stand stands, and the services run"), progress)
    }
  }
}
