internal import Activation
internal import Basics
internal import CanonicalJSON
internal import Delivery
internal import Improvements
internal import Journal
internal import Linux

extension Device {
  /// Restarts what is exposed and watches; ends in `confirmed` or in a rollback.
  ///
  /// Only bad health takes an improvement off. Anything else that goes wrong here leaves it in place, and the next round
  /// goes on where this one ended.
  func activate(_ grafted: ImprovementRecord, former: ImprovementRecord?, _ progress: Progress) async throws {
    let stream = grafted.manifest.stream
    var record = try enter(.activating, grafted)
    let started = clock.now
    let before = try await exposure()[stream] ?? []
    let services = Set(before.filter { $0.exposure != .protected }.compactMap(\.service)).sorted()
    tellPlan(before, services, stream, started, progress)
    let watched = clock.now
    do {
      var reference = try await restart(services, stream, progress)
      record = try enter(.probation, record)
      // After a crash the services came up on the improved files and nothing had to be restarted: they are watched all
      // the same, and so is one that does not run at all.
      let concerned = Set(before.compactMap(\.service))
      for service in await parts.manager.services() where reference[service.name] == nil {
        if concerned.contains(service.name) || service.pid == nil { reference[service.name] = service }
      }
      try await watch(reference)
    } catch let error as CancellationError { throw error } catch let error as JournalError { throw error } catch {
      try await rollBack(record, former: former, reason: "\(error)", progress)
      throw DeviceError.rolledBack(stream, reason: "\(error)")
    }
    try enter(.confirmed, record)
    await tellConfirmed(stream, watched, progress)
    try? parts.courier.dropPayloads()
  }

  private func tellPlan(
    _ before: [ProcessReport], _ services: [String], _ stream: Stream, _ started: ContinuousClock.Instant,
    _ progress: Progress
  ) {
    let exposed = before.filter { $0.exposure != .protected }
    let count = counted(exposed.count, "exposed process", "exposed processes")
    tell(
      ProgressEvent(
        .plan, stream: stream,
        services.isEmpty
          ? "\(count), no service to restart" : "\(count); to restart: \(services.joined(separator: ", "))",
        took: started.duration(to: clock.now),
        facts: [
          "exposed": .integer(Int64(exposed.count)), "services": .array(services.map { .string($0) }),
        ]), progress)
  }

  private func tellConfirmed(_ stream: Stream, _ started: ContinuousClock.Instant, _ progress: Progress) async {
    guard let after = try? await exposure()[stream] ?? [] else { return }
    let left = after.filter { $0.exposure != .protected }.count
    let account =
      left == 0
      ? "healthy; mapped by \(counted(after.count, "process", "processes")), the baseline's files by none"
      : "healthy, but outside any service the baseline's files are still mapped by"
        + " \(counted(left, "process", "processes")); end or relaunch what `suture status` names"
    tell(
      ProgressEvent(
        .confirm, stream: stream, account, took: started.duration(to: clock.now),
        facts: ["protected": .integer(Int64(after.count - left)), "exposed": .integer(Int64(left))]), progress)
  }

  /// Restarts services one after the other; while they wait, their exposed processes are pending.
  ///
  /// Each is restarted even where another is not; the first that was not is thrown at the end. Returns how each was right
  /// after its own restart.
  @discardableResult
  func restart(
    _ services: [String], _ stream: Stream, _ progress: Progress
  ) async throws -> [String: ServiceStatus] {
    pendingServices = Set(services)
    defer { pendingServices = [] }
    var reference: [String: ServiceStatus] = [:]
    var failure: (any Error)?
    for service in services {
      let started = clock.now
      do {
        let down = try await parts.manager.restart(service)
        reference[service] = await parts.manager.services().first { $0.name == service }
        let microseconds = down.components.seconds * 1_000_000 + down.components.attoseconds / 1_000_000_000_000
        tell(
          ProgressEvent(
            .restart, stream: stream, "\(service) was restarted", took: started.duration(to: clock.now),
            facts: ["service": .string(service), "downMicroseconds": .integer(microseconds)]), progress)
      } catch { failure = failure ?? error }
      pendingServices.remove(service)
    }
    if let failure { throw failure }
    return reference
  }

  /// Watches services: each must run on as the process that it was, and end by itself never.
  private func watch(_ reference: [String: ServiceStatus]) async throws {
    let deadline = clock.now.advanced(by: settings.probation)
    repeat {
      for service in await parts.manager.services() {
        guard let former = reference[service.name] else { continue }
        guard service.pid != nil, service.pid == former.pid, service.crashes == former.crashes else {
          throw ServiceError.endedAtOnce(service.name)
        }
      }
      guard clock.now < deadline else { return }
      try await Task.sleep(for: min(.milliseconds(20), settings.probation))
    } while true
  }

  /// Takes an improvement off because of bad health: back to the former letter where there is one, else the baseline.
  func rollBack(
    _ record: ImprovementRecord, former: ImprovementRecord?, reason: String, _ progress: Progress
  ) async throws {
    let stream = record.manifest.stream
    let started = clock.now
    let ended = record.entering(.rolledBack(reason: reason), at: parts.now())
    // The former letter's files are in the store still, and are verified again as they are put in place.
    let fallback = former?.entering(.grafted, at: parts.now())
    if let fallback { try parts.journal.record(ended, fallback) } else { try parts.journal.record(ended) }
    try reconcile(progress)
    tell(
      ProgressEvent(
        .rollBack, stream: stream, "\(stream.component) was taken off again: \(reason)",
        took: started.duration(to: clock.now)), progress)
    let stopped = await parts.manager.services().filter { $0.pid == nil }.map(\.name)
    let services = Set(try await servicesMapping(ended) + stopped).sorted()
    do { try await restart(services, stream, progress) } catch {
      tell(ProgressEvent(.rollBack, stream: stream, "a service does not start again: \(error)"), progress)
    }
    guard var fallback, try inPlace()[stream] == fallback else { return }
    // It was confirmed before; that is what it goes back to.
    for state in [ImprovementState.activating, .probation, .confirmed] { fallback = try enter(state, fallback) }
  }
}
