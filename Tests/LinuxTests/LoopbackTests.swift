import Basics
import Linux
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct LoopbackTests {
  /// A server of one answer for each connection, in Python, at a port of the machine's choice.
  private final class Server {
    let process: ProcessIdentity
    let port: UInt16

    init(_ temporary: TemporaryDirectory, family: String, answer: String) async throws {
      let program = """
        import socket, sys
        s = socket.socket(socket.\(family), socket.SOCK_STREAM)
        s.bind(("\(family == "AF_INET" ? "127.0.0.1" : "::1")", 0)); s.listen(5)
        print(s.getsockname()[1], flush=True)
        while True:
          c, _ = s.accept(); c.recv(4096); \(answer)
        """
      let name = try path("server-\(family)-\(answer.count)")
      process = try ProcessLauncher.start(
        "/usr/bin/python3", arguments: ["-c", program], environment: [:],
        output: temporary.directory.appendingFile(name))
      var text = ""
      while !text.hasSuffix("\n"), process.isRunning {
        text = String(decoding: try temporary.directory.read(name, limit: 1 << 16), as: UTF8.self)
        try await Task.sleep(for: .milliseconds(2))
      }
      port = try #require(UInt16(text.dropLast()))
    }

    deinit {
      _ = try? process.send(.kill)
      process.reapSoon()
    }
  }

  let temporary: TemporaryDirectory

  init() throws { temporary = try TemporaryDirectory() }

  @Test(arguments: ["AF_INET", "AF_INET6"])
  func `a server is reached and its status is read`(family: String) async throws {
    let server = try await Server(
      temporary, family: family, answer: "c.sendall(b'HTTP/1.1 503 Not now\\r\\n\\r\\n'); c.close()")
    try Loopback.connect(to: server.port, limit: .seconds(5))
    #expect(try Loopback.status(of: "/", at: server.port, limit: .seconds(5)) == 503)
  }

  @Test func `a server that does not answer is given up, and one that answers nothing is no HTTP`() async throws {
    let silent = try await Server(temporary, family: "AF_INET", answer: "keep = c")
    let error = #expect(throws: LinuxError.self) {
      try Loopback.status(of: "/", at: silent.port, limit: .milliseconds(200))
    }
    #expect(error?.isTimeout == true)
    let curt = try await Server(temporary, family: "AF_INET", answer: "c.close()  #")
    #expect(try Loopback.status(of: "/", at: curt.port, limit: .seconds(5)) == nil)
  }

  @Test func `a port at which nobody listens is an error at once`() throws {
    #expect(throws: LinuxError.self) { try Loopback.connect(to: 1, limit: .seconds(5)) }
  }

  @Test(
    arguments: [
      ("HTTP/1.1 200 OK\r\n", 200), ("HTTP/1.0 404\r\n", 404), ("HTTP/2 200 OK\r\n", nil), ("HTTP/1.1 2000 OK", nil),
      ("HTTP/1.1  200 OK", nil), ("SSH-2.0-OpenSSH", nil), ("", nil), ("HTTP/1.1 2x0 OK", nil),
    ] as [(String, Int?)]) func `a status is read from an HTTP answer and nothing else`(answer: String, status: Int?)
  {
    #expect(Loopback.status(in: Array(answer.utf8)) == status)
  }
}
