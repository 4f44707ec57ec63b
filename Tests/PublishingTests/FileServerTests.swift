import Basics
import Linux
import NIOCore
import NIOPosix
import TestSupport
import Testing

@testable import Publishing

/// A server on a free port over a folder with a few files, and raw requests against it.
private struct Served {
  let folder: TemporaryDirectory
  let server: FileServer

  init() async throws {
    folder = try TemporaryDirectory()
    _ = try folder.directory.creatingDirectory(path("www/payloads"))
    try folder.directory.write(Array("{}".utf8), to: path("www/timestamp.json"))
    try folder.directory.write((0..<1_000).map { UInt8($0 % 251) }, to: path("www/payloads/abc"))
    try folder.directory.write(Array("hidden".utf8), to: path("www/.lock"))
    try folder.directory.write(Array("plus".utf8), to: path("www/payloads/a+b~1"))
    try folder.directory.write(Array("secret".utf8), to: path("secret.txt"))
    try folder.directory.link(to: "../secret.txt", at: path("www/link"))
    server = try await FileServer(directory: folder.path + "/www", host: "127.0.0.1", port: 0)
  }

  /// Runs a body while the server runs.
  func running<T: Sendable>(_ body: () async throws -> T) async throws -> T {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await server.run() }
      let result = try await body()
      group.cancelAll()
      return result
    }
  }

  struct Reply {
    let status: Int
    let headers: [String: String]
    let body: [UInt8]
  }

  /// Sends the text of a request, with `Connection: close`, and reads to the end.
  func send(_ line: String, _ fields: [String] = []) async throws -> Reply {
    let text = ([line + " HTTP/1.1", "Host: localhost", "Connection: close"] + fields).joined(separator: "\r\n")
    let bytes = try await raw(text + "\r\n\r\n")
    let end = try #require(bytes.indices.first { bytes[$0...].starts(with: "\r\n\r\n".utf8) })
    let lines = String(decoding: bytes[..<end], as: UTF8.self).split(separator: "\r\n")
    let headers = lines.dropFirst().map { $0.split(separator: ":", maxSplits: 1) }
    return Reply(
      status: Int(lines[0].split(separator: " ")[1]) ?? 0,
      headers: Dictionary(headers.map { ($0[0].lowercased(), String($0[1].drop { $0 == " " })) }) { first, _ in first },
      body: Array(bytes[(end + 4)...]))
  }

  /// Sends bytes and reads until the server closes.
  func raw(_ text: String) async throws -> [UInt8] {
    let port = try #require(Int(server.url.split(separator: ":").last ?? ""))
    let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .connect(host: "127.0.0.1", port: port) { channel in
        channel.eventLoop.makeCompletedFuture {
          try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
        }
      }
    return try await channel.executeThenClose { inbound, outbound in
      try await outbound.write(ByteBuffer(string: text))
      var bytes: [UInt8] = []
      for try await chunk in inbound { bytes += Array(chunk.readableBytesView) }
      return bytes
    }
  }
}

