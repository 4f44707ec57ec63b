internal import Basics
internal import Improvements
internal import Linux
internal import SystemBus

/// systemd as the manager of services: the one of the system, process 1.
///
/// Each question has a connection and a thread of its own, both with limits of time: nothing has to be mended after systemd
/// or the message bus started anew, a restart that takes minutes holds up no other question, and a manager that hangs is
/// an error.
package final class Systemd: ServiceManager {
  /// Where a manager can be spoken to.
  package struct Address: Sendable, Hashable {
    /// As D-Bus writes it, such as `unix:path=/run/systemd/private`.
    let text: String
    /// Whether a message bus listens there, and not the manager itself.
    let isBus: Bool

    /// The manager's own socket: for root alone, and there before and without a message bus.
    package static let manager = Address("unix:path=/run/systemd/private", isBus: false)
    /// The system's message bus.
    package static let systemBus = Address("unix:path=/run/dbus/system_bus_socket", isBus: true)

    /// Names a place.
    package init(_ text: String, isBus: Bool) {
      self.text = text
      self.isBus = isBus
    }
  }

  /// How long a restart may take before it is given up: more than systemd's own usual limits for an end and a start.
  package static let restartLimit: Duration = .seconds(300)
  /// How long a service must run after its start counts as done: a simple service counts so before it does anything.
  package static let settleTime: Duration = .milliseconds(100)

  private let addresses: [Address]
  let limit: Duration
  /// How long to wait between two looks at a service that is brought to another build in its own way.
  let upgradePause: Duration
  /// The path of the control group beneath which the manager keeps its units.
  private let group: String

  /// The manager of this system.
  package init(
    addresses: [Address]? = nil, restartLimit: Duration = Systemd.restartLimit,
    upgradePause: Duration = NginxUpgrade.pause
  ) {
    self.addresses = addresses ?? (ProcessLauncher.userID == 0 ? [.manager, .systemBus] : [.systemBus])
    limit = restartLimit
    self.upgradePause = upgradePause
    let own = ControlGroup.path(of: 1) ?? ""
    let end = "/init.scope"
    group = own.hasSuffix(end) ? String(own.dropLast(end.count)) : ""
  }

  /// Whether systemd is what manages the system at `root` (sd_booted(3)).
  package static func isRunning(root: String = "/") -> Bool {
    guard let path = RelativePath("run/systemd/system") else { return false }
    let found = try? Directory(path: root).statusOfLink(path)
    return found?.kind == .directory
  }

  /// How a service is now; nil where there is none of that name.
  package func status(of name: String) async throws -> ServiceStatus? {
    if name == Self.itself { return ServiceStatus(name: name, pid: 1, crashes: 0) }
    guard let unit = UnitName(name), unit.kind == .service else { return nil }
    return try await ask { manager in try Self.status(of: unit, manager) }
  }

  /// Whether the jobs of the boot have ended, and not in a rescue shell.
  package func hasStarted() async throws -> Bool { try await ask { manager in try manager.hasStarted() } }

  /// The service whose control group a process is in, and for process 1 what it calls itself.
  package func service(of pid: Int32) -> String? {
    if pid == 1 { return Self.itself }
    return ControlGroup.path(of: pid).flatMap { UnitName.service(ofControlGroup: $0, manager: group) }?.description
  }

  /// Why a service must not be restarted without its owner's word; nil where it may be.
  ///
  /// A service is looked at by all of its names, and one of them may have its own rule.
  package func restraint(on name: String, by rules: RestartRules) async -> ServiceRestraint? {
    guard let unit = UnitName(name) else { return ServiceRestraint("that is no name of a unit of systemd") }
    guard service(of: ProcessLauncher.ownPID) != name else { return Restraint.suture.why }
    let search = RestraintSearch(rules)
    if name == Self.itself { return search.restraint(onNames: [name]) }
    do { return try await ask { manager in try search.restraint(on: unit, manager) } } catch {
      return search.restraint(onNames: [name]) ?? ServiceRestraint("whether it may be cannot be told: \(error)")
    }
  }

  /// What Requires= a service or is PartOf= it, as far as it is up; none where systemd does not answer.
  package func companions(of name: String) async -> [String] {
    guard let unit = UnitName(name), unit.kind == .service else { return [] }
    let search = RestraintSearch(.none)
    return (try? await ask { manager in try search.companions(of: unit, manager) }) ?? []
  }

  /// Ends a service and starts it again, whether it runs or not; returns how long nothing ran.
  ///
  /// That is from the end of its last process until its new main process was there, by systemd's own clock; where systemd
  /// does not tell, as for what did not run before, how long the restart took. What Requires= or is PartOf= a service,
  /// systemd restarts with it.
  package func restart(_ name: String) async throws -> Duration {
    if name == Self.itself { return try await restartItself() }
    guard let unit = UnitName(name), unit.kind == .service else { throw ServiceError.unknown(name) }
    if let down = try await upgrade(unit) { return down }
    do { return try await restart(unit) } catch let error as ServiceError where error.isOfService {
      // A machine that shuts down starts nothing any more.
      if try await ask({ manager in try manager.isStopping() }) { throw ServiceError.unanswered(Self.stopping) }
      throw error
    }
  }

  /// Ends a service, with what is bound to it.
  package func stop(_ name: String) async throws {
    guard let unit = UnitName(name), unit.kind == .service else { throw ServiceError.unknown(name) }
    let end = try await endOfJob(of: unit, until: ContinuousClock.now.advanced(by: limit)) { manager, deadline in
      try manager.stop(unit, until: deadline)
    }
    guard case .ended(.done) = end else { throw ServiceError.doesNotEnd(name) }
  }

  /// From systemd 254 on.
  package func canSoftReboot() async -> Bool {
    guard let version = try? await ask({ manager in try manager.version() }) else { return false }
    return Int(version.prefix { $0.isNumber }).map { $0 >= MachineRestart.softRebootVersion } ?? false
  }

  private func restart(_ unit: UnitName) async throws -> Duration {
    let name = unit.description
    let lastEnd = try await ask { manager in try Self.lastEnd(of: unit, manager) }
    let asked = ContinuousClock.now
    let end = try await endOfJob(of: unit, until: asked.advanced(by: limit)) { manager, deadline in
      try manager.restart(unit, until: deadline)
    }
    switch end {
    case .ended(.done): break
    case .ended(.undone(let why)):
      let end = try? await ask { manager in try Self.accountOfEnd(of: unit, manager) }
      throw ServiceError.notRestarted(name, end.map { "\(why): \($0)" } ?? why)
    case .pending, .unheard: throw ServiceError.stillRestarting(name, limit)
    }
    let took = asked.duration(to: .now)
    try await Task.sleep(for: Self.settleTime)
    return try await ask { manager in
      try Self.checkSettled(unit, manager)
      return try Self.downTime(of: unit, since: lastEnd, manager) ?? took
    }
  }

  private func endOfJob(
    of unit: UnitName, until deadline: ContinuousClock.Instant,
    _ begin: @escaping @Sendable (UnitManager, ContinuousClock.Instant) throws -> JobEnd
  ) async throws -> JobEnd {
    var end = try await ask { manager in
      do { return try begin(manager, deadline) } catch {
        guard case BusError.refused = error else { throw error }
        throw ServiceError.notRestarted(unit.description, "\(error)")
      }
    }
    while case .unheard = end, ContinuousClock.now < deadline {
      try await Task.sleep(for: Self.settleTime)
      do { end = try await ask { manager in try manager.endOfJob(of: unit, until: deadline) } } catch ServiceError
        .unanswered
      {}
    }
    return end
  }

  /// Asks the manager on a thread that waits; where it does not answer, that is no word of any service.
  func ask<Answer: Sendable>(
    _ question: @escaping @Sendable (UnitManager) throws -> Answer
  ) async throws -> Answer {
    let addresses = addresses
    do { return try await WaitingThread.run { try question(try UnitManager(addresses)) } } catch let error as BusError {
      throw ServiceError.unanswered("\(error)")
    }
  }
}

