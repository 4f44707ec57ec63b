internal import Activation
internal import Basics
internal import Grafting
internal import Improvements
internal import Journal
internal import Linux
internal import Packages

extension Device {
  /// Brings the machine to where the journal says it is, and begins anew what was cut off before it was in place.
  ///
  /// To be called once, before anything else and before services start: they must find the grafts in place.
  package func recover(_ progress: @escaping Progress = { _ in }) async throws {
    try await exclusively {
      for record in try parts.journal.improvements() {
        switch record.state {
        case .staged where record.manifest.switchMoment != .anytime: continue
        case .fetching, .verified, .staged: try enter(.offered, record)
        default: continue
        }
      }
      // The operating system may have been updated while no daemon ran: its files must not be covered by older ones. What
      // is just being updated is judged when that is done.
      let isAtWork = try parts.packages?.occupation(besides: packager) != nil
      if !isAtWork {
        _ = try retireReplaced(progress)
        for record in try inPlace().values { try rememberBaseline(record) }
      }
      do { try reconcile(progress) } catch  where Self.isPassing(error) {
        // A daemon that does not start says nothing and mends nothing: status tells what is missing, and every round tries.
        tell(ProgressEvent(.refuse, "what should stand does not stand yet: \(error)"), progress)
      }
      // The store may have been restored or moved: what stands must be recognised by what it is now.
      for record in try inPlace().values {
        // Where a stored file is missing and could not be seen to above, the next round takes the improvement off.
        do { try rememberImproved(record) } catch is GraftError {}
      }
    }
  }

  /// Finishes activations and removals that were cut off; to be called once services run, and again and again.
  package func finishActivations(_ progress: @escaping Progress = { _ in }) async throws {
    try await exclusively {
      try checkPackages()
      await putBack(progress)
      let watched = try parts.journal.probations()
      for record in try admitted(toBoot: inPlace().values).sorted(by: { $0.manifest.stream < $1.manifest.stream }) {
        try Task.checkCancellation()
        guard record.state != .confirmed else {
          do { try await restartLeftBehind(record, progress) } catch {
            tellNotRestarted(record.manifest.stream, error, progress)
          }
          continue
        }
        // The watch goes on where it was.
        if record.state == .probation, watched[record.manifest.stream]?.serial == record.manifest.serial { continue }
        // Activation begins again: restarting what is exposed is safe to repeat.
        try? await activate(record, progress)
      }
      try await restartWhatWasTakenOff(progress)
    }
  }

  /// Restarts services that map still what was taken off, because their restart was cut off.
  private func restartWhatWasTakenOff(_ progress: Progress) async throws {
    var ended: [ImprovementRecord] = []
    for record in try parts.journal.improvements() {
      try Task.checkCancellation()
      switch record.state {
      case .rolledBack: await startAgain(record, progress)
      case .removed, .retired, .withdrawn: break
      default: continue
      }
      ended.append(record)
    }
    for (stream, services) in try await servicesMapping(ended).sorted(by: { $0.key < $1.key }) {
      try Task.checkCancellation()
      var now: [String] = []
      // That one waits for its owner was told when it was taken off, and is not told again round after round.
      for service in services where await restraint(on: service) == nil { now.append(service) }
      do { try await restart(now, stream, progress) } catch { tellNotRestarted(stream, error, progress) }
    }
  }

  func tellNotRestarted(_ stream: Stream, _ error: any Error, _ progress: Progress) {
    if error is CancellationError { return }
    tell(ProgressEvent(.refuse, stream: stream, "a restart was not done: \(error)"), progress)
  }

  /// Starts what ended on an improvement's files and was not started again, because its rollback was cut off.
  ///
  /// Once: what does not start on the former files either has a fault of its own.
  private func startAgain(_ record: ImprovementRecord, _ progress: Progress) async {
    let stream = record.manifest.stream
    guard let concerned = try? parts.journal.concernedServices(stream), !concerned.isEmpty,
      (try? inPlace()[stream])??.state.isInPlace != true
    else { return }
    do { try await restart(ended(concerned), stream, progress) } catch let error as ServiceError
      where !error.isOfService
    {
      return
    } catch { tellNotRestarted(stream, error, progress) }
    try? parts.journal.setConcernedServices([], of: stream)
  }

  /// Those of these services that have ended and are not merely waiting to be needed; throws where that cannot be told.
  func ended(_ services: Set<String>) async throws -> [String] {
    var ended: [String] = []
    for service in services.sorted() {
      guard let status = try await parts.manager.status(of: service) else { continue }
      if status.pid == nil, !status.isAtRest { ended.append(service) }
    }
    return ended
  }

  /// Brings back what somebody else took off, and takes off what could not be taken off before.
  private func putBack(_ progress: Progress) async {
    do {
      let wanted = try wanted(for: admitted(toBoot: inPlace().values))
      let missing = try parts.backend.missing(of: wanted)
      guard try !missing.isEmpty || parts.backend.standing().count != wanted.count else { return }
      // Where the mount was taken off to update what lay beneath, the update wins.
      try await stepAsideForUpdates(progress)
      try reconcile(progress)
      let names = missing.map(\.path.description).sorted().joined(separator: ", ")
      if !missing.isEmpty { tell(ProgressEvent(.graft, "something had uncovered \(names)"), progress) }
    } catch { show(ProgressEvent(.refuse, "what stands is not what should, and stays so: \(error)"), progress) }
  }

  /// Restarts services that run other code than the confirmed improvement's all the same: those that started at boot before
  /// the grafts were back, as systemd itself did, or whose restart failed.
  ///
  /// Each once while the daemon runs: one that finds other code again has its own way to it.
  func restartLeftBehind(_ record: ImprovementRecord, _ progress: Progress) async throws {
    let stream = record.manifest.stream
    let exposed = try await exposure()[stream, default: []].filter { $0.exposure == .exposed }
    var services = Set(exposed.compactMap(\.service)).subtracting(leftBehind[stream, default: []])
    if let packaging = await packagingService(), services.remove(packaging) != nil { isSettlingDue = true }
    guard !services.isEmpty else { return }
    leftBehind[stream, default: []].formUnion(services)
    try await restart(services.sorted(), stream, progress)
  }
}