@Suite(.timeLimit(.minutes(10))) struct FileServerTests {
  @Test func `plain files are served whole, in part, and not again when they did not change`() async throws {
    let served = try await Served()
    try await served.running {
      let whole = try await served.send("GET /payloads/abc")
      #expect(whole.status == 200 && whole.body.count == 1_000 && whole.headers["content-length"] == "1000")
      #expect(whole.headers["cache-control"]?.contains("immutable") == true)
      #expect(whole.headers["content-type"] == "application/octet-stream")
      let tag = try #require(whole.headers["etag"])
      for condition in [tag, "W/\(tag)", "\"other\", \(tag)", "*"] {
        let again = try await served.send("GET /payloads/abc", ["If-None-Match: \(condition)"])
        #expect(again.status == 304 && again.body.isEmpty && again.headers["etag"] == tag)
      }
      #expect(try await served.send("GET /payloads/abc", ["If-None-Match: \"other\""]).status == 200)
      let head = try await served.send("HEAD /payloads/abc")
      #expect(head.status == 200 && head.body.isEmpty && head.headers["content-length"] == "1000")
      let part = try await served.send("GET /payloads/abc", ["Range: bytes=10-19"])
      #expect(part.status == 206 && part.body == Array(10..<20))
      #expect(part.headers["content-range"] == "bytes 10-19/1000")
      #expect(try await served.send("GET /payloads/abc", ["Range: bytes=1000-"]).status == 416)
      let changed = try await served.send("GET /payloads/abc", ["Range: bytes=5-", "If-Range: \"other\""])
      #expect(changed.status == 200 && changed.body.count == 1_000)
      let timestamp = try await served.send("GET /timestamp.json?x=1")
      #expect(timestamp.status == 200 && timestamp.headers["cache-control"] == "no-cache")
      #expect(timestamp.headers["content-type"] == "application/json")
      #expect(try await served.send("GET /payloads/a%2Bb~1").body == Array("plus".utf8))
    }
  }

  @Test(arguments: [
    "/../secret.txt", "/payloads/../../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/%2e%2e%2fsecret.txt",
    "//etc/passwd", "/%2fetc/passwd", "/link", "/.lock", "/payloads", "/payloads/", "/", "/absent", "/a%00b", "/a%zz",
    "/a%2", "http://localhost/timestamp.json", "/payloads/abc/", "/./timestamp.json", "/%ff%fe",
  ])
  func `nothing but plain files beneath the folder is served`(target: String) async throws {
    let served = try await Served()
    try await served.running {
      let reply = try await served.send("GET \(target)")
      #expect(reply.status == 404)
      #expect(reply.body.isEmpty && reply.headers["cache-control"] == "no-store")
    }
  }

  @Test(arguments: ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
  func `nothing can be changed`(method: String) async throws {
    let served = try await Served()
    try await served.running {
      let reply = try await served.send("\(method) /timestamp.json")
      #expect(reply.status == 405 && reply.headers["allow"] == "GET, HEAD")
    }
  }

  @Test func `one connection serves several requests, and rubbish breaks only its own`() async throws {
    let served = try await Served()
    try await served.running {
      let one = "GET /timestamp.json HTTP/1.1\r\nHost: x\r\n\r\n"
      let both = try await served.raw(one + one.replacing("Host: x", with: "Host: x\r\nConnection: close"))
      #expect(String(decoding: both, as: UTF8.self).split(separator: "HTTP/1.1 200 OK").count == 2)
      _ = try await served.raw("\u{1}\u{2} rubbish\r\n\r\n")
      #expect(try await served.send("GET /timestamp.json").status == 200)
    }
  }

  @Test(arguments: [
    ("bytes=0-0", 0..<1), ("bytes=5-", 5..<10), ("bytes=-3", 7..<10), ("bytes=-99", 0..<10), ("bytes=8-99", 8..<10),
  ])
  func `a range is read`(text: String, range: Range<Int>) {
    #expect(FileAnswer.range(text, size: 10) == .part(range))
  }

  @Test(arguments: ["bytes=10-", "bytes=10-12", "bytes=-0"])
  func `a range outside the file is told`(text: String) {
    #expect(FileAnswer.range(text, size: 10) == .impossible)
  }

  @Test(arguments: ["bytes=5-3", "bytes=0-1,3-4", "lines=1-2", "bytes=a-b", "bytes=", "bytes=-", "bytes=+1-2", "5-6"])
  func `a range that is not understood gives the whole file`(text: String) {
    #expect(FileAnswer.range(text, size: 10) == .ignored)
  }

  @Test func `a port that is taken and a folder that is missing are told`() async throws {
    let served = try await Served()
    let port = try #require(Int(served.server.url.split(separator: ":").last ?? ""))
    try await served.running {
      let error = await #expect(throws: PublishingError.self) {
        try await FileServer(directory: served.folder.path, host: "127.0.0.1", port: port)
      }
      #expect(error?.kind == .missing && error?.description.contains("port \(port)") == true)
    }
    await #expect(throws: LinuxError.self) { try await FileServer(directory: "/absent", host: "127.0.0.1", port: 0) }
  }
}
