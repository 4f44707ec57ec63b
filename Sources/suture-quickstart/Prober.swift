import NIOCore
import NIOPosix
import Synchronization

/// Asks the service again and again over new connections, and keeps when it answered.
final class Prober: Sendable {
  /// What was seen between two moments.
  struct Account: Sendable {
    let answered: Int
    let refused: Int
    /// The longest time between two answers.
    let longestGap: Duration
  }

  private struct Record {
    var answers: [ContinuousClock.Instant] = []
    var refusals: [ContinuousClock.Instant] = []
  }

  private let port: Int
  private let record = Mutex(Record())
  private let clock = ContinuousClock()

  init(port: Int) {
    self.port = port
  }

  /// Probes until the task is cancelled, a new connection every two milliseconds or so.
  func run() async {
    while !Task.isCancelled {
      let didAnswer = await ask() != nil
      let now = clock.now
      record.withLock { if didAnswer { $0.answers.append(now) } else { $0.refusals.append(now) } }
      try? await Task.sleep(for: .milliseconds(2))
    }
  }

  /// One request over a connection of its own; the body of the answer, nil where there was none.
  func ask() async -> String? {
    do {
      let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
        .connectTimeout(.seconds(1))
        .connect(host: "127.0.0.1", port: port) { channel in
          channel.eventLoop.makeCompletedFuture {
            try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
          }
        }
      return try await channel.executeThenClose { input, output in
        try await output.write(ByteBuffer(string: "GET / HTTP/1.1\r\nhost: localhost\r\n\r\n"))
        var text = ""
        for try await piece in input where text.utf8.count < 4_096 { text += String(buffer: piece) }
        guard text.hasPrefix("HTTP/1.1 200"), let body = text.split(separator: "\r\n").last else { return nil }
        return body.split(separator: "\n").first.map(String.init)
      }
    } catch { return nil }
  }

  /// What was seen since a moment.
  func account(since start: ContinuousClock.Instant) -> Account {
    record.withLock { record in
      let answers = record.answers.filter { $0 >= start }
      let gaps = zip(answers, answers.dropFirst()).map { $0.duration(to: $1) }
      return Account(
        answered: answers.count, refused: record.refusals.count { $0 >= start }, longestGap: gaps.max() ?? .zero)
    }
  }
}
