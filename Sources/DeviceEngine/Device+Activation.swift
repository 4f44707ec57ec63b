internal import Activation
internal import Basics
internal import CanonicalJSON
internal import Delivery
internal import Improvements
internal import Journal
internal import Linux

extension Device {
  /// How often a service that ran before is started, where it counts that it cannot be.
  static let startTries = 3
  /// How many services are restarted at the same time, at most.
  static let restartWidth = 4
  /// How long to wait before the next of these.
  static let startPause: Duration = .seconds(1)

  /// Restarts what is exposed; ends with the improvement on probation, or in a rollback.
  ///
  /// Only bad health takes an improvement off. Anything else that goes wrong here leaves it in place, a service manager
  /// that does not answer too, and the next round goes on where this one ended.
  func activate(_ grafted: ImprovementRecord, _ progress: Progress) async throws {
    let stream = grafted.manifest.stream
    var record = try enter(.activating, grafted)
    var probation = try parts.journal.probations()[stream] ?? self.probation(anew: record)
    if probation.serial != record.manifest.serial || probation.phase != .ready {
      probation = self.probation(anew: record)
    }
    let started = clock.now
    let before = try await exposure()[stream] ?? []
    let concerned = try parts.journal.concernedServices(stream).union(before.compactMap(\.service))
    let (services, left) = try await servicesToRestart(concerned, before)
    tellPlan(before, services, left, stream, started, progress)
    let restarts = try await restartEach(services, stream, tries: probation.attempt > 0 ? Self.startTries : 1, progress)
    // After a crash the services came up on the improved files and nothing had to be restarted: they are watched all the
    // same.
    for service in concerned where restarts.reference[service] == nil {
      if await restraint(on: service) == nil { probation.services.insert(service) }
    }
    probation.services.formUnion(restarts.reference.keys)
    try await judge(restarts, &probation, record, progress)
    if let silence = restarts.silence { throw DeviceError.unwatched(stream, reason: "\(silence)") }
    _ = probation.handle(.activated)
    record = record.entering(.probation, at: parts.now())
    try parts.journal.record(record, watching: ProbationChange(stream, probation))
    try await begin(probation, record, restarts.reference, progress)
    try? parts.courier.dropPayloads()
  }

  /// Why a service is not restarted without its owner's word; nil where it may be.
  func restraint(on service: String) async -> ServiceRestraint? {
    await parts.manager.restraint(on: service, by: settings.restartRules)
  }

  /// Takes the improvement off where what could not be started condemns it.
  private func judge(
    _ restarts: Restarts, _ probation: inout Probation, _ record: ImprovementRecord, _ progress: Progress
  ) async throws {
    guard !restarts.failures.isEmpty else { return }
    let stream = record.manifest.stream
    var findings = Probation.Findings()
    findings.ailments = restarts.failures.map { Ailment(.service($0.service), .start, "\($0.error)") }
    guard case .fallBack(let ailments) = probation.handle(.looked(findings, after: .zero, at: parts.now())) else {
      return
    }
    if try await bear(ailments, &probation, stream, progress) { return }
    let reason = Self.account(of: ailments)
    try await rollBack(record, reason: reason, probation, progress)
    throw DeviceError.rolledBack(stream, reason: reason)
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
      guard exposed.contains(service) || (status?.pid == nil && status?.isAtRest == false) else { continue }
      if await restraint(on: service) == nil { now.append(service) } else { left.append(service) }
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

  /// What came of restarting services.
  struct Restarts {
    /// How each was right after its own restart.
    var reference: [String: ServiceStatus] = [:]
    /// Those that could not be restarted, and why.
    var failures: [(service: String, error: any Error)] = []
    /// Why the manager could not be asked, where it could not.
    var silence: ServiceError?
  }

  /// Restarts services, in groups where their manager knows which can go together; while they wait, their exposed processes are pending where an improvement
  /// stands, and exposed where the restart takes them back to what came before.
  ///
  /// Each is restarted even where another is not.
  ///
  /// - Parameter tries: how often one is started until it counts as failed.
  func restartEach(
    _ services: [String], _ stream: Stream, tries: Int = 1, _ progress: Progress
  ) async throws -> Restarts {
    pendingServices = try inPlace()[stream] == nil ? [] : Set(services)
    defer { pendingServices = [] }
    var restarts = Restarts()
    if !services.isEmpty { try await outwaitSwitch() }
    for group in await parts.manager.inGroups(services) {
      var waiting: [String] = []
      for service in group {
        if let why = await restraint(on: service) {
          tell(ProgressEvent(.restart, stream: stream, "\(service) is left running: \(why.reason)"), progress)
        } else {
          waiting.append(service)
        }
      }
      try await restartTogether(waiting, stream, tries: tries, &restarts, progress)
    }
    return restarts
  }

  private func restartTogether(
    _ services: [String], _ stream: Stream, tries: Int, _ restarts: inout Restarts, _ progress: Progress
  ) async throws {
    let manager = parts.manager
    try await withThrowingTaskGroup(of: Restart.self) { group in
      var waiting = services[...]
      func next() {
        guard let service = waiting.popFirst() else { return }
        group.addTask { try await Self.restart(service, tries: tries, manager) }
      }
      for _ in 0..<Self.restartWidth { next() }
      while let restart = try await group.next() {
        let service = restart.service
        switch restart.end {
        case .success((let down, let status)):
          restarts.reference[service] = status
          let microseconds = down.components.seconds * 1_000_000 + down.components.attoseconds / 1_000_000_000_000
          tell(
            ProgressEvent(
              .restart, stream: stream, "\(service) was restarted", took: restart.took,
              facts: ["service": .string(service), "downMicroseconds": .integer(microseconds)]), progress)
        case .failure(let error as ServiceError) where !error.isOfService: restarts.silence = error
        case .failure(let error): restarts.failures.append((service, error))
        }
        pendingServices.remove(service)
        next()
      }
    }
  }

  /// How the restart of one service ended.
  private struct Restart: Sendable {
    let service: String
    let took: Duration
    /// How long nothing ran, and how it was right afterwards.
    let end: Result<(Duration, ServiceStatus?), any Error>
  }

  private static func restart(_ service: String, tries: Int, _ manager: any ServiceManager) async throws -> Restart {
    let started = ContinuousClock.now
    var left = max(1, tries)
    while true {
      left -= 1
      do {
        let down = try await manager.restart(service)
        let status = try await manager.status(of: service)
        return Restart(service: service, took: started.duration(to: .now), end: .success((down, status)))
      } catch let error as CancellationError { throw error } catch {
        guard left > 0, (error as? ServiceError)?.isOfService == true else {
          return Restart(service: service, took: started.duration(to: .now), end: .failure(error))
        }
        try await Task.sleep(for: startPause)
      }
    }
  }

  /// Restarts services; the first that was not is thrown at the end, and a manager that did not answer only where no
  /// service failed.
  func restart(_ services: [String], _ stream: Stream, _ progress: Progress) async throws {
    let restarts = try await restartEach(services, stream, progress)
    if let failure = restarts.failures.first { throw failure.error }
    if let silence = restarts.silence { throw silence }
  }
}
