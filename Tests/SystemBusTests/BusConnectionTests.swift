import Linux
import SystemBus
import TestSupport
import Testing

/// Peers that do not answer, which any machine can have.
@Suite struct SilentPeerTests {
  @Test func `where nobody listens there is no connection`() throws {
    let error = #expect(throws: BusError.self) {
      try BusConnection(to: "unix:path=/nonexistent/socket", isBus: false)
    }
    #expect(
      error?.description
        == "no connection to the message bus at unix:path=/nonexistent/socket: No such file or directory")
    #expect(throws: BusError.self) { try BusConnection(to: "no address", isBus: true) }
  }

  @Test(.timeLimit(.minutes(10)), arguments: [true, false])
  func `a peer that takes the call and says nothing is given up after the limit`(isBus: Bool) throws {
    let temporary = try TemporaryDirectory()
    // Nobody ever accepts: the kernel connects, and then nothing comes.
    let listener = FileDescriptor(
      owning: try temporary.directory.listeningSocket(path("silent"), mode: 0o600), name: "silent")
    defer { withExtendedLifetime(listener) {} }
    let started = ContinuousClock.now
    let error = #expect(throws: BusError.self) {
      try BusConnection(to: "unix:path=\(temporary.path)/silent", isBus: isBus, limit: .milliseconds(300))
    }
    #expect(error?.description.hasSuffix("no greeting within 0.3 seconds") == true)
    let took = started.duration(to: .now)
    #expect(took >= .milliseconds(300) && took < .seconds(10))
  }
}

enum SystemBusPlace {
  static let address = "unix:path=/run/dbus/system_bus_socket"
  static let isHere = (try? BusConnection(to: address, isBus: true)) != nil
}

/// The system's own message bus, of which nothing is asked that would change anything.
@Suite(
  .enabled(
    if: SystemBusPlace.isHere,
    "NOT RUN: no system message bus listens on this machine; `scripts/container test SystemBusTests` has one"))
struct SystemBusTests {
  static let bus = ("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus")

  func method(_ name: String) -> BusMethod { BusMethod(Self.bus.0, Self.bus.1, Self.bus.2, name) }

  @Test func `a method's answer and a property are read by their types`() throws {
    let bus = try BusConnection(to: SystemBusPlace.address, isBus: true)
    #expect(try bus.call(method("GetId")).string().count == 32)
    let names = try bus.call(method("ListNames")).array(of: "s", limit: 1 << 16) { element throws(BusError) in
      try element.string()
    }
    #expect(names.contains("org.freedesktop.DBus"))
    let features = try bus.property("Features", as: "as", of: Self.bus.1, Self.bus.2, at: Self.bus.0)
    _ = try features.array(of: "s", limit: 100) { element throws(BusError) in try element.string() }
    #expect(try bus.call(method("NameHasOwner"), ["org.freedesktop.DBus"]).boolean())
  }

  @Test func `an answer of another form than expected is an error, not a wrong value`() throws {
    let bus = try BusConnection(to: SystemBusPlace.address, isBus: true)
    #expect(throws: BusError.self) { try bus.call(method("GetId")).uint64() }
    #expect(throws: BusError.self) { try bus.call(method("GetId")).structure("s") { _ in } }
    let once = try bus.call(method("GetId"))
    _ = try once.string()
    #expect(throws: BusError.self) { try once.string() }
    #expect(throws: BusError.self) {
      try bus.call(method("ListNames")).array(of: "s", limit: 0) { element throws(BusError) in try element.string() }
    }
  }

  @Test func `a refusal tells its name and its words`() throws {
    let bus = try BusConnection(to: SystemBusPlace.address, isBus: true)
    let error = #expect(throws: BusError.self) { try bus.call(method("NoSuchMethod"), ["a"]) }
    #expect(error?.isRefusal("org.freedesktop.DBus.Error.UnknownMethod") == true)
    #expect(error?.description.hasPrefix("NoSuchMethod a was refused: ") == true)
    #expect(throws: BusError.unsendable("a\0b")) { try bus.call(method("GetNameOwner"), ["a\0b"]) }
  }

  @Test(.timeLimit(.minutes(10)))
  func `a signal that came before the answer is not lost, and none is waited for in vain`()
    throws
  {
    let bus = try BusConnection(to: SystemBusPlace.address, isBus: true)
    try bus.listen(to: Self.bus.2, "NameOwnerChanged")
    let other = try BusConnection(to: SystemBusPlace.address, isBus: true)
    // Answers and signals come in one stream: once this is answered, the signal stands before it.
    _ = try bus.call(method("GetId"))
    let signal = try #require(try bus.next(Self.bus.2, "NameOwnerChanged", limit: .seconds(10)))
    #expect(try signal.string().hasPrefix(":"))
    withExtendedLifetime(other) {}
    let started = ContinuousClock.now
    while try bus.next(Self.bus.2, "NameAcquired", limit: .milliseconds(200)) != nil {}
    #expect(try bus.next("a.b", "C", limit: .milliseconds(200)) == nil)
    #expect(started.duration(to: .now) < .seconds(10))
  }
}
