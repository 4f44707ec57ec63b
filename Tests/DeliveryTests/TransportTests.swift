import Basics
import Delivery
import Linux
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct HTTPTransportTests {
  private func with(
    _ answers: [String: HostileServer.Answer], patience: Duration = .seconds(20),
    _ body: @escaping @Sendable (HTTPTransport, HostileServer) async throws -> Void
  ) async throws {
    let server = try await HostileServer(answers)
    let transport = try HTTPTransport(address: server.address + "/", patience: patience)
    do { try await server.serving { try await body(transport, server) } } catch {
      await transport.shutdown()
      throw error
    }
    await transport.shutdown()
  }

  @Test func `a file comes whole, an absent one is absent, and an unchanged one is not sent again`() async throws {
    let bytes = Array("metadata".utf8)
    try await with(["/metadata/timestamp.json": .file(bytes, tag: #""one""#)]) { transport, server in
      let name = try path("metadata/timestamp.json")
      #expect(try await transport.get(name, byteLimit: 100, unless: nil) == .bytes(bytes))
      #expect(try await transport.get(name, byteLimit: 100, unless: Digest(of: bytes)) == .unchanged)
      #expect(server.requests.last?.tag == #""one""#)
      #expect(try await transport.get(path("metadata/2.root.json"), byteLimit: 100, unless: nil) == .absent)
      // Another content than the one that is here: asked for without a tag, so that it is sent.
      #expect(try await transport.get(name, byteLimit: 100, unless: Digest(of: [1])) == .bytes(bytes))
      #expect(server.requests.last?.tag == nil)
    }
  }

  @Test func `endless data is refused at its limit, announced or not`() async throws {
    let long = [UInt8](repeating: 7, count: 101)
    try await with(["/long": .file(long, tag: nil), "/endless": .endless]) { transport, _ in
      for name in ["long", "endless"] {
        await #expect(throws: DeliveryError.tooLong(name, limit: 100)) {
          _ = try await transport.get(path(name), byteLimit: 100, unless: nil)
        }
        let temporary = try TemporaryDirectory()
        await #expect(throws: DeliveryError.tooLong(name, limit: 100)) {
          let file = try temporary.directory.pendingFile(for: path("x"))
          _ = try await transport.download(path(name), byteLimit: 100, to: file)
        }
        #expect(try temporary.directory.names().isEmpty)
      }
    }
  }

  @Test func `slow retrieval ends: a body that drips is given up`() async throws {
    try await with(["/slow": .drip(.milliseconds(50))], patience: .milliseconds(500)) { transport, _ in
      let clock = ContinuousClock()
      let started = clock.now
      await #expect(throws: DeliveryError.self) {
        _ = try await transport.get(path("slow"), byteLimit: 1 << 20, unless: nil)
      }
      #expect(started.duration(to: clock.now) < .seconds(15))
    }
  }

  @Test(arguments: [500, 403, 206]) func `any other answer is an error and not an absence`(status: Int) async throws {
    try await with(["/x": .status(status)]) { transport, _ in
      await #expect(throws: DeliveryError.unexpectedAnswer("x", status: status)) {
        _ = try await transport.get(path("x"), byteLimit: 100, unless: nil)
      }
    }
  }

  @Test func `a server that does not listen is a sentence`() async throws {
    let transport = try HTTPTransport(address: "http://127.0.0.1:1")
    await #expect(throws: DeliveryError.self) { _ = try await transport.get(path("x"), byteLimit: 1, unless: nil) }
    await transport.shutdown()
  }

  @Test(arguments: ["", "ftp://x", "http://x/?a=b", "http://x/#a", "http://x y", "file:///x", "relative"])
  func `what is no address is refused`(text: String) {
    #expect(throws: DeliveryError.notAnAddress(text)) { try HTTPTransport(address: text) }
  }
}

@Suite struct DirectoryTransportTests {
  @Test func `a stick is read like a server, and what is not there is absent`() async throws {
    let temporary = try TemporaryDirectory()
    let bytes = (0..<700_000).map { UInt8(truncatingIfNeeded: $0) }
    try temporary.directory.write(bytes, to: path("file"))
    let transport = DirectoryTransport(path: temporary.path)
    #expect(try await transport.get(path("file"), byteLimit: 1 << 20, unless: nil) == .bytes(bytes))
    #expect(try await transport.get(path("file"), byteLimit: 1 << 20, unless: Digest(of: bytes)) == .unchanged)
    #expect(try await transport.get(path("none"), byteLimit: 9, unless: nil) == .absent)
    let file = try temporary.directory.pendingFile(for: path("copy"))
    #expect(try await transport.download(path("file"), byteLimit: 700_000, to: file))
    try file.commit()
    #expect(try temporary.directory.read(path("copy"), limit: 1 << 20) == bytes)
    await #expect(throws: DeliveryError.tooLong("file", limit: 699_999)) {
      _ = try await transport.get(path("file"), byteLimit: 699_999, unless: nil)
    }
  }

  @Test func `a stick that is unplugged is an error, and not an empty repository`() async throws {
    let transport = DirectoryTransport(path: "/nonexistent")
    await #expect(throws: DeliveryError.self) { _ = try await transport.get(path("x"), byteLimit: 1, unless: nil) }
  }

  @Test func `a symbolic link on a stick is not followed`() async throws {
    let temporary = try TemporaryDirectory()
    try temporary.directory.link(to: "/etc/hostname", at: path("link"))
    let transport = DirectoryTransport(path: temporary.path)
    await #expect(throws: (any Error).self) { _ = try await transport.get(path("link"), byteLimit: 999, unless: nil) }
  }
}