extension Systemd {
  private static func status(of name: UnitName, _ manager: UnitManager) throws -> ServiceStatus? {
    let unit = try manager.unit(name)
    let state = try unit.state()
    // One whose file is gone may run on.
    guard try state.isUp || unit.text("LoadState") != "not-found" else { return nil }
    var pid: Int32?
    if state.isUp {
      let main = try unit.serviceNumber("MainPID")
      if main > 0 {
        pid = Int32(truncatingIfNeeded: main)
      } else if state.isStarted {
        // Services of old start scripts have processes and no main one.
        pid = try manager.processes(of: name).min()
      }
    }
    if pid == nil { try checkTelling(unit, manager) }
    return ServiceStatus(
      name: name.description, pid: pid, crashes: Int(try unit.serviceNumber("NRestarts")),
      isAtRest: try pid == nil && !unit.state().isUp && isAtRest(unit),
      absence: pid == nil ? try absence(of: unit, state) : nil)
  }

  /// Throws where that a service does not run tells nothing: what ends as the machine does says nothing of its health, nor
  /// does what has not been started yet as it comes up.
  private static func checkTelling(_ unit: UnitManager.Unit, _ manager: UnitManager) throws {
    switch try manager.machineState() {
    case .running: return
    case .stopping: throw ServiceError.unanswered(stopping)
    case .starting:
      guard try unit.instant("ActiveEnterTimestampMonotonic") == 0, try !unit.state().isFailed else { return }
      throw ServiceError.unanswered("the machine is still starting")
    }
  }

