internal import NIOCore
internal import NIOPosix

/// Serves a Varlink service on a Unix socket.
package struct VarlinkServer: Sendable {
  /// What a server puts up with.
  package struct Limits: Sendable, Hashable {
    /// The longest message, in bytes.
    package var messageBytes = 1 << 20
    /// Connections of all ordinary users together; root has `connectionsPerUser` besides.
    package var connections = 64
    /// Connections of one user.
    package var connectionsPerUser = 16
    /// How long a caller may take to send a whole call, or to read a whole reply.
    ///
    /// While a call is carried out there is no limit.
    package var patience: Duration = .seconds(60)

    /// The limits that a service should have.
    package init() {}
  }

  let path: String
  let service: VarlinkService
  let limits: Limits
  let report: @Sendable (VarlinkError) -> Void

  /// A server that does not listen yet.
  ///
  /// - Parameters:
  ///   - path: where the socket is to stand; its folder must exist. What stands there is replaced where it is a socket
  ///     at which nobody listens, and refused otherwise.
  ///   - report: told of every connection that is closed for what it sent or did not send.
  package init(
    _ service: VarlinkService, at path: String, limits: Limits = Limits(),
    report: @escaping @Sendable (VarlinkError) -> Void = { _ in }
  ) {
    self.path = path
    self.service = service
    self.limits = limits
    self.report = report
  }

  /// Listens and serves until the task is cancelled; then no call is taken any more, those under way are cancelled, and
  /// the socket is gone when this returns.
  ///
  /// - Parameter whenListening: called once, when a caller would be heard.
  package func run(whenListening: @Sendable () async throws -> Void = {}) async throws {
    let socket = try ListeningSocket(at: path)
    defer { socket.remove() }
    let listener = try await socket.listen()
    let callers = CallerLimits(limit: limits.connections, limitPerUser: limits.connectionsPerUser)
    try await withThrowingDiscardingTaskGroup { group in
      try await listener.executeThenClose { connections in
        try await whenListening()
        for try await connection in connections {
          group.addTask { await serve(connection, callers) }
        }
      }
      group.cancelAll()
    }
  }
}
