internal import CSystemd
internal import Glibc

/// One method of one object of one peer.
package struct BusMethod: Sendable, Hashable {
  /// The peer's name on the bus.
  package let destination: String
  /// The object's path.
  package let object: String
  /// The interface that has the method.
  package let interface: String
  /// The method's name.
  package let name: String

  /// Names a method.
  package init(_ destination: String, _ object: String, _ interface: String, _ name: String) {
    self.destination = destination
    self.object = object
    self.interface = interface
    self.name = name
  }
}

/// A connection to a message bus, or straight to a program that speaks its protocol, used by one thread, which waits.
@safe package final class BusConnection {
  /// How long an answer is waited for where nothing else is said: D-Bus' own usual limit.
  package static let answerLimit: Duration = .seconds(25)

  private let bus: OpaquePointer
  private let isBusClient: Bool
  private let limit: Duration

  /// Connects to an address such as `unix:path=/run/dbus/system_bus_socket`.
  ///
  /// `isBus` is false for the address of a program itself, where no bus stands between. The greeting, and later each
  /// answer, must come within `limit`.
  package init(to address: String, isBus: Bool, limit: Duration = answerLimit) throws(BusError) {
    var opened: OpaquePointer? = nil
    var result = unsafe sd_bus_new(&opened)
    guard result >= 0, let opened = unsafe opened else {
      throw .unreachable(address, reason: BusError.words(result))
    }
    unsafe bus = opened
    isBusClient = isBus
    self.limit = limit
    result = unsafe sd_bus_set_address(bus, address)
    if result >= 0 { result = unsafe sd_bus_set_bus_client(bus, isBus ? 1 : 0) }
    if result >= 0 { result = unsafe sd_bus_set_method_call_timeout(bus, Deadline(limit).microsecondsLeft) }
    if result >= 0 { result = unsafe sd_bus_start(bus) }
    guard result >= 0 else { throw .unreachable(address, reason: BusError.words(result)) }
    // Waiting for the greeting is ours: sd-bus itself would wait a minute and a half for it.
    let deadline = Deadline(limit)
    while true {
      let ready = unsafe sd_bus_is_ready(bus)
      guard ready >= 0 else { throw .unreachable(address, reason: BusError.words(ready)) }
      if ready > 0 { break }
      do { try step(deadline, "connecting") } catch { throw .unreachable(address, reason: "\(error)") }
      guard !deadline.isOver else {
        throw .unreachable(address, reason: "no greeting within \(limit)")
      }
    }
  }

  deinit { unsafe _ = sd_bus_close_unref(bus) }

  /// Calls a method with texts for arguments and gives its answer.
  @discardableResult
  package func call(_ method: BusMethod, _ arguments: [String] = []) throws(BusError) -> BusMessage {
    var made: OpaquePointer? = nil
    let result = unsafe sd_bus_message_new_method_call(
      bus, &made, method.destination, method.object, method.interface, method.name)
    guard result >= 0, let made = unsafe made else { throw .broken(method.name, reason: BusError.words(result)) }
    defer { unsafe _ = sd_bus_message_unref(made) }
    for argument in arguments {
      guard !argument.utf8.contains(0) else { throw .unsendable(argument) }
      let added = unsafe argument.withCString { text in
        unsafe sd_bus_message_append_basic(made, CChar(SD_BUS_TYPE_STRING), text)
      }
      guard added >= 0 else { throw .broken(method.name, reason: BusError.words(added)) }
    }
    return unsafe try send(made, ([method.name] + arguments).joined(separator: " "))
  }

  /// Reads one property of an object: the message stands at the value, which is of the type `signature`.
  package func property(
    _ name: String, as signature: String, of object: String, _ interface: String, at destination: String
  ) throws(BusError) -> BusMessage {
    var answer: OpaquePointer? = nil
    var error = unsafe sd_bus_error()
    defer { unsafe sd_bus_error_free(&error) }
    let result = unsafe sd_bus_get_property(bus, destination, object, interface, name, &error, &answer, signature)
    guard result >= 0, let answer = unsafe answer else { throw unsafe refusal(error, result, name) }
    return unsafe BusMessage(owning: answer, of: name)
  }

  /// Asks a bus for the signals of one interface and name; a program itself sends all of its signals anyhow.
  package func listen(to interface: String, _ signal: String) throws(BusError) {
    guard isBusClient else { return }
    try call(
      BusMethod("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "AddMatch"),
      ["type='signal',interface='\(interface)',member='\(signal)'"])
  }

  /// The next signal of this interface and name; nil where none came within the limit.
  ///
  /// Those that came while a call was being answered come first.
  package func next(_ interface: String, _ signal: String, limit: Duration) throws(BusError) -> BusMessage? {
    let deadline = Deadline(limit)
    while true {
      if let message = try step(deadline, signal), message.isSignal(interface, signal) { return message }
      if deadline.isOver { return nil }
    }
  }

  /// Lets sd-bus do one thing, waiting at most until the deadline for something to do; gives the message that came.
  @discardableResult
  private func step(_ deadline: Deadline, _ what: String) throws(BusError) -> BusMessage? {
    var message: OpaquePointer? = nil
    let result = unsafe sd_bus_process(bus, &message)
    if let message = unsafe message { return unsafe BusMessage(owning: message, of: what) }
    guard result >= 0 else { throw .broken(what, reason: BusError.words(result)) }
    if result == 0 {
      let waited = unsafe sd_bus_wait(bus, deadline.microsecondsLeft)
      guard waited >= 0 || waited == -EINTR else { throw .broken(what, reason: BusError.words(waited)) }
    }
    return nil
  }

  private func send(_ message: OpaquePointer, _ what: String) throws(BusError) -> BusMessage {
    var answer: OpaquePointer? = nil
    var error = unsafe sd_bus_error()
    defer { unsafe sd_bus_error_free(&error) }
    let result = unsafe sd_bus_call(bus, message, Deadline(limit).microsecondsLeft, &error, &answer)
    guard result >= 0, let answer = unsafe answer else { throw unsafe refusal(error, result, what) }
    return unsafe BusMessage(owning: answer, of: what)
  }

  private func refusal(_ error: sd_bus_error, _ result: Int32, _ what: String) -> BusError {
    if result == -ETIMEDOUT { return .noAnswer(what, limit: limit) }
    guard let name = unsafe error.name else { return .broken(what, reason: BusError.words(result)) }
    let message = unsafe error.message.map { unsafe String(cString: $0) }
    return .refused(what, name: unsafe String(cString: name), message: message ?? "no reason is given")
  }
}

/// An instant until which something is waited for.
private struct Deadline {
  private let instant: ContinuousClock.Instant

  init(_ limit: Duration) { instant = ContinuousClock.now.advanced(by: limit) }

  var isOver: Bool { ContinuousClock.now >= instant }

  var microsecondsLeft: UInt64 {
    let left = ContinuousClock.now.duration(to: instant).components
    guard left.seconds >= 0, left.attoseconds >= 0 else { return 0 }
    // A day stands for any longer wait, and the sum cannot overflow.
    return UInt64(min(left.seconds, 86_400)) * 1_000_000 + UInt64(left.attoseconds) / 1_000_000_000_000
  }
}
