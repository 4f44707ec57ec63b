import ArgumentParser
import Linux
import Listening
import NIOCore
import NIOHTTP1
import NIOPosix
import Terminal

/// The service of the quickstart: loads a library as any program does and answers requests over HTTP.
struct Service: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "A small web service that loads a library (started by the quickstart).", shouldDisplay: false)

  @Option(help: "The library's soname.")
  var library: String

  @Option(help: "The port on 127.0.0.1.")
  var port: Int

  func run() async throws {
    // By its plain name: the dynamic loader searches for it as for any library.
    let loaded = try LoadedLibrary(name: library)
    defer { withExtendedLifetime(loaded) {} }
    let listener = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .serverChannelOption(.backlog, value: 128)
      .bind(host: "127.0.0.1", port: port) { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.configureHTTPServerPipeline()
          return try AcceptedConnection<HTTPServerRequestPart, HTTPServerResponsePart>(
            wrappingChannelSynchronously: channel)
        }
      }
    try await withThrowingDiscardingTaskGroup { group in
      try await listener.executeThenClose { connections in
        for try await connection in connections { group.addTask { try? await Self.answer(connection) } }
      }
    }
  }

  private static func answer(_ connection: AcceptedConnection<HTTPServerRequestPart, HTTPServerResponsePart>)
    async throws
  {
    try await connection.executeThenClose { requests, responses in
      for try await part in requests {
        guard case .end = part else { continue }
        let body = ByteBuffer(string: "\(ProcessLauncher.ownPID)\n")
        let headers = HTTPHeaders([("content-length", "\(body.readableBytes)"), ("connection", "close")])
        try await responses.write(.head(HTTPResponseHead(version: .http1_1, status: .ok, headers: headers)))
        try await responses.write(.body(.byteBuffer(body)))
        try await responses.write(.end(nil))
        return
      }
    }
  }
}
