internal import Activation
internal import Basics
internal import CanonicalJSON
internal import Delivery
internal import Improvements
internal import Journal
internal import Linux

extension Device {
  /// How often health is looked at during probation.
  private static let healthPeriod: Duration = .milliseconds(100)

  /// Restarts what is exposed and watches; ends in `confirmed` or in a rollback.
  ///
  /// Only bad health takes an improvement off. Anything else that goes wrong here leaves it in place, and the next round
  /// goes on where this one ended.
  func activate(_ grafted: ImprovementRecord, former: ImprovementRecord?, _ progress: Progress) async throws {
    let stream = grafted.manifest.stream
    var record = try enter(.activating, grafted)
    let started = clock.now
    let before = try await exposure()[stream] ?? []
    let concerned = try parts.journal.concernedServices(stream).union(before.compactMap(\.service))
    let (services, left) = try await servicesToRestart(concerned, before)
    tellPlan(before, services, left, stream, started, progress)
    let watched = clock.now
    do {
      var reference = try await restart(services, stream, progress)
      record = try enter(.probation, record)
      // After a crash the services came up on the improved files and nothing had to be restarted: they are watched all
      // the same.
      for service in concerned where reference[service] == nil {
        guard await parts.manager.restraint(on: service) == nil else { continue }
        reference[service] = try await parts.manager.status(of: service)
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

  /// Of the services that ran a component's code: those to restart, and those that wait for their owner.
  ///
  /// What ran before is to run afterwards: one that does not run now is started.
  private func servicesToRestart(
    _ concerned: Set<String>, _ processes: [ProcessReport]
  ) async throws -> (now: [String], left: [String]) {
    let exposed = Set(processes.filter { $0.exposure != .protected }.compactMap(\.service))
    var now: [String] = []
    var left: [String] = []
    for service in concerned.sorted() {
      let status = try await parts.manager.status(of: service)
      guard exposed.contains(service) || (status != nil && status?.pid == nil) else { continue }
      if await parts.manager.restraint(on: service) == nil { now.append(service) } else { left.append(service) }
    }
    return (now, left)
  }

  private func tellPlan(
    _ before: [ProcessReport], _ services: [String], _ left: [String], _ stream: Stream,
    _ started: ContinuousClock.Instant, _ progress: Progress
  ) {
    let exposed = before.filter { $0.exposure != .protected }
    let count = counted(exposed.count, "exposed process", "exposed processes")
    let restarts = services.isEmpty ? ", no service to restart" : "; to restart: \(services.joined(separator: ", "))"
    let waiting = left.isEmpty ? "" : "; never restarted unattended: \(left.joined(separator: ", "))"
    tell(
      ProgressEvent(
        .plan, stream: stream, count + restarts + waiting, took: started.duration(to: clock.now),
        facts: [
          "exposed": .integer(Int64(exposed.count)), "services": .array(services.map { .string($0) }),
          "left": .array(left.map { .string($0) }),
        ]), progress)
  }

  private func tellConfirmed(_ stream: Stream, _ started: ContinuousClock.Instant, _ progress: Progress) async {
    guard let after = try? await exposure()[stream] ?? [] else { return }
    let left = after.filter { $0.exposure != .protected }
    let waiting = left.filter { $0.exposure == .pending }
    let outside = left.count - waiting.count
    var account = ["healthy"]
    if left.isEmpty {
      account.append("mapped by \(counted(after.count, "process", "processes")), the baseline's files by none")
    }
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
        .confirm, stream: stream, account.joined(separator: "; "), took: started.duration(to: clock.now),
        facts: ["protected": .integer(Int64(after.count - left.count)), "exposed": .integer(Int64(left.count))]),
      progress)
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
    for service in await parts.manager.inOrder(services) {
      let started = clock.now
      if let reason = await parts.manager.restraint(on: service) {
        tell(ProgressEvent(.restart, stream: stream, "\(service) is left running: \(reason)"), progress)
        continue
      }
      do {
        let down = try await parts.manager.restart(service)
        reference[service] = try await parts.manager.status(of: service)
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
      for (name, former) in reference {
        let now = try await parts.manager.status(of: name)
        guard let now, now.pid != nil, now.pid == former.pid, now.crashes == former.crashes else {
          throw ServiceError.endedAtOnce(name)
        }
      }
      guard clock.now < deadline else { return }
      try await Task.sleep(for: min(Self.healthPeriod, settings.probation))
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
    // Those that ended on the improved files map nothing any more.
    var services = Set(try await servicesMapping(ended))
    for service in try parts.journal.concernedServices(stream) {
      if let status = try await parts.manager.status(of: service), status.pid == nil { services.insert(service) }
    }
    do { try await restart(services.sorted(), stream, progress) } catch {
      tell(ProgressEvent(.rollBack, stream: stream, "a service does not start again: \(error)"), progress)
    }
    guard var fallback, try inPlace()[stream] == fallback else { return }
    // It was confirmed before; that is what it goes back to.
    for state in [ImprovementState.activating, .probation, .confirmed] { fallback = try enter(state, fallback) }
  }
}
