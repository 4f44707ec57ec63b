internal import Improvements
internal import SystemBus

/// What waiting for a job's end came to.
enum JobEnd {
  /// It ended.
  case ended(JobResult)
  /// It goes on.
  case pending
  /// The connection broke, as it does when systemd starts itself anew; jobs outlive that.
  case unheard(BusError)
}

/// One conversation with systemd's manager, on one thread, which waits (org.freedesktop.systemd1(5)).
struct UnitManager {
  /// The most units, processes or names that one answer may list.
  static let listLimit = 1 << 16

  private static let destination = "org.freedesktop.systemd1"
  private static let object = "/org/freedesktop/systemd1"
  private static let interface = "org.freedesktop.systemd1.Manager"

  private let bus: BusConnection

  /// Begins one, at the first of the addresses that answers.
  init(_ addresses: [Systemd.Address]) throws(BusError) {
    var failure: BusError?
    for address in addresses {
      do {
        bus = try BusConnection(to: address.text, isBus: address.isBus)
        return
      } catch { failure = failure ?? error }
    }
    throw failure ?? .unreachable("systemd", reason: "no address is known")
  }

  /// A unit, loaded from its file where it is not yet; there is one for every name, also where no such unit exists.
  func unit(_ name: UnitName) throws(BusError) -> Unit {
    Unit(bus: bus, name: name, object: try call("LoadUnit", name.description).objectPath())
  }

  /// Whether the boot has ended and not in a rescue shell, whether every unit came up or not.
  func hasStarted() throws(BusError) -> Bool { try ["running", "degraded"].contains(state()) }

  /// How far the machine is, as far as systemd says.
  func machineState() throws(BusError) -> MachineState { MachineState(try state()) }

  private func state() throws(BusError) -> String {
    try bus.property("SystemState", as: "s", of: Self.object, Self.interface, at: Self.destination).string()
  }

  /// Whether the machine is shutting down, as far as systemd says.
  func isStopping() throws(BusError) -> Bool { try machineState() == .stopping }

  /// Ends a unit and starts it again, and waits for the end of that job.
  func restart(_ name: UnitName, until deadline: ContinuousClock.Instant) throws(BusError) -> JobEnd {
    try listen()
    try forgetFailures(of: name)
    return end(of: try call("RestartUnit", name.description, "replace").objectPath(), until: deadline)
  }

  /// Ends a unit, and waits for the end of that job.
  func stop(_ name: UnitName, until deadline: ContinuousClock.Instant) throws(BusError) -> JobEnd {
    try listen()
    return end(of: try call("StopUnit", name.description, "replace").objectPath(), until: deadline)
  }

  /// systemd's version, such as `252.39-1~deb12u1`.
  func version() throws(BusError) -> String {
    try bus.property("Version", as: "s", of: Self.object, Self.interface, at: Self.destination).string()
  }

  /// Waits for the end of the job that a unit has; where it has none, what was asked for is done, well or badly.
  func endOfJob(of name: UnitName, until deadline: ContinuousClock.Instant) throws(BusError) -> JobEnd {
    try listen()
    guard let job = try unit(name).job() else { return .ended(.done) }
    return end(of: job, until: deadline)
  }

  // Asked for before the job is: its end may come before the answer that names it.
  private func listen() throws(BusError) {
    try bus.listen(to: Self.interface, "JobRemoved")
    try call("Subscribe")
  }

  private func end(of job: String, until deadline: ContinuousClock.Instant) -> JobEnd {
    do throws(BusError) {
      while true {
        let left = ContinuousClock.now.duration(to: deadline)
        guard left > .zero, let signal = try bus.next(Self.interface, "JobRemoved", limit: left) else {
          return .pending
        }
        _ = try signal.uint32()
        guard try signal.objectPath() == job else { continue }
        _ = try signal.string()
        return .ended(JobResult(try signal.string()))
      }
    } catch { return .unheard(error) }
  }

  /// Has the manager execute itself anew; it answers by ending the conversation.
  func reexecute() throws(BusError) {
    do { try call("Reexecute") } catch {
      if case .broken = error { return }
      guard Self.endings.contains(where: { error.isRefusal($0) }) else { throw error }
    }
  }

