internal import Activation
internal import Basics
internal import CanonicalJSON
internal import Delivery
internal import Grafting
internal import Improvements
internal import Journal
internal import Linux

extension Device {
  /// Puts a staged improvement in place, makes it live, and watches it.
  func graft(_ staged: ImprovementRecord, _ progress: Progress) async throws {
    let stream = staged.manifest.stream
    let started = clock.now
    var standing = try inPlace()
    let former = standing.updateValue(staged, forKey: stream)
    let grafts = try grafts(of: standing.values)
    try remember(staged)
    // Journaled before the effect: after a crash here the journal's set is established again.
    let record = staged.entering(.grafted, at: parts.now())
    if let former {
      try parts.journal.record(former.entering(.superseded(by: staged.manifest.serial), at: parts.now()), record)
    } else {
      try parts.journal.record(record)
    }
    do { try parts.backend.establish(grafts) } catch {
      try await rollBack(record, former: former, reason: "\(error)", progress)
      throw DeviceError.rolledBack(stream, reason: "\(error)")
    }
    let paths = staged.fitting?.files.map(\.path.description) ?? []
    try tell(
      ProgressEvent(
        .graft, stream: stream,
        paths.count == 1
          ? "1 file stands in place of the baseline's" : "\(paths.count) files stand in place of the baseline's",
        took: started.duration(to: clock.now), facts: ["paths": .array(paths.map { .string($0) })]), progress)
    try await activate(record, former: former, progress)
  }

  /// Restarts what is exposed and watches; ends in `confirmed` or in a rollback.
  func activate(_ grafted: ImprovementRecord, former: ImprovementRecord?, _ progress: Progress) async throws {
    let stream = grafted.manifest.stream
    var record = try enter(.activating, grafted)
    let started = clock.now
    do {
      let before = try await exposure()[stream] ?? []
      let services = Set(before.filter { $0.exposure != .protected }.compactMap(\.service)).sorted()
      try tellPlan(before, services, stream, started, progress)
      try await restart(services, stream, progress)
      record = try enter(.probation, record)
      let watched = clock.now
      try await watch(services)
      let after = try await exposure()[stream] ?? []
      try enter(.confirmed, record)
      let left = after.filter { $0.exposure != .protected }
      let account =
        left.isEmpty
        ? "healthy; mapped by \(counted(after.count, "process", "processes")), the baseline's files by none"
        : "healthy, but outside any service the baseline's files are still mapped by"
          + " \(counted(left.count, "process", "processes")); end or relaunch what `suture status` names"
      try tell(
        ProgressEvent(
          .confirm, stream: stream, account, took: watched.duration(to: clock.now),
          facts: ["protected": .integer(Int64(after.count - left.count)), "exposed": .integer(Int64(left.count))]),
        progress)
      try parts.courier.dropPayloads()
    } catch let error as CancellationError {
      // The daemon is ending: the next one finds the journal at this state and begins the activation again.
      throw error
    } catch {
      try await rollBack(record, former: former, reason: "\(error)", progress)
      throw DeviceError.rolledBack(stream, reason: "\(error)")
    }
  }

  private func tellPlan(
    _ before: [ProcessReport], _ services: [String], _ stream: Stream, _ started: ContinuousClock.Instant,
    _ progress: Progress
  ) throws {
    let exposed = before.filter { $0.exposure != .protected }
    try tell(
      ProgressEvent(
        .plan, stream: stream,
        services.isEmpty
          ? "\(counted(exposed.count, "exposed process", "exposed processes")), no service to restart"
          : "\(counted(exposed.count, "exposed process", "exposed processes")); to restart:"
            + " \(services.joined(separator: ", "))",
        took: started.duration(to: clock.now),
        facts: [
          "exposed": .integer(Int64(exposed.count)), "services": .array(services.map { .string($0) }),
        ]), progress)
  }

  /// Restarts services one after the other; while they wait, their exposed processes are pending.
  func restart(_ services: [String], _ stream: Stream, _ progress: Progress) async throws {
    pendingServices = Set(services)
    defer { pendingServices = [] }
    for service in services {
      let started = clock.now
      let down = try await parts.manager.restart(service)
      pendingServices.remove(service)
      let microseconds = down.components.seconds * 1_000_000 + down.components.attoseconds / 1_000_000_000_000
      try tell(
        ProgressEvent(
          .restart, stream: stream, "\(service) was restarted", took: started.duration(to: clock.now),
          facts: ["service": .string(service), "downMicroseconds": .integer(microseconds)]), progress)
    }
  }

  /// Watches restarted services: each must run on as the process that was started, and end by itself never.
  private func watch(_ services: [String]) async throws {
    let before = await parts.manager.services().filter { services.contains($0.name) }
    let deadline = clock.now.advanced(by: settings.probation)
    repeat {
      for service in await parts.manager.services() {
        guard let former = before.first(where: { $0.name == service.name }) else { continue }
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
    try parts.backend.establish(grafts(of: inPlace().values))
    try tell(
      ProgressEvent(
        .rollBack, stream: stream, "\(stream.component) was taken off again: \(reason)",
        took: started.duration(to: clock.now)), progress)
    let services = try await servicesMapping(ended)
    let stopped = await parts.manager.services().filter { $0.pid == nil }.map(\.name)
    for service in Set(services + stopped).sorted() {
      do { try await restart([service], stream, progress) } catch {
        try tell(
          ProgressEvent(.rollBack, stream: stream, "\(service) does not start again: \(error)"), progress)
      }
    }
    if var fallback {
      for state in [ImprovementState.activating, .probation, .confirmed] { fallback = try enter(state, fallback) }
    }
  }

  private func remember(_ record: ImprovementRecord) throws {
    let files = try (record.fitting?.files ?? []).map { file in
      GraftedFile(
        identity: try parts.store.identity(of: key(of: file)), path: file.path, stream: record.manifest.stream,
        serial: record.manifest.serial)
    }
    try parts.journal.remember(files)
  }
}
