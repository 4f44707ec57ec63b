internal import CLinux
internal import Glibc
package import Values

/// A connection to a Unix socket, for a program that asks one thing and waits no longer than it said.
package final class UnixConnection: Sendable {
  private let socket: FileDescriptor
  private let name: String

  /// Connects to a socket in a directory; throws at once where nobody listens.
  package init(to at: RelativePath, in directory: Directory) throws(LinuxError) {
    name = directory.name(at)
    socket = FileDescriptor(owning: try directory.connectedSocket(at), name: name)
  }

  /// Sends all bytes, or throws when the time is over.
  package func send(_ bytes: [UInt8], until deadline: ContinuousClock.Instant) throws(LinuxError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = unsafe rest.withUnsafeBytes {
        unsafe Glibc.send(socket.number, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      if count >= 0 {
        rest = rest.dropFirst(count)
      } else if errno == EAGAIN || errno == EWOULDBLOCK {
        try wait(for: POLLOUT, until: deadline)
      } else if errno != EINTR {
        throw .last("send to", name)
      }
    }
  }

  /// The next bytes, at most `limit`; nil where the other side has closed.
  ///
  /// Throws when the time is over.
  package func receive(limit: Int, until deadline: ContinuousClock.Instant) throws(LinuxError) -> [UInt8]? {
    while true {
      var piece = [UInt8](repeating: 0, count: limit)
      let count = unsafe piece.withUnsafeMutableBytes { unsafe recv(socket.number, $0.baseAddress, $0.count, 0) }
      if count == 0 { return nil }
      if count > 0 {
        piece.removeSubrange(count...)
        return piece
      }
      switch errno {
      case EAGAIN, EWOULDBLOCK: try wait(for: POLLIN, until: deadline)
      case EINTR: continue
      default: throw .last("receive from", name)
      }
    }
  }

  private func wait(for what: Int32, until deadline: ContinuousClock.Instant) throws(LinuxError) {
    let left = ContinuousClock.now.duration(to: deadline)
    guard left > .zero else { throw LinuxError("wait longer for", name, code: ETIME) }
    let milliseconds = left.components.seconds * 1_000 + left.components.attoseconds / 1_000_000_000_000_000
    var entry = pollfd(fd: socket.number, events: Int16(what), revents: 0)
    if unsafe poll(&entry, 1, Int32(clamping: milliseconds + 1)) < 0, errno != EINTR { throw .last("wait for", name) }
  }
}

/// Waiting on the calling thread, for programs of one.
package enum Pause {
  /// Returns after so long, or earlier where a signal comes.
  package static func wait(_ duration: Duration) {
    let nanoseconds = duration.components.attoseconds / 1_000_000_000
    var time = timespec(tv_sec: Int(duration.components.seconds), tv_nsec: Int(nanoseconds))
    _ = unsafe nanosleep(&time, nil)
  }
}
