internal import CanonicalJSON
internal import Linux
internal import NIOCore

extension VarlinkServer {
  typealias Connection = NIOAsyncChannel<ByteBuffer, ByteBuffer>

  /// Serves one connection to its end.
  ///
  /// Nothing that a caller does throws from here.
  func serve(_ connection: Connection, _ callers: CallerLimits) async {
    do {
      try await connection.executeThenClose { inbound, outbound in
        let caller = try await connection.channel.caller()
        guard callers.enter(caller) else { throw VarlinkError.tooManyConnections(caller) }
        defer { callers.leave(caller) }
        try await exchange(with: caller, connection.channel, inbound, outbound)
      }
    } catch let error as VarlinkError {
      report(error)
    } catch {
      // The caller has gone, or the server stops: neither is worth a word.
    }
  }

  private func exchange(
    with caller: PeerCredentials, _ channel: any Channel, _ inbound: NIOAsyncChannelInboundStream<ByteBuffer>,
    _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
  ) async throws {
    let deadline = Deadline(limits.patience)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        try await deadline.passed()
        // Ends the reading and any writing below.
        channel.close(promise: nil)
        throw VarlinkError.silent(limits.patience)
      }
      var frames = FrameReader(limit: limits.messageBytes)
      for try await bytes in inbound {
        frames.append(bytes)
        while let message = try frames.next() {
          let call = try VarlinkCall(parsing: message)
          deadline.lift()
          try await answer(call, from: caller, outbound, deadline)
          deadline.start()
        }
      }
      let wasInside = frames.isInsideMessage
      group.cancelAll()
      while let result = await group.nextResult() {
        // Where the deadline closed the connection, that is why the reading ended; an idle one needs no word.
        if case .failure(let error as VarlinkError) = result, wasInside { throw error }
      }
    }
  }

  /// Carries out a call while its replies go out.
  private func answer(
    _ call: VarlinkCall, from caller: PeerCredentials, _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>,
    _ deadline: Deadline
  ) async throws {
    guard !call.isOneway else {
      _ = await service.answer(call, from: caller, replies: .none)
      return
    }
    let (waiting, continuation) = AsyncStream.makeStream(
      of: JSON.self, bufferingPolicy: .bufferingNewest(VarlinkReplies.waitingLimit))
    let replies = call.wantsMore ? VarlinkReplies { continuation.yield($0) } : .none
    async let last = {
      defer { continuation.finish() }
      return await service.answer(call, from: caller, replies: replies)
    }()
    var isGone = false
    for await parameters in waiting where !isGone {
      do {
        deadline.start()
        try await outbound.write(ByteBuffer(bytes: VarlinkReply(parameters, continues: true).message))
        deadline.lift()
      } catch {
        // The caller has gone; what it asked for goes on.
        isGone = true
      }
    }
    let reply = await last
    deadline.start()
    try await outbound.write(ByteBuffer(bytes: reply.message))
  }
}
