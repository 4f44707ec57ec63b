internal import CanonicalJSON
internal import Linux
internal import Listening
internal import NIOCore
internal import Synchronization

extension VarlinkServer {
  typealias Connection = AcceptedConnection<ByteBuffer, ByteBuffer>

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
    let departure = Departure()
    channel.closeFuture.whenComplete { _ in departure.tell() }
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
          try await answer(call, from: caller, outbound, deadline, departure)
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
    _ deadline: Deadline, _ departure: Departure
  ) async throws {
    guard !call.isOneway else {
      _ = await service.answer(call, from: caller, replies: .none)
      return
    }
    let (waiting, queue) = AsyncStream.makeStream(
      of: JSON.self, bufferingPolicy: .bufferingNewest(VarlinkReplies.waitingLimit))
    let (written, ticks) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let replies = call.wantsMore ? VarlinkReplies({ queue.yield($0) }, written: written) : .none
    departure.expect {
      queue.finish()
      ticks.finish()
    }
    defer { departure.expect(nil) }
    try await withThrowingTaskGroup(of: VarlinkReply.self) { group in
      group.addTask {
        defer { queue.finish() }
        return await service.answer(call, from: caller, replies: replies)
      }
      for await parameters in waiting {
        do {
          deadline.start()
          try await outbound.write(ByteBuffer(bytes: VarlinkReply(parameters, continues: true).message))
          deadline.lift()
          ticks.yield()
        } catch {
          departure.tell()
          break
        }
      }
      // What the caller asked for goes on without it, unless it was only to be told what happens.
      if departure.isTold, service.isFollowing(call) { group.cancelAll() }
      guard let reply = try await group.next() else { return }
      deadline.start()
      try await outbound.write(ByteBuffer(bytes: reply.message))
    }
  }
}

/// The word that a caller has gone, for the call that is under way then.
final class Departure: Sendable {
  private struct State {
    var isTold = false
    var act: (@Sendable () -> Void)?
  }

  private let state = Mutex(State())

  /// Whether the caller has gone.
  var isTold: Bool { state.withLock { $0.isTold } }

  /// Has something done when the caller goes, at once where it has gone; in place of what was to be done before.
  func expect(_ act: (@Sendable () -> Void)?) {
    let isTold = state.withLock { state in
      state.act = act
      return state.isTold
    }
    if isTold { act?() }
  }

  /// Says that the caller has gone.
  func tell() {
    let act = state.withLock { state in
      state.isTold = true
      return state.act
    }
    act?()
  }
}
