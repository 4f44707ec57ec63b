import Glibc
import Linux
import TestSupport
import Testing

/// A program tells the one who started it how it stands.
@Suite struct ServiceNotifierTests {
  // A datagram socket as systemd makes one: at a path, or under an abstract name.
  private func listen(at address: String) throws -> Int32 {
    let number = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
    try #require(number >= 0)
    var name = sockaddr_un()
    name.sun_family = sa_family_t(AF_UNIX)
    var bytes = Array(address.utf8)
    if address.hasPrefix("@") { bytes[0] = 0 }
    unsafe withUnsafeMutableBytes(of: &name.sun_path) { unsafe $0.copyBytes(from: bytes) }
    let length = MemoryLayout<sa_family_t>.size + bytes.count + (address.hasPrefix("@") ? 0 : 1)
    let bound = unsafe withUnsafePointer(to: name) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe bind(number, $0, socklen_t(length)) }
    }
    try #require(bound == 0)
    return number
  }

  private func receive(_ number: Int32) -> String {
    var bytes = [UInt8](repeating: 0, count: 1_024)
    let count = unsafe bytes.withUnsafeMutableBytes {
      unsafe recv(number, $0.baseAddress, $0.count, Int32(MSG_DONTWAIT))
    }
    return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
  }

  @Test(arguments: [true, false]) func `it says ready, reloading and stopping at a path and at an abstract name`(
    isAbstract: Bool
  ) throws {
    let folder = try TemporaryDirectory()
    let address = isAbstract ? "@suture-test/\(UInt64.random(in: .min ... .max))" : folder.path + "/notify"
    let socket = try listen(at: address)
    defer { _ = close(socket) }
    let notifier = ServiceNotifier(address: address)
    notifier.ready()
    #expect(receive(socket) == "READY=1")
    notifier.reloading()
    let lines = receive(socket).split(separator: "\n")
    #expect(lines.first == "RELOADING=1")
    let time = lines.last?.split(separator: "=").last.flatMap { Int64($0) } ?? 0
    #expect(lines.last?.hasPrefix("MONOTONIC_USEC=") == true && time > 0)
    notifier.stopping()
    #expect(receive(socket) == "STOPPING=1")
  }

  @Test(arguments: [
    nil, "", "/", "@", "relative", "/nobody/listens", "@nobody", "/" + String(repeating: "x", count: 500),
  ])
  func `where nobody listens nothing happens`(address: String?) {
    let notifier = ServiceNotifier(address: address)
    notifier.ready()
    notifier.reloading()
    notifier.stopping()
  }
}
