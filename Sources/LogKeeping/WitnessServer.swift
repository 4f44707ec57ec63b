internal import Basics
internal import Listening
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import Synchronization
internal import TransparencyLog

/// Serves a witness over HTTP/1.1: `POST PREFIX/add-checkpoint`, and for monitors `GET PREFIX/HASH/checkpoint`.
package final class WitnessServer: Sendable {
  private typealias Connection = AcceptedConnection<HTTPServerRequestPart, HTTPServerResponsePart>

  /// Seconds after which a connection is closed, whatever it does.
  package static let connectionSeconds: Int64 = 60
  /// Connections at a time; more are closed at once.
  package static let connectionLimit = 256

  private let witness: Witness
  private let listener: NIOAsyncChannel<Connection, Never>
  private let clock: @Sendable () -> UInt64
  private let open = Mutex(0)
  /// Where it listens: `http://127.0.0.1:PORT`.
  package let url: String

  /// Begins to listen; port 0 takes a free one.
  ///
  /// - Parameter clock: seconds since 1970, for the cosignatures.
  package init(_ witness: Witness, host: String, port: Int, clock: @escaping @Sendable () -> UInt64) async throws {
    self.witness = witness
    self.clock = clock
    do {
      listener = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
        .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
        .bind(host: host, port: port) { channel in
          channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.configureHTTPServerPipeline()
            return try Connection(wrappingChannelSynchronously: channel)
          }
        }
    } catch {
      throw LogKeepingError.cannotListen(host: host, port: port, reason: "\(error)")
    }
    let name = host.contains(":") ? "[\(host)]" : host
    url = "http://\(name):\(listener.channel.localAddress?.port ?? port)"
  }

  /// Serves until the task is cancelled.
  package func run() async throws {
    try await withThrowingDiscardingTaskGroup { group in
      try await listener.executeThenClose { connections in
        for try await connection in connections {
          group.addTask {
            // A connection that breaks, or takes too long, concerns nobody else.
            try? await self.admit(connection)
          }
        }
      }
    }
  }

  private func admit(_ connection: Connection) async throws {
    let isRoom = open.withLock { count in
      count += 1
      return count <= Self.connectionLimit
    }
    defer { open.withLock { $0 -= 1 } }
    guard isRoom else { return try await connection.executeThenClose { _, _ in } }
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await self.serve(connection) }
      group.addTask { try await Task.sleep(for: .seconds(Self.connectionSeconds)) }
      try await group.next()
      group.cancelAll()
    }
  }

  private func serve(_ connection: Connection) async throws {
    try await connection.executeThenClose { inbound, outbound in
      var request: HTTPRequestHead?
      var body: [UInt8] = []
      var isTooLong = false
      for try await part in inbound {
        switch part {
        case .head(let head): (request, body, isTooLong) = (head, [], false)
        case .body(let piece):
          isTooLong = isTooLong || piece.readableBytes > LogLimits.requestByteCount - body.count
          guard !isTooLong else {
            try await Self.answer(413, "the request is too long\n", "text/plain", false, outbound)
            return
          }
          body += piece.readableBytesView
        case .end:
          guard let head = request else { return }
          request = nil
          try await answer(head, body, outbound)
          if !head.isKeepAlive { return }
        }
      }
    }
  }

  private func answer(
    _ head: HTTPRequestHead, _ body: [UInt8], _ outbound: NIOAsyncChannelOutboundWriter<HTTPServerResponsePart>
  ) async throws {
    let path = head.uri.prefix { $0 != "?" }
    if let hash = Self.origin(in: path) { return try await show(hash, head, outbound) }
    guard path.hasSuffix("/add-checkpoint") else {
      return try await Self.answer(404, "not found\n", "text/plain", head.isKeepAlive, outbound)
    }
    guard head.method == .POST else {
      return try await Self.answer(405, "add-checkpoint takes POST\n", "text/plain", head.isKeepAlive, outbound)
    }
    do {
      let answer = try await witness.addCheckpoint(body, timestamp: clock())
      try await Self.answer(
        answer.status.rawValue, answer.body, answer.isSize ? WitnessRefusal.sizeMediaType : Self.text,
        head.isKeepAlive, outbound)
    } catch {
      // Not on the disk: nothing is cosigned.
      try await Self.answer(500, "the witness cannot keep its record\n", "text/plain", false, outbound)
      throw error
    }
  }

  /// The digest of a log's origin where a path ends in `/HASH/checkpoint`.
  private static func origin(in path: Substring) -> Digest? {
    let parts = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    guard parts.count >= 3, parts[parts.count - 1].elementsEqual("checkpoint".utf8) else { return nil }
    return Digest(Substring(parts[parts.count - 2]))
  }

  /// Shows a monitor the last checkpoint of a log that was cosigned (tlog-witness, monitor retrieval mechanism).
  private func show(
    _ hash: Digest, _ head: HTTPRequestHead, _ outbound: NIOAsyncChannelOutboundWriter<HTTPServerResponsePart>
  ) async throws {
    guard head.method == .GET else {
      return try await Self.answer(405, "a checkpoint is read by GET\n", Self.text, head.isKeepAlive, outbound)
    }
    guard let bytes = await witness.checkpoint(ofOrigin: hash) else {
      return try await Self.answer(
        404, "no checkpoint of this log was cosigned\n", Self.text, head.isKeepAlive, outbound)
    }
    try await Self.answer(200, String(decoding: bytes, as: UTF8.self), Self.text, head.isKeepAlive, outbound)
  }

  private static let text = "text/plain; charset=utf-8"

  private static func answer(
    _ status: Int, _ body: String, _ type: String, _ isKeptAlive: Bool,
    _ outbound: NIOAsyncChannelOutboundWriter<HTTPServerResponsePart>
  ) async throws {
    var headers: HTTPHeaders = [
      "Content-Type": type, "Content-Length": "\(body.utf8.count)", "Cache-Control": "no-store",
    ]
    if !isKeptAlive { headers.add(name: "Connection", value: "close") }
    let head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: status), headers: headers)
    try await outbound.write(.head(head))
    try await outbound.write(.body(.byteBuffer(ByteBuffer(string: body))))
    try await outbound.write(.end(nil))
  }
}
