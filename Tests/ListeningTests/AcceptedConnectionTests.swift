import Listening
import NIOCore
import NIOPosix
import Testing

@Suite(.timeLimit(.minutes(10))) struct AcceptedConnectionTests {
  private typealias Connection = AcceptedConnection<ByteBuffer, ByteBuffer>

  private let group = MultiThreadedEventLoopGroup.singleton

  private func listening() async throws -> NIOAsyncChannel<Connection, Never> {
    try await ServerBootstrap(group: group).bind(host: "127.0.0.1", port: 0) { channel in
      channel.eventLoop.makeCompletedFuture { try Connection(wrappingChannelSynchronously: channel) }
    }
  }

  @Test func `what a listener accepted and nobody took is closed with it`() async throws {
    let listener = try await listening()
    let address = try #require(listener.channel.localAddress)
    var clients: [any Channel] = []
    for _ in 0..<20 { clients.append(try await ClientBootstrap(group: group).connect(to: address).get()) }
    // Until the first has surely been accepted.
    try await listener.executeThenClose { connections in
      var taken = connections.makeAsyncIterator()
      let first = try #require(try await taken.next())
      #expect(first.channel.isActive)
    }
    for client in clients { try await client.closeFuture.get() }
  }

  @Test func `a connection is served once, and closed`() async throws {
    let listener = try await listening()
    let address = try #require(listener.channel.localAddress)
    let client = try await ClientBootstrap(group: group).connect(to: address).get()
    try await listener.executeThenClose { connections in
      var taken = connections.makeAsyncIterator()
      let connection = try #require(try await taken.next())
      let said = try await connection.executeThenClose { inbound, outbound in
        try await outbound.write(ByteBuffer(string: "hello"))
        return "served"
      }
      #expect(said == "served" && !connection.channel.isActive)
    }
    try await client.closeFuture.get()
  }
}
