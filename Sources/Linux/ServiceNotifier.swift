internal import CLinux
internal import Glibc

/// Tells whoever started this program, at the socket that `NOTIFY_SOCKET` names, how the program stands (sd_notify(3)).
///
/// Telling never fails: where nobody asked, or nobody listens any more, there is nobody to tell.
package struct ServiceNotifier: Sendable {
  private let address: String?

  /// A notifier for the socket that the environment names.
  package init() { self.init(address: ProcessEnvironment.value("NOTIFY_SOCKET")) }

  /// A notifier for a socket: an absolute path, or an abstract name that begins with `@`.
  package init(address: String?) { self.address = address }

  /// The program does what it is there for.
  package func ready() { send("READY=1") }

  /// The program reads its settings again, until it says `ready`.
  package func reloading() {
    var now = timespec()
    _ = unsafe clock_gettime(CLOCK_MONOTONIC, &now)
    send("RELOADING=1\nMONOTONIC_USEC=\(Int64(now.tv_sec) * 1_000_000 + Int64(now.tv_nsec) / 1_000)")
  }

  /// The program is about to end.
  package func stopping() { send("STOPPING=1") }

  private func send(_ state: String) {
    guard let address, address.hasPrefix("/") || address.hasPrefix("@"), address.utf8.count > 1 else { return }
    var socket = sockaddr_un()
    socket.sun_family = sa_family_t(AF_UNIX)
    // An abstract name has a NUL for its `@`, and ends with its length; a path ends with a NUL.
    var name = Array(address.utf8)
    if address.hasPrefix("@") { name[0] = 0 }
    let fits = unsafe withUnsafeMutableBytes(of: &socket.sun_path) { room in
      guard name.count < room.count else { return false }
      unsafe room.copyBytes(from: name)
      return true
    }
    guard fits else { return }
    let length = MemoryLayout<sa_family_t>.size + name.count + (address.hasPrefix("@") ? 0 : 1)
    let number = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard number >= 0 else { return }
    defer { _ = close(number) }
    let bytes = Array(state.utf8)
    _ = unsafe withUnsafePointer(to: socket) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        unsafe bytes.withUnsafeBytes {
          unsafe sendto(
            number, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL), pointer, socklen_t(length))
        }
      }
    }
  }
}
