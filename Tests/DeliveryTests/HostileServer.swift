import Listening
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// An HTTP server that answers as a test says, kindly or not, and keeps what it was asked.
final class HostileServer: Sendable {
  /// How one path is answered.
  enum Answer: Sendable {
    case file([UInt8], tag: String?)
    case status(Int)
    /// One byte at a time, with a pause before each.
    case drip(Duration)
    /// Without a length and without an end.
    case endless
  }

  let address: String
  private let listener: NIOAsyncChannel<Connection, Never>
  private let answers: [String: Answer]
  private let asked = Mutex<[(path: String, tag: String?)]>([])

  typealias Connection = AcceptedConnection<HTTPServerRequestPart, HTTPServerResponsePart>

  init(_ answers: [String: Answer]) async throws {
    self.answers = answers
    listener = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .bind(host: "127.0.0.1", port: 0) { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.configureHTTPServerPipeline()
          return try Connection(wrappingChannelSynchronously: channel)
        }
      }
    address = "http://127.0.0.1:\(listener.channel.localAddress?.port ?? 0)"
  }

  var requests: [(path: String, tag: String?)] { asked.withLock { $0 } }

  /// Serves while `body` runs.
  func serving(_ body: @escaping @Sendable () async throws -> Void) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        try? await self.listener.executeThenClose { connections in
          await withDiscardingTaskGroup { group in
            do {
              for try await connection in connections { group.addTask { try? await self.answer(connection) } }
            } catch { return }
          }
        }
      }
      group.addTask { try await body() }
      try await group.next()
      group.cancelAll()
    }
  }

  private func answer(_ connection: Connection) async throws {
    try await connection.executeThenClose { requests, responses in
      for try await part in requests {
        guard case .head(let head) = part else { continue }
        let tag = head.headers.first(name: "if-none-match")
        asked.withLock { $0.append((head.uri, tag)) }
        try await respond(answers[head.uri] ?? .status(404), tag: tag, responses)
      }
    }
  }

  private func respond(
    _ answer: Answer, tag known: String?, _ out: NIOAsyncChannelOutboundWriter<HTTPServerResponsePart>
  ) async throws {
    func head(_ status: Int, _ headers: [(String, String)]) async throws {
      try await out.write(
        .head(
          HTTPResponseHead(
            version: .http1_1, status: HTTPResponseStatus(statusCode: status), headers: HTTPHeaders(headers))))
    }
    switch answer {
    case .file(_, let tag?) where tag == known:
      try await head(304, [("etag", tag)])
    case .file(let bytes, let tag):
      try await head(200, [("content-length", "\(bytes.count)")] + (tag.map { [("etag", $0)] } ?? []))
      try await out.write(.body(.byteBuffer(ByteBuffer(bytes: bytes))))
    case .status(let code):
      try await head(code, [("content-length", "0")])
    case .drip(let pause):
      try await head(200, [("content-length", "100000")])
      for _ in 0..<100_000 {
        try await Task.sleep(for: pause)
        try await out.write(.body(.byteBuffer(ByteBuffer(bytes: [0]))))
      }
    case .endless:
      try await head(200, [])
      while true { try await out.write(.body(.byteBuffer(ByteBuffer(bytes: [UInt8](repeating: 0, count: 4_096))))) }
    }
    try await out.write(.end(nil))
  }
}
