package import CanonicalJSON
internal import Glibc
internal import Linux
internal import NIOCore
internal import NIOPosix

/// Calls methods of a Varlink service; each call has a connection of its own.
package struct VarlinkClient: Sendable {
  /// How long a service may take to accept a connection.
  static let connectLimit = TimeAmount.seconds(10)

  private let path: String
  private let patience: Duration?

  /// A client of the service that listens at a path.
  ///
  /// - Parameter patience: how long the service may be silent during a call; nil for as long as it takes.
  package init(at path: String, patience: Duration? = nil) {
    self.path = path
    self.patience = patience
  }

  /// Calls a method and gives its one reply.
  package func call(_ method: String, _ parameters: [String: JSON] = [:]) async throws -> JSON {
    try await exchange(VarlinkCall(method, parameters)) { _ in }
  }

  /// Calls a method that answers more than once: each reply before the last is handed over as it comes.
  ///
  /// Returns the last reply. Where `onReply` throws, or the task is cancelled, the connection is closed; whether the
  /// service then goes on is the method's affair.
  package func call(
    _ method: String, _ parameters: [String: JSON] = [:], onReply: (JSON) async throws -> Void
  ) async throws -> JSON {
    try await exchange(VarlinkCall(method, parameters, wantsMore: true), onReply)
  }

  private func exchange(_ call: VarlinkCall, _ onReply: (JSON) async throws -> Void) async throws -> JSON {
    let connection = try await connect()
    return try await connection.executeThenClose { inbound, outbound in
      try await withThrowingTaskGroup(of: Void.self) { group in
        let deadline = patience.map { Deadline($0) }
        if let deadline, let patience {
          group.addTask {
            try await deadline.passed()
            connection.channel.close(promise: nil)
            throw VarlinkError.silent(patience)
          }
        }
        defer { group.cancelAll() }
        do {
          try await outbound.write(ByteBuffer(bytes: call.message))
          return try await Self.readReplies(inbound, deadline, onReply)
        } catch let failure as HandlingFailure {
          throw failure.cause
        } catch let error where Self.isClosing(error) {
          group.cancelAll()
          while let result = await group.nextResult() {
            if case .failure(let silent as VarlinkError) = result { throw silent }
          }
          throw VarlinkError.closed
        }
      }
    }
  }

  private static func readReplies(
    _ inbound: NIOAsyncChannelInboundStream<ByteBuffer>, _ deadline: Deadline?,
    _ onReply: (JSON) async throws -> Void
  ) async throws -> JSON {
    var frames = FrameReader(limit: FrameReader.replyLimit)
    for try await bytes in inbound {
      frames.append(bytes)
      while let message = try frames.next() {
        deadline?.lift()
        let reply = try VarlinkReply(parsing: message)
        let parameters = try reply.success()
        guard reply.continues else { return parameters }
        do { try await onReply(parameters) } catch { throw HandlingFailure(cause: error) }
        deadline?.start()
      }
    }
    try Task.checkCancellation()
    throw VarlinkError.closed
  }

  /// An error of the caller's own, kept apart from those of the connection.
  private struct HandlingFailure: Error {
    let cause: any Error
  }

  /// Whether an error is one of the ways in which a connection that the service closes breaks.
  private static func isClosing(_ error: any Error) -> Bool {
    error is IOError || error is ChannelError || error as? VarlinkError == .closed
  }

  private func connect() async throws -> NIOAsyncChannel<ByteBuffer, ByteBuffer> {
    do {
      let place = SocketPlace(path)
      // Kept open until the connection stands: the short name leads through it.
      let folder = place.isLong ? try Directory(path: place.folder) : nil
      defer { withExtendedLifetime(folder) {} }
      return try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
        .connectTimeout(Self.connectLimit)
        .connect(unixDomainSocketPath: folder?.shortName(place.name) ?? path) { channel in
          channel.eventLoop.makeCompletedFuture { try NIOAsyncChannel(wrappingChannelSynchronously: channel) }
        }
    } catch let error as IOError where error.errnoCode == EACCES {
      throw VarlinkError.unreachable(path: path, reason: "this user may not use it")
    } catch let error as IOError where error.errnoCode == ENOENT {
      throw VarlinkError.unreachable(path: path, reason: "there is no socket")
    } catch let error as IOError where error.errnoCode == ECONNREFUSED {
      throw VarlinkError.unreachable(path: path, reason: "nobody listens there any more")
    } catch {
      throw VarlinkError.unreachable(path: path, reason: "\(error)")
    }
  }
}
