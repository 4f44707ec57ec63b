internal import CSystemd
internal import Glibc

/// An answer or a signal: values are taken from it in the order in which they stand there.
@safe package final class BusMessage {
  private let message: OpaquePointer
  private let what: String

  /// Takes over a message.
  init(owning message: OpaquePointer, of what: String) {
    unsafe self.message = message
    self.what = what
  }

  deinit { unsafe _ = sd_bus_message_unref(message) }

  /// Whether it is a signal of this interface and name.
  package func isSignal(_ interface: String, _ name: String) -> Bool {
    unsafe sd_bus_message_is_signal(message, interface, name) > 0
  }

  /// The next value, a string.
  package func string() throws(BusError) -> String { try text(SD_BUS_TYPE_STRING) }

  /// The next value, an object's path.
  package func objectPath() throws(BusError) -> String { try text(SD_BUS_TYPE_OBJECT_PATH) }

  /// The next value, a truth.
  package func boolean() throws(BusError) -> Bool {
    // D-Bus sends 32 bits, and so does sd-bus give them.
    var value: Int32 = 0
    unsafe try taken(sd_bus_message_read_basic(message, CChar(SD_BUS_TYPE_BOOLEAN), &value))
    return value != 0
  }

  /// The next value, a number of 32 bits with a sign.
  package func int32() throws(BusError) -> Int32 {
    var value: Int32 = 0
    unsafe try taken(sd_bus_message_read_basic(message, CChar(SD_BUS_TYPE_INT32), &value))
    return value
  }

  /// The next value, a number of 32 bits.
  package func uint32() throws(BusError) -> UInt32 {
    var value: UInt32 = 0
    unsafe try taken(sd_bus_message_read_basic(message, CChar(SD_BUS_TYPE_UINT32), &value))
    return value
  }

  /// The next value, a number of 64 bits.
  package func uint64() throws(BusError) -> UInt64 {
    var value: UInt64 = 0
    unsafe try taken(sd_bus_message_read_basic(message, CChar(SD_BUS_TYPE_UINT64), &value))
    return value
  }

  /// The next value, an array of elements of the type `signature`, at most `limit`; each is taken by `element`.
  package func array<Element>(
    of signature: String, limit: Int, _ element: (BusMessage) throws(BusError) -> Element
  ) throws(BusError) -> [Element] {
    unsafe try taken(sd_bus_message_enter_container(message, CChar(SD_BUS_TYPE_ARRAY), signature))
    var elements: [Element] = []
    while true {
      let atEnd = unsafe sd_bus_message_at_end(message, 0)
      guard atEnd >= 0 else { throw .broken(what, reason: BusError.words(atEnd)) }
      if atEnd > 0 { break }
      guard elements.count < limit else { throw .broken(what, reason: "its answer lists more than \(limit) things") }
      elements.append(try element(self))
    }
    unsafe try taken(sd_bus_message_exit_container(message))
    return elements
  }

  /// The next value, a structure of the types `signature`, whose values are taken by `fields`.
  package func structure<Value>(
    _ signature: String, _ fields: (BusMessage) throws(BusError) -> Value
  ) throws(BusError) -> Value {
    unsafe try taken(sd_bus_message_enter_container(message, CChar(SD_BUS_TYPE_STRUCT), signature))
    let value = try fields(self)
    unsafe try taken(sd_bus_message_exit_container(message))
    return value
  }

  private func text(_ type: some BinaryInteger) throws(BusError) -> String {
    var value: UnsafePointer<CChar>? = nil
    unsafe try taken(sd_bus_message_read_basic(message, CChar(type), &value))
    guard let value = unsafe value else { throw .broken(what, reason: "its answer holds no text") }
    return unsafe String(cString: value)
  }

  private func taken(_ result: Int32) throws(BusError) {
    // 0: nothing is left; -ENXIO: something else stands there.
    guard result != 0, result != -ENXIO else { throw .broken(what, reason: "its answer is not of the form expected") }
    guard result > 0 else { throw .broken(what, reason: BusError.words(result)) }
  }
}
