package import NIOCore
internal import Synchronization

/// A connection that a listener has accepted.
///
/// A listener that ends drops what it accepted and nobody took yet, and a `NIOAsyncChannel` that is dropped before it was
/// executed ends the whole process. This closes the connection instead.
package final class AcceptedConnection<Inbound: Sendable, Outbound: Sendable>: Sendable {
  private let connection: NIOAsyncChannel<Inbound, Outbound>
  private let isServed = Mutex(false)

  /// The connection's channel.
  package var channel: any Channel { connection.channel }

  /// Takes an accepted connection over, on its event loop, after its pipeline was set up.
  ///
  /// Throws where the pipeline takes no handler any more.
  package init(wrappingChannelSynchronously channel: any Channel) throws {
    connection = try NIOAsyncChannel(wrappingChannelSynchronously: channel)
  }

  /// Serves the connection, once, and closes it.
  package func executeThenClose<Result>(
    isolation: isolated (any Actor)? = #isolation,
    _ body: (NIOAsyncChannelInboundStream<Inbound>, NIOAsyncChannelOutboundWriter<Outbound>) async throws ->
      sending Result
  ) async throws -> sending Result {
    isServed.withLock { $0 = true }
    return try await connection.executeThenClose(isolation: isolation, body)
  }

  deinit {
    if isServed.withLock({ $0 }) { return }
    Task { [connection] in try? await connection.executeThenClose { _, _ in } }
  }
}
