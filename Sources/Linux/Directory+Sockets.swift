internal import Glibc
package import Values

extension Directory {
  /// Makes a Unix socket and listens at it; gives its descriptor, which the caller owns.
  ///
  /// Made beside and renamed, so that a caller finds either the old socket or a new one that listens. What stands at the
  /// path is replaced only where it is a socket at which nobody listens; a listener there is `isInUse`.
  package func listeningSocket(_ at: RelativePath, mode: UInt32, backlog: Int32 = 64) throws(LinuxError) -> Int32 {
    if let status = try statusOfLink(at) {
      guard status.kind == .other else { throw LinuxError("listen at", name(at), code: EEXIST) }
      if try isAnswered(at) { throw LinuxError("listen at", name(at), code: EADDRINUSE) }
    }
    return try withParent(of: at) { parent, final throws(LinuxError) in
      let beside = Self.beside(final)
      let socket = try Self.newSocket()
      do throws(LinuxError) {
        let address = try Self.address(parent, beside, self.name(at))
        guard unsafe Self.with(address, { unsafe bind(socket, $0, $1) }) == 0 else {
          throw .last("bind", self.name(at))
        }
        guard unsafe fchmodat(parent, beside, mode_t(mode), 0) == 0 else {
          throw .last("set the mode of", self.name(at))
        }
        guard listen(socket, backlog) == 0 else { throw .last("listen at", self.name(at)) }
        guard unsafe renameat(parent, beside, parent, final) == 0 else { throw .last("put in place", self.name(at)) }
      } catch {
        _ = unsafe unlinkat(parent, beside, 0)
        _ = Glibc.close(socket)
        throw error
      }
      return socket
    }
  }

  /// A name for something directly in this directory that fits a socket's address however long the directory's path is.
  ///
  /// Valid in this process while this object lives.
  package func shortName(_ component: String) -> String { "/proc/self/fd/\(descriptor.number)/\(component)" }

  /// Connects to a Unix socket without waiting; gives the descriptor, which the caller owns.
  func connectedSocket(_ at: RelativePath) throws(LinuxError) -> Int32 {
    try withParent(of: at) { parent, final throws(LinuxError) in
      let socket = try Self.newSocket()
      do throws(LinuxError) {
        let address = try Self.address(parent, final, self.name(at))
        guard unsafe Self.with(address, { unsafe connect(socket, $0, $1) }) == 0 else {
          throw .last("connect to", self.name(at))
        }
      } catch {
        _ = Glibc.close(socket)
        throw error
      }
      return socket
    }
  }

  /// Whether a socket has a listener.
  private func isAnswered(_ at: RelativePath) throws(LinuxError) -> Bool {
    try withParent(of: at) { parent, final throws(LinuxError) in
      let socket = try Self.newSocket()
      defer { _ = Glibc.close(socket) }
      let address = try Self.address(parent, final, self.name(at))
      if unsafe Self.with(address, { unsafe connect(socket, $0, $1) }) == 0 { return true }
      switch errno {
      case ECONNREFUSED, ENOENT: return false
      case EAGAIN, EINPROGRESS: return true
      default: throw .last("connect to", self.name(at))
      }
    }
  }

  private static func newSocket() throws(LinuxError) -> Int32 {
    let flags = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
    let number = socket(AF_UNIX, flags, 0)
    guard number >= 0 else { throw .last("make", "a socket") }
    return number
  }

  private static func address(_ parent: Int32, _ component: String, _ name: String) throws(LinuxError) -> sockaddr_un {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let path = Array("/proc/self/fd/\(parent)/\(component)".utf8)
    let fits = unsafe withUnsafeMutableBytes(of: &address.sun_path) { room in
      // The last byte stays 0 and ends the path.
      guard path.count < room.count else { return false }
      unsafe room.copyBytes(from: path)
      return true
    }
    guard fits else { throw LinuxError("name the socket", name, code: ENAMETOOLONG) }
    return address
  }

  private static func with(
    _ address: sockaddr_un, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
  ) -> Int32 {
    unsafe withUnsafePointer(to: address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
  }
}

extension LinuxError {
  /// Whether another process listens there.
  package var isInUse: Bool { code == EADDRINUSE }
}