  private static func absence(of unit: UnitManager.Unit, _ state: UnitState) throws -> ServiceStatus.Absence {
    if state.isStarting { return .starting }
    return state.isFailed ? .failed(try unit.end().account) : .stopped
  }

  private static let stopping = "the machine is shutting down"

  /// Whether a service that is down ended in order and is started when somebody needs it, as many end when idle.
  private static func isAtRest(_ unit: UnitManager.Unit) throws -> Bool {
    // One that failed has another result.
    guard try unit.serviceText("Result") == "success" else { return false }
    return try !unit.texts("TriggeredBy").isEmpty || !unit.serviceText("BusName").isEmpty
  }

  /// The last instant at which a service ended, in microseconds; throws where it cannot be started.
  private static func lastEnd(of name: UnitName, _ manager: UnitManager) throws -> UInt64 {
    let unit = try manager.unit(name)
    switch try unit.text("LoadState") {
    case "loaded": return try unit.instant("InactiveEnterTimestampMonotonic")
    case "not-found": throw ServiceError.unknown(name.description)
    case "masked": throw ServiceError.notRestarted(name.description, "it is masked; `systemctl unmask` ends that")
    default:
      throw ServiceError.notRestarted(name.description, "its unit file cannot be used; `systemctl status` says why")
    }
  }

  /// How long a service was down, whose restart began when its last end was as given; nil where systemd cannot tell.
  private static func downTime(of name: UnitName, since lastEnd: UInt64, _ manager: UnitManager) throws -> Duration? {
    let unit = try manager.unit(name)
    let ended = try unit.instant("InactiveEnterTimestampMonotonic")
    let started = try unit.instant("ExecMainStartTimestampMonotonic", of: "Service")
    guard ended != lastEnd, started >= ended else { return nil }
    return .microseconds(Int64(clamping: started - ended))
  }

  /// How a service that is down ended; nil where it is up.
  private static func accountOfEnd(of name: UnitName, _ manager: UnitManager) throws -> String? {
    let unit = try manager.unit(name)
    return try unit.state().isUp ? nil : unit.end().account
  }

  /// Throws where a service does not run on after its start.
  private static func checkSettled(_ name: UnitName, _ manager: UnitManager) throws {
    let unit = try manager.unit(name)
    // Started anew already, it ended in between; its count began at nothing.
    let crashes = try unit.serviceNumber("NRestarts")
    guard try unit.state().isStarted, crashes == 0 else {
      throw ServiceError.notRunning(
        name.description,
        try !unit.truth("ConditionResult")
          ? "a condition in its unit file does not hold"
          : crashes == 0 ? unit.end().account : "it ended by itself at once, and systemd starts it again")
    }
  }
}
