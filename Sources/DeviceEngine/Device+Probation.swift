internal import Activation
internal import Basics
internal import CanonicalJSON
package import Improvements
internal import Journal
internal import Linux

extension Device {
  /// The longest pause between two looks at health.
  static let periodLimit: Duration = .seconds(2)
  /// How much of a watch may be forgotten where the daemon is killed, at most.
  static let journalPeriod: Duration = .seconds(30)
  /// How long to wait while the device is at work with something else.
  static let busyPause: Duration = .milliseconds(500)
  /// How long to wait before what could not be done is tried again.
  static let troublePause: Duration = .seconds(10)
  /// The longest wait: clocks may be set meanwhile.
  static let waitLimit: Duration = .seconds(60)
  /// How long a further try is put off that could not be begun.
  static let putOffDelay: Duration = .seconds(600)

  /// Looks after what is on probation, what waits to be tried again, and what was cut off; returns how long to wait until the
  /// next time, or nil where nothing is to be looked after.
  ///
  /// Looking is no operation: others go on meanwhile, and what was seen while one was under way counts for nothing.
  package func tend(_ progress: @escaping Progress = { _ in }) async -> Duration? {
    guard !isBusy else { return Self.busyPause }
    do {
      try dropOutdated()
      if try inPlace().values.contains(where: { $0.state == .grafted || $0.state == .activating }) {
        try await finishActivations(progress)
      }
      try await endAlarms(progress)
      try await lookAtHealth(progress)
      try await tryAgain(progress)
      return try pause()
    } catch DeviceError.busy { return Self.busyPause } catch { return Self.troublePause }
  }

  /// How long a watch of this length may go without a look.
  static func period(of span: Duration) -> Duration { min(max(span / 100, .milliseconds(100)), periodLimit) }

  private func pause() throws -> Duration? {
    var pauses = try parts.journal.alarms().isEmpty ? [] : [Self.troublePause]
    if try inPlace().values.contains(where: { $0.state == .grafted || $0.state == .activating }) {
      pauses.append(Self.troublePause)
    }
    for probation in try parts.journal.probations().values {
      switch probation.phase {
      case .watching, .fallback: pauses.append(Self.period(of: probation.terms.span))
      case .waiting(_, let until, _): pauses.append(min(max(until.since(parts.now()), Self.busyPause), Self.waitLimit))
      case .ready, .givenUp: continue
      }
    }
    return pauses.min()
  }

  // An improvement may have been removed, withdrawn, retired or superseded since.
  private func dropOutdated() throws {
    let records = try parts.journal.improvements()
    let standing = try inPlace()
    for (stream, probation) in try parts.journal.probations() {
      let record = records.first { $0.manifest.stream == stream && $0.manifest.serial == probation.serial }
      let isCurrent: Bool
      switch (probation.phase, record?.state) {
      case (_, nil): isCurrent = false
      case (.ready, .grafted?), (.ready, .activating?), (.watching, .probation?): isCurrent = true
      case (.ready, _), (.watching, _): isCurrent = false
      case (.fallback, .rolledBack?), (.waiting, .rolledBack?), (.givenUp, .rolledBack?): isCurrent = true
      case (.waiting, .failed?), (.waiting, .offered?), (.waiting, .waiting?): isCurrent = true
      case (.fallback, _), (.waiting, _), (.givenUp, _): isCurrent = false
      }
      if isCurrent, standing[stream].map({ $0.manifest.serial <= probation.serial }) ?? true { continue }
      try parts.journal.record(ProbationChange(stream, nil))
    }
  }

  /// Drops what waits, or was given up, on a baseline that packages have replaced since: there is nothing to try again, and what
  /// was seen says nothing of other files.
  func dropReplaced(_ progress: Progress) throws {
    for (stream, probation) in try parts.journal.probations() {
      let record = try parts.journal.improvements().first {
        $0.manifest.stream == stream && $0.manifest.serial == probation.serial
      }
      guard let record, ["rolledBack", "failed"].contains(record.state.name),
        let version = try? retirement(of: record)
      else { continue }
      // It was taken off before; from there the way to its end is by being offered.
      try parts.journal.record(
        record.entering(.offered, at: parts.now()), record.entering(.retired(version: version), at: parts.now()),
        watching: ProbationChange(stream, nil))
      tell(
        ProgressEvent(
          .acquit, stream: stream,
          "\(stream.component) is not tried again: its files on disk are not the baseline \(record.baseline) any more"),
        progress)
    }
  }

