internal import Basics
internal import Improvements
internal import Linux

/// nginx's own way to run on another build without refusing a connection ("Upgrading Executable on the Fly" of its manual).
///
/// On USR2 the master process executes its program anew, with the sockets that it listens on; on QUIT the former one serves what
/// it has begun and ends, and systemd takes the new one for the main process, by the PID file. Only where all of that is known
/// to work; wherever it does not, or does not go as it should, an ordinary restart is what is left, and cleans up. But where
/// the new master ends by itself, as on a build that crashes, the former one serves on and is let be.
package struct NginxUpgrade {
  /// What systemd says of the unit.
  struct Facts: Sendable {
    let type: String
    let pidFile: String
    let main: Int32
    let isStarted: Bool
    let hasJob: Bool
    let triggers: [String]
  }

  /// What came of it.
  enum Outcome: Sendable {
    /// This process is the master now.
    case done(ProcessIdentity)
    /// The new master ended by itself, and the former one serves on.
    case refused
    /// Neither is known.
    case unclear
  }

  /// How long the new master may take until it has workers.
  static let startLimit: Duration = .seconds(5)
  /// How long the former one may take to serve what it has begun, before it is told to end at once.
  static let drainLimit: Duration = .seconds(10)
  /// How long it may take to end then.
  static let endLimit: Duration = .seconds(5)
  /// How long systemd may take to see that the main process is another.
  static let adoptionLimit: Duration = .seconds(2)
  /// The longest PID file, in bytes.
  private static let pidFileByteLimit = 64
  /// How long to wait between two looks.
  package static let pause: Duration = .milliseconds(5)
  private static let name = "nginx"
  private static let clock = ContinuousClock()

  private let former: ProcessIdentity
  private let pidFile: RelativePath
  /// Where the former master's number is from USR2 until either master has ended.
  private let aside: RelativePath
  private let root: Directory
  private let pause: Duration
  /// When the PID file was last renamed or written before.
  private let changed: Int64?

  /// Nil where this way is not known to work for a unit.
  init?(_ facts: Facts, pause: Duration = pause) {
    guard facts.type == "forking", facts.isStarted, !facts.hasJob, facts.triggers.isEmpty,
      facts.pidFile.hasPrefix("/"), let pidFile = RelativePath(facts.pidFile.dropFirst()),
      let aside = RelativePath("\(pidFile).oldbin"),
      let former = ProcessIdentity(running: facts.main), Self.isMaster(facts.main),
      // The program is executed by this name again. One with mounts of its own may not see what was put in place.
      ProcessTable.title(of: facts.main)?.hasPrefix("nginx: master process /") == true,
      let mounts = try? MountNamespace.of(process: 1).identity(),
      (try? MountNamespace.of(process: facts.main).identity()) == mounts, ProcessTable.sharesRoot(facts.main),
      let root = try? Directory(path: "/", links: .withinRoot),
      // One is under way already, or was cut off.
      (try? root.statusOfLink(aside)) == nil
    else { return nil }
    self.former = former
    self.pidFile = pidFile
    self.aside = aside
    self.root = root
    self.pause = pause
    changed = (try? root.statusOfLink(pidFile))?.changedNanoseconds
    guard written() == former.pid else { return nil }
  }

  /// Has a new master take the place of the former one.
  func run() async throws -> Outcome {
    guard (try? former.send(.upgrade)) == true else { return .unclear }
    var hasBegun = false
    let successor = try await until(Self.startLimit) { () -> Outcome? in
      if let master = newMaster() { return .done(master) }
      let isUnderWay = (try? root.statusOfLink(aside)) != nil
      // It may have begun and ended between two looks; the PID file was renamed to and fro then.
      hasBegun = hasBegun || isUnderWay || isRenamed()
      if hasBegun, !isUnderWay, written() == former.pid, former.isRunning { return .refused }
      return nil
    }
    guard case .done(let master) = successor else { return successor ?? .unclear }
    guard (try? former.send(.drain)) != nil else { return .unclear }
    if try await until(Self.drainLimit, { former.isRunning ? nil : true }) == nil {
      _ = try? former.send(.terminate)
      guard try await until(Self.endLimit, { former.isRunning ? nil : true }) != nil else { return .unclear }
    }
    return master.isRunning ? .done(master) : .unclear
  }

  /// Whether systemd follows a process's end: it is its own child, as all become whose parent has ended.
  static func isFollowed(_ process: ProcessIdentity) -> Bool {
    process.isRunning && ProcessIdentity.parent(of: process.pid) == 1
  }

  /// Asks again and again for something, for so long.
  func until<T>(_ limit: Duration, _ found: () -> T?) async throws -> T? {
    let deadline = Self.clock.now.advanced(by: limit)
    while true {
      if let found = found() { return found }
      guard Self.clock.now < deadline else { return nil }
      try await Task.sleep(for: pause)
    }
  }

  // The new master writes its number before it starts workers.
  private func newMaster() -> ProcessIdentity? {
    guard let pid = written(), pid != former.pid, let process = ProcessIdentity(running: pid), Self.isMaster(pid),
      ProcessIdentity.parent(of: pid) == former.pid, let pids = try? ProcessTable.pids()
    else { return nil }
    let hasWorker = pids.contains { ProcessIdentity.parent(of: $0) == pid && ProcessTable.name(of: $0) == Self.name }
    return hasWorker ? process : nil
  }

  private func isRenamed() -> Bool {
    guard let changed, let now = (try? root.statusOfLink(pidFile))?.changedNanoseconds else { return false }
    return now != changed
  }

  private func written() -> Int32? {
    guard let bytes = try? root.readIfPresent(pidFile, limit: Self.pidFileByteLimit) else { return nil }
    return Int32(String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
  }

  private static func isMaster(_ pid: Int32) -> Bool { ProcessTable.name(of: pid) == name }
}

extension Systemd {
  /// Restarts a service in its own better way; nil where it has none, or that did not do.
  ///
  /// Throws where the service did not take to it, and runs on as it was.
  func upgrade(_ unit: UnitName) async throws -> Duration? {
    let facts = try await ask { manager in try Self.facts(of: unit, manager) }
    guard service(of: facts.main) == unit.description, let upgrade = NginxUpgrade(facts, pause: upgradePause)
    else { return nil }
    let successor: ProcessIdentity
    switch try await upgrade.run() {
    case .done(let master): successor = master
    case .unclear: return nil
    case .refused:
      let why = "its new master process ended at once, and the former one serves on; its error log may say why"
      throw ServiceError.notRestarted(unit.description, why)
    }
    let deadline = ContinuousClock.now.advanced(by: NginxUpgrade.adoptionLimit)
    while try await ask({ manager in try manager.unit(unit).serviceNumber("MainPID") }) != UInt32(successor.pid) {
      guard ContinuousClock.now < deadline else { return nil }
      try await Task.sleep(for: .milliseconds(20))
    }
    try await Task.sleep(for: Self.settleTime)
    let settled = try await ask { manager in try Self.facts(of: unit, manager) }
    // What systemd does not follow could end, and nobody would know how.
    guard settled.isStarted, settled.main == successor.pid, NginxUpgrade.isFollowed(successor) else { return nil }
    return .zero
  }

  private static func facts(of name: UnitName, _ manager: UnitManager) throws -> NginxUpgrade.Facts {
    let unit = try manager.unit(name)
    return try NginxUpgrade.Facts(
      type: unit.serviceText("Type"), pidFile: unit.serviceText("PIDFile"),
      main: Int32(truncatingIfNeeded: unit.serviceNumber("MainPID")),
      isStarted: unit.text("LoadState") == "loaded" && unit.state().isStarted,
      hasJob: unit.job() != nil, triggers: unit.texts("TriggeredBy"))
  }
}