  private static let endings = [
    "System.Error.ECONNRESET", "System.Error.ENOTCONN", "System.Error.EPIPE", "org.freedesktop.DBus.Error.NoReply",
    "org.freedesktop.DBus.Error.Disconnected",
  ]

  // Else some restarts in a row count as too many starts, and the last one leaves the unit down.
  private func forgetFailures(of name: UnitName) throws(BusError) {
    do { try call("ResetFailedUnit", name.description) } catch {
      // One that is not in systemd's memory has nothing to forget.
      guard error.isRefusal("org.freedesktop.systemd1.NoSuchUnit") else { throw error }
    }
  }

  /// The processes of a unit that is up; none where it has ended meanwhile.
  func processes(of name: UnitName) throws(BusError) -> [Int32] {
    let answer: BusMessage
    do { answer = try call("GetUnitProcesses", name.description) } catch {
      guard error.isRefusal("org.freedesktop.systemd1.NoSuchUnit") else { throw error }
      return []
    }
    return try answer.array(of: "(sus)", limit: Self.listLimit) {
      message throws(BusError) in
      try message.structure("sus") { fields throws(BusError) in
        _ = try fields.string()
        let pid = try fields.uint32()
        _ = try fields.string()
        return Int32(truncatingIfNeeded: pid)
      }
    }
  }

  @discardableResult
  private func call(_ name: String, _ arguments: String...) throws(BusError) -> BusMessage {
    try bus.call(BusMethod(Self.destination, Self.object, Self.interface, name), arguments)
  }

  /// One unit and its properties, each read when it is asked for.
  struct Unit {
    fileprivate let bus: BusConnection
    /// The name that it was asked for by.
    let name: UnitName
    fileprivate let object: String

    /// How it is now.
    func state() throws(BusError) -> UnitState { UnitState(try text("ActiveState")) }

    /// The job that it has now.
    func job() throws(BusError) -> String? {
      let (number, path) = try read("Job", "(uo)", "Unit").structure("uo") { fields throws(BusError) in
        (try fields.uint32(), try fields.objectPath())
      }
      return number == 0 ? nil : path
    }

    /// How the service ended that should run.
    func end() throws(BusError) -> ServiceEnd {
      ServiceEnd(
        result: try serviceText("Result"), code: try read("ExecMainCode", "i", "Service").int32(),
        status: try read("ExecMainStatus", "i", "Service").int32())
    }

    /// A text of what every unit has.
    func text(_ property: String) throws(BusError) -> String { try read(property, "s", "Unit").string() }

    /// Texts of what every unit has; none where this systemd does not know the property.
    func texts(_ property: String) throws(BusError) -> [String] {
      let message: BusMessage
      do { message = try read(property, "as", "Unit") } catch {
        guard error.isRefusal("org.freedesktop.DBus.Error.UnknownProperty") else { throw error }
        return []
      }
      return try message.array(of: "s", limit: UnitManager.listLimit) { element throws(BusError) in try element.string()
      }
    }

    /// A truth of what every unit has, or of what its kind has.
    func truth(_ property: String, of kind: String = "Unit") throws(BusError) -> Bool {
      try read(property, "b", kind).boolean()
    }

    /// An instant of what every unit has, or of what its kind has, in microseconds of the monotonic clock; 0 is never.
    func instant(_ property: String, of kind: String = "Unit") throws(BusError) -> UInt64 {
      try read(property, "t", kind).uint64()
    }

    /// A text of what only services have.
    func serviceText(_ property: String) throws(BusError) -> String { try read(property, "s", "Service").string() }

    /// A number of what only services have.
    func serviceNumber(_ property: String) throws(BusError) -> UInt32 { try read(property, "u", "Service").uint32() }

    private func read(_ property: String, _ signature: String, _ kind: String) throws(BusError) -> BusMessage {
      try bus.property(
        property, as: signature, of: object, "org.freedesktop.systemd1.\(kind)", at: UnitManager.destination)
    }
  }
}
