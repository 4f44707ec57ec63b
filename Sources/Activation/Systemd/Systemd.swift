internal import Basics
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
  private let restraints: [Restraint]
  private let limit: Duration
  /// The path of the control group beneath which the manager keeps its units.
  private let group: String

  /// The manager of this system; `restraints` are what its administrator adds to the built-in ones.
  package init(
    addresses: [Address]? = nil, restraints: [Restraint] = [], restartLimit: Duration = Systemd.restartLimit
  ) {
    self.addresses = addresses ?? (ProcessLauncher.userID == 0 ? [.manager, .systemBus] : [.systemBus])
    self.restraints = Restraint.builtIn + restraints
    limit = restartLimit
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
    guard let unit = UnitName(name), unit.kind == .service else { return nil }
    return try await ask { manager in try Self.status(of: unit, manager) }
  }

  /// The service whose control group a process is in.
  package func service(of pid: Int32) -> String? {
    ControlGroup.path(of: pid).flatMap { UnitName.service(ofControlGroup: $0, manager: group) }?.description
  }

  /// Why a service must not be restarted without its owner's word, as the end of a sentence; nil where it may be.
  package func restraint(on name: String) async -> String? {
    guard let unit = UnitName(name) else { return "that is no name of a unit of systemd" }
    guard service(of: ProcessLauncher.ownPID) != name else { return "it is Suture itself, in the middle of this work" }
    let search = RestraintSearch(restraints)
    if let reason = search.restraint(onNames: [name]) { return reason }
    do { return try await ask { manager in try search.restraint(on: unit, manager) } } catch {
      return "whether it may be cannot be told: \(error)"
    }
  }

  /// Ends a service and starts it again, whether it runs or not; returns how long nothing ran.
  package func restart(_ name: String) async throws -> Duration {
    guard let unit = UnitName(name), unit.kind == .service else { throw ServiceError.unknown(name) }
    let down = try await ask { [limit] manager in try Self.replace(unit, manager, limit) }
    try await Task.sleep(for: Self.settleTime)
    try await ask { manager in try Self.checkSettled(unit, manager) }
    return down
  }

  private func ask<Answer: Sendable>(
    _ question: @escaping @Sendable (UnitManager) throws -> Answer
  ) async throws -> Answer {
    let addresses = addresses
    return try await WaitingThread.run { try question(try UnitManager(addresses)) }
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
    return ServiceStatus(name: name.description, pid: pid, crashes: Int(try unit.serviceNumber("NRestarts")))
  }

  /// Ends and starts a service and waits for the end of that job; returns how long nothing ran.
  private static func replace(_ name: UnitName, _ manager: UnitManager, _ limit: Duration) throws -> Duration {
    let unit = try manager.unit(name)
    switch try unit.text("LoadState") {
    case "loaded": break
    case "not-found": throw ServiceError.unknown(name.description)
    case "masked": throw ServiceError.notRestarted(name.description, "it is masked; `systemctl unmask` ends that")
    default:
      throw ServiceError.notRestarted(name.description, "its unit file cannot be used; `systemctl status` says why")
    }
    let endedBefore = try unit.instant("InactiveEnterTimestampMonotonic")
    let asked = ContinuousClock.now
    let result: JobResult?
    do { result = try manager.restart(name, limit: limit) } catch {
      throw ServiceError.notRestarted(name.description, "\(error)")
    }
    switch result {
    case nil: throw ServiceError.stillRestarting(name.description, limit)
    case .undone(let why):
      let end = try unit.state().isUp ? why : "\(why): \(try unit.end().account)"
      throw ServiceError.notRestarted(name.description, end)
    case .done: break
    }
    let ended = try unit.instant("InactiveEnterTimestampMonotonic")
    let started = try unit.instant("ExecMainStartTimestampMonotonic", of: "Service")
    // Without an end, or without a main process, only our own clock tells.
    guard ended != endedBefore, started >= ended else { return asked.duration(to: .now) }
    return .microseconds(Int64(clamping: started - ended))
  }

  /// Throws where a service does not run on after its start.
  private static func checkSettled(_ name: UnitName, _ manager: UnitManager) throws {
    let unit = try manager.unit(name)
    // Started anew already, it ended in between; its count began at nothing.
    let crashes = try unit.serviceNumber("NRestarts")
    guard try unit.state().isStarted, crashes == 0 else {
      let how = crashes == 0 ? try unit.end().account : "it ended by itself at once, and systemd starts it again"
      throw ServiceError.notRunning(name.description, how)
    }
  }
}
