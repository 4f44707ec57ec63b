internal import Activation
internal import Basics
internal import CanonicalJSON
internal import Grafting
internal import Improvements
internal import Journal
internal import Linux
internal import Packages

extension Device {
  /// Puts a staged improvement in place, makes it live, and watches it.
  func graft(_ staged: ImprovementRecord, isOwners: Bool, _ progress: Progress) async throws {
    let stream = staged.manifest.stream
    let started = clock.now
    var standing = try inPlace()
    let former = standing.updateValue(staged, forKey: stream)
    let paths = standing.values.flatMap { $0.fitting?.files.map(\.path) ?? [] }
    // Found out before it is journaled: what can never be established must not be what the journal says.
    guard Set(paths).count == paths.count else {
      let reason = "another improvement stands at one of its paths"
      try enter(.failed(reason: reason), staged)
      throw DeviceError.refused(stream, reason: reason)
    }
    try rememberImproved(staged)
    var probation = try await probation(of: staged, isOwners: isOwners)
    let isSet = staged.manifest.switchMoment == .unused
    // Those that were ended for it before a crash.
    if isSet {
      probation.services.formUnion(try parts.journal.concernedServices(stream))
      for service in probation.services { probation.services.formUnion(try await runningCompanions(of: service)) }
    }
    try parts.journal.setConcernedServices(probation.services, of: stream)
    let record = staged.entering(.grafted, at: parts.now())
    let paused = isSet ? try await pause(probation.services, stream, progress) : []
    let failure: (any Error)?
    do { failure = try put(record, former, standing, watching: ProbationChange(stream, probation)) } catch {
      _ = try await restartEach(paused, stream, progress)
      throw error
    }
    if let error = failure {
      // The next round tries again.
      guard !Self.isPassing(error) else {
        _ = try await restartEach(paused, stream, progress)
        throw DeviceError.refused(stream, reason: "it is not in place yet: \(error)")
      }
      try await rollBack(record, reason: "\(error)", nil, progress)
      throw DeviceError.rolledBack(stream, reason: "\(error)")
    }
    let files = staged.fitting?.files ?? []
    let isSealed = try !files.isEmpty && files.allSatisfy { try parts.store.isSealed(staged.key(of: $0)) }
    let account =
      (files.count == 1 ? "1 file stands" : "\(files.count) files stand") + " in place of the baseline's"
      + (isSealed ? ", sealed by the kernel" : "")
    tell(
      ProgressEvent(
        .graft, stream: stream, account, took: started.duration(to: clock.now),
        facts: ["paths": .array(files.map { .string($0.path.description) }), "sealed": .bool(isSealed)]), progress)
    try await activate(record, progress)
  }

  // What its manager ends with a service, and does not start with it again.
  private func runningCompanions(of service: String) async throws -> Set<String> {
    var running: Set<String> = []
    for companion in await parts.manager.companions(of: service) {
      if try await parts.manager.status(of: companion)?.pid != nil { running.insert(companion) }
    }
    return running
  }

  // Ends services that must not meet a set's files half and half; they are started with the rest of what is exposed.
  private func pause(_ services: Set<String>, _ stream: Stream, _ progress: Progress) async throws -> [String] {
    var paused: [String] = []
    for service in services.sorted() where await restraint(on: service) == nil {
      guard try await parts.manager.status(of: service)?.pid != nil else { continue }
      let companions = try await runningCompanions(of: service)
      var isRestrained = false
      for companion in companions where await restraint(on: companion) != nil { isRestrained = true }
      if isRestrained { continue }
      do { try await parts.manager.stop(service) } catch let error as ServiceError {
        tell(ProgressEvent(.restart, stream: stream, "\(service) was not ended: \(error)"), progress)
        continue
      }
      paused.append(service)
      paused += companions.sorted()
    }
    return paused
  }

  // Journaled before the effect: after a crash here the journal's set is established again. Throws where nothing was
  // journaled, and gives the error where that was done and nothing more.
  private func put(
    _ record: ImprovementRecord, _ former: ImprovementRecord?, _ standing: [Stream: ImprovementRecord],
    watching: ProbationChange
  ) throws -> (any Error)? {
    try inTurn { occupation in
      // In one turn: a package manager that begins now waits until it stands, and has it step aside.
      if let occupation { throw DeviceError.packagesChanging(by: occupation.description) }
      if let former {
        try parts.journal.record(
          former.entering(.superseded(by: record.manifest.serial), at: parts.now()), record, watching: watching)
      } else {
        try parts.journal.record(record, watching: watching)
      }
      do { try establish(standing.values) } catch { return error }
      return nil
    }
  }

  /// Remembers which files the improved ones are, before any process can map them.
  func rememberImproved(_ record: ImprovementRecord) throws {
    let files = try (record.fitting?.files ?? []).map { file in
      let key = record.key(of: file)
      return KnownFile(
        .improved, identity: try parts.store.identity(of: key), name: parts.store.name(of: key), path: file.path,
        stream: record.manifest.stream, serial: record.manifest.serial)
    }
    try parts.journal.remember(files)
  }

  /// Makes the backend's set the one that the journal says is in place.
  ///
  /// An improvement that cannot be put in place, because a stored file is damaged or because of what it is, is taken off
  /// so that the others stand; it is offered again, to be fetched anew.
  func reconcile(_ progress: Progress) throws {
    var standing = try inPlace()
    for (stream, record) in standing {
      do {
        for file in record.fitting?.files ?? [] { _ = try parts.store.verifiedName(of: record.key(of: file)) }
      } catch {
        guard !Self.isPassing(error) else { throw error }
        standing[stream] = nil
        try takeOff(record, reason: "a stored file cannot be put in place: \(error)", progress)
      }
    }
    while true {
      do { return try establish(standing.values) } catch {
        guard !Self.isPassing(error) else { throw error }
        // The newest is the likeliest cause; confirmed ones stood before.
        let newest = standing.values.max {
          ($0.state == .confirmed ? 0 : 1, $0.since) < ($1.state == .confirmed ? 0 : 1, $1.since)
        }
        guard let newest else { throw error }
        standing[newest.manifest.stream] = nil
        try takeOff(newest, reason: "it cannot be put in place: \(error)", progress)
      }
    }
  }

  // No improvement is to blame where the machine has no room or memory left, or the helper was ended from outside.
  static func isPassing(_ error: any Error) -> Bool {
    switch error {
    case let error as LinuxError: error.isShortage
    case GraftError.mountsUnknown, GraftError.mountsUnavailable, GraftError.mountsHalfDone: true
    default: false
    }
  }

  private func takeOff(_ record: ImprovementRecord, reason: String, _ progress: Progress) throws {
    let stream = record.manifest.stream
    try enter(.offered, enter(.rolledBack(reason: reason), record))
    tell(
      ProgressEvent(
        .rollBack, stream: stream, "\(stream.component) was taken off: \(reason)",
        facts: ["serial": .integer(record.manifest.serial.number)]), progress)
  }
}
