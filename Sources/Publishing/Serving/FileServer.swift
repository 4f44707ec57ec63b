internal import Linux
internal import Listening
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix

/// Serves the plain files of one directory over HTTP/1.1: what any static host does, for trying things out.
///
/// It needs no trust: a device verifies whatever it is sent.
package struct FileServer: Sendable {
  private typealias Connection = AcceptedConnection<HTTPServerRequestPart, HTTPServerResponsePart>

  /// Seconds after which a silent connection is closed.
  private static let idleSeconds: Int64 = 60
  /// Bytes that are read and sent at a time.
  private static let chunkBytes = 256 << 10

  private let directory: Directory
  private let listener: NIOAsyncChannel<Connection, Never>

  /// Where it listens: `http://127.0.0.1:PORT`.
  package let url: String

  /// Begins to listen; port 0 takes a free one.
  package init(directory path: String, host: String, port: Int) async throws {
    directory = try Directory(path: path)
    do {
      listener = try await Self.listening(host: host, port: port)
    } catch {
      throw PublishingError.cannotListen(host: host, port: port, reason: "\(error)")
    }
    let address = listener.channel.localAddress
    let name = host.contains(":") ? "[\(host)]" : host
    url = "http://\(name):\(address?.port ?? port)"
  }

  private static func listening(host: String, port: Int) async throws -> NIOAsyncChannel<Connection, Never> {
    try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .bind(host: host, port: port) { channel in
        channel.eventLoop.makeCompletedFuture {
          let idle = IdleStateHandler(allTimeout: .seconds(Self.idleSeconds))
          try channel.pipeline.syncOperations.addHandlers([idle, ClosesWhenIdle()])
          try channel.pipeline.syncOperations.configureHTTPServerPipeline()
          return try Connection(wrappingChannelSynchronously: channel)
        }
      }
  }

  /// Serves until the task is cancelled.
  package func run() async throws {
    try await withThrowingDiscardingTaskGroup { group in
      try await listener.executeThenClose { connections in
        for try await connection in connections {
          group.addTask {
            // A connection that breaks concerns nobody else.
            try? await serve(connection)
          }
        }
      }
    }
  }

  private func serve(_ connection: Connection) async throws {
    try await connection.executeThenClose { inbound, outbound in
      var request: HTTPRequestHead?
      for try await part in inbound {
        switch part {
        case .head(let head): request = head
        case .body: break
        case .end:
          guard let head = request else { return }
          request = nil
          try await answer(head, outbound)
          if !head.isKeepAlive { return }
        }
      }
    }
  }

  private func answer(
    _ head: HTTPRequestHead, _ outbound: NIOAsyncChannelOutboundWriter<HTTPServerResponsePart>
  ) async throws {
    let answer = FileAnswer(to: head, in: directory)
    var headers = answer.headers
    if !head.isKeepAlive { headers.add(name: "Connection", value: "close") }
    try await outbound.write(.head(HTTPResponseHead(version: .http1_1, status: answer.status, headers: headers)))
    if let (file, range) = answer.content {
      // The descriptor stays ours: NIO borrows its number.
      let handle = NIOFileHandle(_deprecatedTakingOwnershipOfDescriptor: file.number)
      defer { _ = try? handle.takeDescriptorOwnership() }
      let reader = NonBlockingFileIO(threadPool: .singleton)
      var offset = range.lowerBound
      while offset < range.upperBound {
        let count = min(Self.chunkBytes, range.upperBound - offset)
        let chunk = try await reader.read(
          fileHandle: handle, fromOffset: Int64(offset), byteCount: count, allocator: ByteBufferAllocator())
        guard chunk.readableBytes > 0 else { throw ChannelError.eof }
        offset += chunk.readableBytes
        try await outbound.write(.body(.byteBuffer(chunk)))
      }
      withExtendedLifetime(file) {}
    }
    try await outbound.write(.end(nil))
  }
}

/// Closes a connection on which nothing moves.
private final class ClosesWhenIdle: ChannelInboundHandler {
  typealias InboundIn = NIOAny

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if event is IdleStateHandler.IdleStateEvent {
      context.close(promise: nil)
    } else {
      context.fireUserInboundEventTriggered(event)
    }
  }
}
