import Basics
import CanonicalJSON
import Glibc
import Linux
import Synchronization
import TestSupport
import Testing

@testable import DeviceAPI

@Suite(.timeLimit(.minutes(10))) struct VarlinkServerTests {
  let folder: TemporaryDirectory
  let socket: String

  init() throws {
    folder = try TemporaryDirectory()
    socket = folder.path + "/socket"
  }

  @Test func `a call is answered, and the kernel says who called`() async throws {
    let client = VarlinkClient(at: socket)
    _ = try await serving([sampleInterface()], at: socket) { () async throws in
      let reply = try await client.call("org.example.sample.Echo", ["text": "hé\u{0}llo"])
      #expect(reply["text"] == "hé\u{0}llo")
      #expect(reply["user"] == .integer(Int64(getuid())))
      #expect(reply["process"] == .integer(Int64(getpid())))
    }
  }

  @Test func `replies come in order, and only to those who want several`() async throws {
    let client = VarlinkClient(at: socket)
    _ = try await serving([sampleInterface()], at: socket) { () async throws in
      var numbers: [JSON] = []
      let last = try await client.call("org.example.sample.Count", ["to": 500]) {
        numbers.append($0["number"] ?? .null)
      }
      #expect(last["number"] == 500)
      #expect(numbers == (0..<500).map { .integer($0) })
      #expect(try await client.call("org.example.sample.Count", ["to": 500])["number"] == 500)
    }
  }

  @Test func `a following call ends when its caller goes, even where there is nothing to tell; any other goes on`()
    async throws
  {
    let ended = Mutex<[String]>([])
    let methods: [String: VarlinkInterface.Method] = [
      "Wait": { request in
        try await request.replies.deliver([:])
        do { try await Task.sleep(for: .seconds(600)) } catch { ended.withLock { $0.append("wait") } }
        return [:]
      },
      "Count": { request in
        request.replies.send(["number": 1])
        try await Task.sleep(for: .milliseconds(200))
        ended.withLock { $0.append("count") }
        return ["number": 2]
      },
    ]
    let sample = try sampleInterface(methods)
    let interface = VarlinkInterface(sample.description, sample.methods, following: ["Wait"])
    let path = socket
    _ = try await serving([interface], at: path) { () async throws in
      for method in ["Count", "Wait"] {
        // Leaves as soon as the first reply is there.
        _ = try await exchangeRaw(
          VarlinkCall("org.example.sample.\(method)", method == "Count" ? ["to": 1] : [:], wantsMore: true).message,
          at: path
        ) { $0.contains(0) }
      }
      while ended.withLock({ $0.count }) < 2 { try await Task.sleep(for: .milliseconds(1)) }
    }
    #expect(ended.withLock { $0.sorted() } == ["count", "wait"])
  }

  @Test func `what is delivered waits for a slow reader, and is not dropped`() async throws {
    let delivered = Mutex(0)
    let count = 3 * VarlinkReplies.waitingLimit
    let filler = String(repeating: "x", count: 10_000)
    let interface = try sampleInterface([
      "Count": { request in
        for number in 0..<Int64(count) {
          try await request.replies.deliver(["number": .integer(number), "filler": .string(filler)])
          delivered.withLock { $0 += 1 }
        }
        return ["number": .integer(Int64(count))]
      }
    ])
    let client = VarlinkClient(at: socket)
    _ = try await serving([interface], at: socket) { () async throws in
      var next: Int64 = 0
      _ = try await client.call("org.example.sample.Count", ["to": 1]) { reply in
        if next == 0 {
          try await Task.sleep(for: .milliseconds(300))
          #expect(delivered.withLock { $0 } < count)
        }
        #expect(reply["number"] == .integer(next))
        next += 1
      }
      #expect(next == Int64(count))
    }
  }

  @Test func `several calls in one piece are answered one after the other, and oneway not at all`() async throws {
    let calls =
      VarlinkCall("org.example.sample.Count", ["to": 2], wantsMore: true).message
      + VarlinkCall("org.example.sample.Echo", ["text": "unheard"], isOneway: true).message
      + VarlinkCall("org.example.sample.Count", ["to": 7]).message
    let path = socket
    _ = try await serving([sampleInterface()], at: path) { () async throws in
      let bytes = try await exchangeRaw(calls, at: path) { $0.count { $0 == 0 } == 4 }
      #expect(
        try messages(bytes) == [
          VarlinkReply(["number": 0], continues: true), VarlinkReply(["number": 1], continues: true),
          VarlinkReply(["number": 2]), VarlinkReply(["number": 7]),
        ])
    }
  }

  @Test(
    arguments: [
      ("org.example.sample.Missing", [:], "org.varlink.service.MethodNotImplemented", "method"),
      ("org.example.sample.Nonsense", [:], "org.varlink.service.MethodNotFound", "method"),
      ("org.example.other.Echo", [:], "org.varlink.service.InterfaceNotFound", "interface"),
      ("Echo", [:], "org.varlink.service.InterfaceNotFound", "interface"),
      ("org.example.sample.Echo", [:], "org.varlink.service.InvalidParameter", "parameter"),
      ("org.example.sample.Echo", ["text": 1], "org.varlink.service.InvalidParameter", "parameter"),
      ("org.example.sample.Echo", ["text": "", "txt": ""], "org.varlink.service.InvalidParameter", "parameter"),
      ("org.example.sample.Refuse", [:], "org.example.sample.Refused", "reason"),
      ("org.example.sample.Fail", [:], "org.example.sample.Failed", "reason"),
      (
        "org.varlink.service.GetInterfaceDescription", ["interface": "a.b"], "org.varlink.service.InterfaceNotFound",
        "interface"
      ),
    ] as [(String, [String: JSON], String, String)])
  func `what cannot be done is answered with the right error`(
    method: String, parameters: [String: JSON], name: String, member: String
  ) async throws {
    let client = VarlinkClient(at: socket)
    _ = try await serving([sampleInterface()], at: socket) { () async throws in
      let error = await #expect(throws: VarlinkError.self) { try await client.call(method, parameters) }
      guard case .failure(let failure) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(failure.error == name)
      #expect(failure.parameters.object?.keys.sorted() == [member])
      #expect(failure.description.count > 1)
    }
  }

  @Test func `a service says who it is and describes its interfaces`() async throws {
    let client = VarlinkClient(at: socket)
    _ = try await serving([sampleInterface()], at: socket) { () async throws in
      let info = try await client.call("org.varlink.service.GetInfo")
      #expect(info["interfaces"] == ["org.example.sample", "org.varlink.service"])
      #expect(info["product"] == "test")
      for name in ["org.example.sample", "org.varlink.service"] {
        let reply = try await client.call(
          "org.varlink.service.GetInterfaceDescription", ["interface": .string(name)])
        #expect(try VarlinkDescription(parsing: reply["description"]?.string ?? "").name == name)
      }
    }
  }

  @Test(arguments: ["{", "nonsense", #"{"method":7}"#, #"{"method":"a.B","surplus":1}"#, ""])
  func `a malformed message closes its connection, and the service goes on`(text: String) async throws {
    let path = socket
    let (_, reports) = try await serving([sampleInterface()], at: path) { () async throws in
      #expect(try await exchangeRaw(Array(text.utf8) + [0], at: path) == [])
      #expect(try await VarlinkClient(at: path).call("org.example.sample.Count", ["to": 1])["number"] == 1)
    }
    #expect(reports.count == 1)
  }

  @Test func `a message without end closes its connection at the limit`() async throws {
    let path = socket
    let (_, reports) = try await serving([sampleInterface()], at: path) { () async throws in
      let bytes = [UInt8](repeating: UInt8(ascii: " "), count: 8 << 20)
      #expect(try await exchangeRaw(bytes, at: path) == [])
      #expect(try await VarlinkClient(at: path).call("org.example.sample.Count", ["to": 1])["number"] == 1)
    }
    #expect(reports == [.messageTooLong(limit: 1 << 20)])
  }

  @Test func `a caller who says nothing, or half a message, is let go in time`() async throws {
    let path = socket
    var limits = VarlinkServer.Limits()
    limits.patience = .seconds(2)
    let (_, reports) = try await serving([sampleInterface()], at: path, limits: limits) { () async throws in
      async let nothing = exchangeRaw([], at: path)
      async let half = exchangeRaw(Array(#"{"method":"#.utf8), at: path)
      #expect(try await nothing == [])
      #expect(try await half == [])
    }
    // Who says nothing is no news.
    #expect(reports == [.silent(.seconds(2))])
  }

  @Test func `a call that takes longer than a caller may be silent is answered all the same`() async throws {
    let path = socket
    var limits = VarlinkServer.Limits()
    limits.patience = .seconds(1)
    let slow = try sampleInterface([
      "Wait": { _ in
        try await Task.sleep(for: .seconds(3))
        return [:]
      }
    ])
    _ = try await serving([slow], at: path, limits: limits) { () async throws in
      #expect(try await VarlinkClient(at: path).call("org.example.sample.Wait") == [:])
    }
  }

  @Test func `a service that says nothing is given up by an impatient client`() async throws {
    let path = socket
    _ = try await serving([sampleInterface()], at: path) { () async throws in
      await #expect(throws: VarlinkError.silent(.milliseconds(200))) {
        try await VarlinkClient(at: path, patience: .milliseconds(200)).call("org.example.sample.Wait")
      }
    }
  }

  @Test func `one user's connections beyond the limit are closed, and are free again afterwards`() async throws {
    let path = socket
    var limits = VarlinkServer.Limits()
    limits.connectionsPerUser = 4
    let (begun, gate) = AsyncStream.makeStream(of: Void.self)
    let mayEnd = Mutex(false)
    let holding = try sampleInterface([
      "Wait": { _ in
        gate.yield()
        while !mayEnd.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(10)) }
        return [:]
      }
    ])
    let client = VarlinkClient(at: path)
    let (_, reports) = try await serving([holding], at: path, limits: limits) { () async throws in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<4 { group.addTask { _ = try await client.call("org.example.sample.Wait") } }
        var isHeld = begun.makeAsyncIterator()
        for _ in 0..<4 { await isHeld.next() }
        for _ in 0..<16 {
          await #expect(throws: VarlinkError.closed) { try await client.call("org.varlink.service.GetInfo") }
        }
        mayEnd.withLock { $0 = true }
        try await group.waitForAll()
      }
      // The service counts a connection out a moment after its caller has gone.
      while (try? await client.call("org.varlink.service.GetInfo")) == nil {
        try await Task.sleep(for: .milliseconds(10))
      }
    }
    #expect(reports.count >= 16)
  }

  @Test func `a hundred callers in turn are all served`() async throws {
    let path = socket
    _ = try await serving([sampleInterface()], at: path) { () async throws in
      for number in 0..<100 {
        let reply = try await VarlinkClient(at: path).call("org.example.sample.Echo", ["text": .string("\(number)")])
        #expect(reply["text"] == .string("\(number)"))
      }
    }
  }

  @Test func `what a caller asked for goes on when the caller has gone`() async throws {
    let path = socket
    let (finished, gate) = AsyncStream.makeStream(of: Void.self)
    let patient = try sampleInterface([
      "Wait": { request in
        for number in 0..<20 {
          try await Task.sleep(for: .milliseconds(20))
          request.replies.send(["number": .integer(Int64(number))])
        }
        gate.yield()
        return [:]
      }
    ])
    _ = try await serving([patient], at: path) { () async throws in
      let call = VarlinkCall("org.example.sample.Wait", wantsMore: true).message
      _ = try await exchangeRaw(call, at: path) { !$0.isEmpty }
      for await _ in finished { break }
    }
  }

  @Test func `a service that stops cancels what is under way and takes its socket away`() async throws {
    let path = socket
    let (begun, gate) = AsyncStream.makeStream(of: Void.self)
    let wasCancelled = Mutex(false)
    let endless = try sampleInterface([
      "Wait": { _ in
        gate.yield()
        do {
          try await Task.sleep(for: .seconds(600))
        } catch {
          wasCancelled.withLock { $0 = true }
        }
        return [:]
      }
    ])
    let (caller, _) = try await serving([endless], at: path) { () async throws in
      let caller = Task { try await VarlinkClient(at: path).call("org.example.sample.Wait") }
      for await _ in begun { break }
      return caller
    }
    #expect(wasCancelled.withLock { $0 })
    await #expect(throws: VarlinkError.self) { try await caller.value }
    #expect(try folder.directory.statusOfLink(TestSupport.path("socket")) == nil)
    await #expect(throws: VarlinkError.unreachable(path: path, reason: "there is no socket")) {
      try await VarlinkClient(at: path).call("org.varlink.service.GetInfo")
    }
  }
}
