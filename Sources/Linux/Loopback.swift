internal import CLinux
internal import Glibc

/// Questions to servers on the machine's own loopback.
///
/// The caller's thread waits.
package enum Loopback {
  /// The most bytes of an HTTP server's answer that are looked at: its first line.
  package static let answerLimit = 4_096

  /// Connects to a port, at 127.0.0.1 and where nothing listens there at ::1, and hangs up.
  package static func connect(to port: UInt16, limit: Duration) throws(LinuxError) {
    _ = try connected(to: port, until: ContinuousClock.now.advanced(by: limit))
  }

  /// Asks an HTTP server at a port for a path, and gives the status that it answers; nil where that is no HTTP.
  package static func status(of path: String, at port: UInt16, limit: Duration) throws(LinuxError) -> Int? {
    let deadline = ContinuousClock.now.advanced(by: limit)
    let socket = try connected(to: port, until: deadline)
    let request = "GET \(path) HTTP/1.1\r\nHost: localhost:\(port)\r\nUser-Agent: suture\r\nConnection: close\r\n\r\n"
    // It is short, and the room of a new connection takes it at once; a server that hung up must not end us by SIGPIPE.
    let bytes = Array(request.utf8)
    let sent = unsafe bytes.withUnsafeBytes {
      unsafe send(socket.number, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
    }
    guard sent == bytes.count else { throw .last("ask", "the server at port \(port)") }
    var answer: [UInt8] = []
    while answer.count < answerLimit, !answer.contains(UInt8(ascii: "\n")) {
      try wait(for: POLLIN, on: socket, until: deadline, port)
      guard let piece = try socket.readPiece(limit: answerLimit - answer.count) else { break }
      answer += piece
    }
    return status(in: answer)
  }

  /// The status in an HTTP answer's first line (RFC 9112, section 4); nil where it is none.
  package static func status(in answer: [UInt8]) -> Int? {
    let line = answer.prefix { $0 != UInt8(ascii: "\r") && $0 != UInt8(ascii: "\n") }
    let words = line.split(separator: UInt8(ascii: " "), maxSplits: 2, omittingEmptySubsequences: false)
    guard words.count >= 2, words[0].starts(with: "HTTP/1.".utf8), words[1].count == 3,
      words[1].allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
    else { return nil }
    return Int(String(decoding: words[1], as: UTF8.self))
  }

  private static func connected(
    to port: UInt16, until deadline: ContinuousClock.Instant
  ) throws(LinuxError) -> FileDescriptor {
    do { return try connected(to: port, AF_INET, deadline) } catch {
      guard error.code == ECONNREFUSED else { throw error }
      do { return try connected(to: port, AF_INET6, deadline) } catch let other {
        // A machine without the sixth version says of it what does not matter.
        throw other.code == ECONNREFUSED || other.isTimeout ? other : error
      }
    }
  }

  private static func connected(
    to port: UInt16, _ family: Int32, _ deadline: ContinuousClock.Instant
  ) throws(LinuxError) -> FileDescriptor {
    let number = linux_loopback_socket(family, port)
    guard number >= 0 else { throw .last("connect to", "port \(port)") }
    let socket = FileDescriptor(owning: number, name: "the server at port \(port)")
    try wait(for: POLLOUT, on: socket, until: deadline, port)
    var (code, length) = (Int32(0), socklen_t(MemoryLayout<Int32>.size))
    guard unsafe getsockopt(number, SOL_SOCKET, SO_ERROR, &code, &length) == 0 else {
      throw .last("connect to", "port \(port)")
    }
    guard code == 0 else { throw LinuxError("connect to", "port \(port)", code: code) }
    return socket
  }

  private static func wait(
    for event: Int32, on socket: FileDescriptor, until deadline: ContinuousClock.Instant, _ port: UInt16
  ) throws(LinuxError) {
    while true {
      let left = ContinuousClock.now.duration(to: deadline)
      guard left > .zero else { throw LinuxError("reach", "the server at port \(port)", code: ETIME) }
      var wait = pollfd(fd: socket.number, events: Int16(event), revents: 0)
      let ready = unsafe poll(&wait, 1, Int32(clamping: max(1, Int64(left / .milliseconds(1)))))
      if ready > 0 { return }
      guard ready == 0 || errno == EINTR else { throw .last("wait for", "the server at port \(port)") }
    }
  }
}
