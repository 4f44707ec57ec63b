internal import Basics
package import Linux

/// A small service manager for places without systemd: containers, development, the quickstart.
///
/// Services outlive a daemon that is killed: their processes are written down, and the next daemon adopts them. They end
/// with a daemon that ends in order.
package actor Supervisor: ServiceManager {
  /// How a program is to be started at this moment.
  package struct Launch: Sendable {
    /// The program's absolute name.
    package let executable: String
    /// Variables that come before the service's own.
    package let environment: [String: String]

    /// Describes a start.
    package init(executable: String, environment: [String: String]) {
      self.executable = executable
      self.environment = environment
    }
  }

  /// How long a service may take to end before it is killed.
  package static let stopLimit: Duration = .seconds(10)
  /// How long a started program must live before it counts as started.
  package static let settleTime: Duration = .milliseconds(50)
  /// The first pause before a service that ends by itself is started again; each further one is twice as long.
  package static let firstPause: Duration = .milliseconds(100)
  /// The longest pause, and how long a service must have run for its next one to be the first again.
  package static let backoffLimit: Duration = .seconds(10)

  private struct Service {
    let definition: ServiceDefinition
    var process: ProcessIdentity?
    var crashes = 0
    var pause = Supervisor.firstPause
    var startedAt: ContinuousClock.Instant?
    var startAgainAt: ContinuousClock.Instant?
    /// Whether it is meant to run; false once the supervisor ends.
    var isWanted = true
    var isRestarting = false
    /// Whether it was ended until it is restarted.
    var isPaused = false
  }

  private var kept: [String: Service] = [:]
  private let runtime: Directory
  private let logs: Directory
  private let launch: @Sendable (ServiceDefinition) throws -> Launch
  private let clock = ContinuousClock()

  /// A supervisor that writes down processes in `runtime` and appends outputs to `NAME.log` in `logs`; `launch` says, at
  /// every start anew, where the program is and what its environment needs.
  package init(
    _ definitions: [ServiceDefinition], runtime: Directory, logs: Directory,
    launch: @escaping @Sendable (ServiceDefinition) throws -> Launch
  ) {
    for definition in definitions { kept[definition.name] = Service(definition: definition) }
    self.runtime = runtime
    self.logs = logs
    self.launch = launch
  }

  /// Adopts what still runs, starts the rest, and starts again what ends by itself, until the task is cancelled.
  package func run() async {
    while !Task.isCancelled {
      for name in kept.keys.sorted() { keepAlive(name) }
      // Where there is nothing to keep alive there is nothing to look after.
      try? await Task.sleep(for: kept.isEmpty ? .seconds(3_600) : .milliseconds(50))
    }
  }

  /// Adopts what still runs and starts the rest; what cannot be started is tried again by `run`.
  package func startAll() {
    for name in kept.keys.sorted() {
      kept[name]?.process = (try? writtenDown(name)) ?? nil
      if kept[name]?.process == nil { startOrTryLater(name) }
    }
  }

  /// Ends every service.
  package func stopAll() async {
    for name in kept.keys.sorted() {
      kept[name]?.isWanted = false
      try? await end(name)
    }
  }

  /// How a service is now.
  package func status(of name: String) -> ServiceStatus? {
    guard let service = kept[name] else { return nil }
    let process = service.process.flatMap { $0.isRunning ? $0 : nil }
    // What it keeps alive is started again, sooner or later; crashes are counted.
    let coming: ServiceStatus.Absence = service.isPaused ? .stopped : .starting
    let absence = process == nil && service.isWanted ? coming : nil
    return ServiceStatus(name: name, pid: process?.pid, crashes: service.crashes, absence: absence)
  }

  /// The administrator's word alone: what it keeps was made to be restarted.
  package func restraint(on name: String, by rules: RestartRules) -> ServiceRestraint? {
    rules.restraint(onNames: [name], builtIn: [])
  }

  /// The service whose main process leads the process's session.
  package func service(of pid: Int32) -> String? {
    guard let session = ProcessIdentity.session(of: pid) else { return nil }
    return kept.first { $0.value.process?.pid == session && $0.value.process?.isRunning == true }?.key
  }

  /// Ends a service and starts it again; returns how long nothing ran.
  package func restart(_ name: String) async throws -> Duration {
    guard kept[name] != nil else { throw ServiceError.unknown(name) }
    kept[name]?.isRestarting = true
    defer { kept[name]?.isRestarting = false }
    kept[name]?.isPaused = false
    try await end(name)
    let ended = clock.now
    try start(name)
    let down = ended.duration(to: clock.now)
    try await Task.sleep(for: Self.settleTime)
    guard kept[name]?.process?.isRunning == true else { throw ServiceError.endedAtOnce(name) }
    return down
  }

  private func keepAlive(_ name: String) {
    guard let service = kept[name], service.isWanted, !service.isRestarting, !service.isPaused else { return }
    if let process = service.process {
      guard !process.isRunning else { return }
      // Its session is swept while the ended child still holds the number.
      try? sweepSession(of: process)
      process.reap()
      kept[name]?.process = nil
      return tryLater(name)
    }
    guard let due = service.startAgainAt else { return tryLater(name) }
    if clock.now >= due { startOrTryLater(name) }
  }

  private func startOrTryLater(_ name: String) {
    do { try start(name) } catch { tryLater(name) }
  }

  private func tryLater(_ name: String) {
    guard let service = kept[name] else { return }
    // One that ran for long is started again as soon as any.
    let ran = service.startedAt.map { $0.duration(to: clock.now) } ?? .zero
    let pause = ran > Self.backoffLimit ? Self.firstPause : service.pause
    kept[name]?.crashes += 1
    kept[name]?.startedAt = nil
    kept[name]?.startAgainAt = clock.now.advanced(by: pause)
    kept[name]?.pause = min(pause * 2, Self.backoffLimit)
  }

  private func start(_ name: String) throws {
    guard let definition = kept[name]?.definition, let log = RelativePath("\(name).log") else {
      throw ServiceError.unknown(name)
    }
    let launch = try launch(definition)
    let program = try HeldProgram(
      launch.executable, arguments: definition.arguments,
      environment: ["PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]
        .merging(launch.environment) { $1 }.merging(definition.environment) { $1 },
      output: logs.appendingFile(log))
    // Written down before it begins: whatever happens to this daemon, nothing runs that the next one does not find.
    try runtime.write(Array("\(program.process)@\(bootID())\n".utf8), to: record(name))
    try program.begin()
    kept[name]?.process = program.process
    kept[name]?.startedAt = clock.now
    kept[name]?.startAgainAt = nil
  }

  // The leader ends first, then whatever of its session is left.
  /// Ends a service; it is not kept alive until it is restarted.
  package func stop(_ name: String) async throws {
    guard kept[name] != nil else { throw ServiceError.unknown(name) }
    kept[name]?.isPaused = true
    try await end(name)
  }

  private func end(_ name: String) async throws {
    guard let process = kept[name]?.process else { return }
    if try process.send(.terminate) {
      try await waitForEnd(of: process, limit: Self.stopLimit)
      if try process.send(.kill) { try await waitForEnd(of: process, limit: Self.stopLimit) }
    }
    guard !process.isRunning else { throw ServiceError.doesNotEnd(name) }
    try sweepSession(of: process)
    process.reap()
    kept[name]?.process = nil
    try runtime.remove(record(name))
  }

  // Ends what an ended leader left behind in its session.
  private func sweepSession(of leader: ProcessIdentity) throws {
    // Where another process has the number already, the session of that number is not ours.
    guard ProcessIdentity(running: leader.pid) == nil else { return }
    for pid in try ProcessTable.pids() where ProcessIdentity.session(of: pid) == leader.pid {
      _ = try ProcessIdentity(running: pid)?.send(.kill)
    }
  }

  private func waitForEnd(of process: ProcessIdentity, limit: Duration) async throws {
    let deadline = clock.now.advanced(by: limit)
    while process.isRunning, clock.now < deadline { try await Task.sleep(for: .milliseconds(1)) }
  }

  private func writtenDown(_ name: String) throws -> ProcessIdentity? {
    guard let bytes = try runtime.readIfPresent(record(name), limit: 256) else { return nil }
    let parts = String(decoding: bytes, as: UTF8.self).split(whereSeparator: { $0 == "@" || $0 == "\n" })
    guard parts.count == 3, let pid = Int32(parts[0]), let ticks = UInt64(parts[1]), parts[2] == bootID() else {
      return nil
    }
    let process = ProcessIdentity(pid: pid, startTicks: ticks)
    return process.isRunning ? process : nil
  }

  // Start times count from the boot, so a number and a time say which process only within one boot.
  private func bootID() -> String { BootMoment.currentBoot() ?? "unknown" }

  private func record(_ name: String) throws -> RelativePath {
    guard let path = RelativePath("\(name).process") else { throw ServiceError.unknown(name) }
    return path
  }
}
