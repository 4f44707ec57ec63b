import CSystemd
import Glibc
import SystemBus
import Testing

/// What a desktop has to show notices (`org.freedesktop.Notifications`): answers one call, and keeps what was asked.
@safe final class NotificationService {
  struct Notice: Equatable {
    var program = ""
    var title = ""
    var text = ""
    /// The number of the user who asked.
    var user: UInt32 = 0
  }

  private let bus: OpaquePointer
  private let address: String

  /// Offers the service on a bus.
  init(at address: String) throws {
    self.address = address
    var opened: OpaquePointer? = nil
    try #require(unsafe sd_bus_new(&opened) >= 0)
    unsafe bus = try #require(unsafe opened)
    try #require(unsafe sd_bus_set_address(bus, address) >= 0)
    try #require(unsafe sd_bus_set_bus_client(bus, 1) >= 0)
    try #require(unsafe sd_bus_start(bus) >= 0)
    try #require(unsafe sd_bus_request_name(bus, "org.freedesktop.Notifications", 0) >= 0)
  }

  deinit { unsafe _ = sd_bus_close_unref(bus) }

  /// Waits for a call, some seconds at most, and answers it.
  func answer() throws -> Notice? {
    let limit = ContinuousClock.now.advanced(by: .seconds(20))
    while ContinuousClock.now < limit {
      var message: OpaquePointer? = nil
      let result = unsafe sd_bus_process(bus, &message)
      try #require(result >= 0)
      if let message = unsafe message {
        defer { unsafe _ = sd_bus_message_unref(message) }
        guard unsafe sd_bus_message_is_method_call(message, "org.freedesktop.Notifications", "Notify") > 0 else {
          continue
        }
        return try unsafe answer(message)
      }
      if result == 0 { unsafe _ = sd_bus_wait(bus, 100_000) }
    }
    return nil
  }

  private func answer(_ message: OpaquePointer) throws -> Notice {
    var notice = Notice()
    notice.program = try unsafe text(message)
    var number: UInt32 = 0
    try #require(unsafe sd_bus_message_read_basic(message, CChar(SD_BUS_TYPE_UINT32), &number) > 0)
    _ = try unsafe text(message)
    notice.title = try unsafe text(message)
    notice.text = try unsafe text(message)
    let sender = try #require(unsafe sd_bus_message_get_sender(message).map { unsafe String(cString: $0) })
    var reply: OpaquePointer? = nil
    try #require(unsafe sd_bus_message_new_method_return(message, &reply) >= 0)
    number = 1
    try #require(unsafe sd_bus_message_append_basic(reply, CChar(SD_BUS_TYPE_UINT32), &number) >= 0)
    // The sender is asked about before it has its answer and goes.
    let method = BusMethod(
      "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "GetConnectionUnixUser")
    notice.user = try BusConnection(to: address, isBus: true).call(method, [sender]).uint32()
    try #require(unsafe sd_bus_send(bus, reply, nil) >= 0)
    try #require(unsafe sd_bus_flush(bus) >= 0)
    unsafe _ = sd_bus_message_unref(reply)
    return notice
  }

  private func text(_ message: OpaquePointer) throws -> String {
    var value: UnsafePointer<CChar>? = nil
    try #require(unsafe sd_bus_message_read_basic(message, CChar(SD_BUS_TYPE_STRING), &value) > 0)
    return unsafe String(cString: try #require(unsafe value))
  }
}