  /// Begins to watch an improvement that is live.
  func begin(
    _ probation: Probation, _ record: ImprovementRecord, _ reference: [String: ServiceStatus], _ progress: Progress
  ) async throws {
    let stream = record.manifest.stream
    health.seen[stream] = reference
    health.scanDue = .zero
    if health.lookedAt == nil { health.lookedAt = parts.awake() }
    await tellLive(probation, record, progress)
    // Nothing to wait for.
    guard probation.terms.span == .zero else { return }
    let seen = try await gather([stream: probation], at: parts.awake())
    health = seen.memory
    var probation = probation
    let findings = seen.findings[stream] ?? Probation.Findings()
    let action = probation.handle(.looked(findings, after: .zero, at: parts.now()))
    try await carryOut(action, probation, stream, progress)
  }

  /// Takes one look at everything that is watched and does what follows from it.
  private func lookAtHealth(_ progress: @escaping Progress) async throws {
    let watched = try probations().filter(\.value.isWatched)
    guard !watched.isEmpty else {
      parts.witness.rest()
      health = HealthMemory()
      return
    }
    let turn = operations
    let now = parts.awake()
    let passed = health.lookedAt.map { min(max(.zero, now - $0), Self.periodLimit * 3) } ?? .zero
    let seen = try await gather(watched, at: now)
    guard !isBusy, operations == turn else {
      health.crashes = seen.memory.crashes + seen.counted
      return
    }
    health = seen.memory
    health.lookedAt = now
    for (stream, former) in watched.sorted(by: { $0.key < $1.key }) {
      var probation = former
      let findings = seen.findings[stream] ?? Probation.Findings()
      let action = probation.handle(.looked(findings, after: passed, at: parts.now()))
      if action == .nothing {
        try writeDown(probation, former, stream, now)
        if !findings.ailments.isEmpty { try? await startFallen(probation, stream, at: now, progress) }
      } else {
        // Each is an operation of its own; another may have been begun by somebody after the one before.
        try? await exclusively { try await carryOut(action, probation, stream, progress) }
      }
    }
  }

  /// Starts again what fell and condemns nothing: what ran before is to run, whoever makes it fall.
  private func startFallen(
    _ probation: Probation, _ stream: Stream, at now: Duration, _ progress: @escaping Progress
  ) async throws {
    let due = probation.servicesToKeep.filter { service in
      health.startedAt[service].map { now - $0 >= Self.troublePause } ?? true
    }
    guard !due.isEmpty else { return }
    try await exclusively {
      for service in due { health.startedAt[service] = now }
      try await keepRunning(due, stream, progress)
    }
  }

  /// Every probation as it stands.
  func probations() throws -> [Stream: Probation] {
    var found = try parts.journal.probations()
    for (stream, unwritten) in health.unwritten where found[stream] == unwritten.written {
      found[stream] = unwritten.current
    }
    return found
  }

  // How much time is left is written down now and then, everything else at once.
  private func writeDown(_ probation: Probation, _ former: Probation, _ stream: Stream, _ now: Duration) throws {
    let unwritten = health.unwritten[stream].flatMap { $0.current == former ? $0 : nil }
    let written = unwritten?.written ?? former
    let last = unwritten?.at ?? now
    let period = min(Self.journalPeriod, probation.terms.span / 10)
    guard probation.isOnlyLater(than: former), now - last < period else {
      try parts.journal.record(ProbationChange(stream, probation))
      health.unwritten[stream] = HealthMemory.Unwritten(written: probation, current: probation, at: now)
      return
    }
    health.unwritten[stream] = HealthMemory.Unwritten(written: written, current: probation, at: last)
  }

  /// Waits until the improvements in place of these streams are confirmed; throws where one was taken off for bad health.
  package func awaitVerdict(on streams: [Stream], _ progress: Progress = { _ in }) async throws {
    let (feed, _) = hub.watch()
    var items = feed.makeAsyncIterator()
    while try inPlace().contains(where: { streams.contains($0.key) && $0.value.state != .confirmed }) {
      guard let item = await items.next() else { throw CancellationError() }
      if case .event(let event) = item, let stream = event.stream, streams.contains(stream) { progress(event) }
    }
    for (stream, record) in try latestByStream() where streams.contains(stream) {
      if case .rolledBack(let reason) = record.state { throw DeviceError.rolledBack(stream, reason: reason) }
    }
  }
}
