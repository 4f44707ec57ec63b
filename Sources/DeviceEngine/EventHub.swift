package import Improvements
internal import Synchronization

/// Where everything that a device tells goes, to any number of watchers.
///
/// Telling never waits: each watcher has room for so many events, and of those that it leaves lying the oldest are
/// dropped and counted.
package final class EventHub: Sendable {
  /// How many events wait for a slow watcher.
  package static let waitingLimit = 256

  /// What a watcher gets.
  package enum Item: Sendable, Hashable {
    /// Something happened.
    case event(ProgressEvent)
    /// So many events were dropped here because they were left lying.
    case lost(Int)
    /// The operation that the events before belong to has ended.
    case settled
  }

  private struct State {
    var feeds: [ObjectIdentifier: WeakFeed] = [:]
    var latest: ProgressEvent?
  }

  private struct WeakFeed {
    weak var feed: EventFeed?
  }

  private let state = Mutex(State())

  /// A hub without watchers.
  package init() {}

  /// Begins to watch: what happens from now on, and the latest event of an operation that is under way.
  package func watch() -> (feed: EventFeed, latest: ProgressEvent?) {
    let feed = EventFeed()
    return state.withLock { state in
      state.feeds[ObjectIdentifier(feed)] = WeakFeed(feed: feed)
      return (feed, state.latest)
    }
  }

  /// Tells an event to all who watch.
  func send(_ event: ProgressEvent) {
    state.withLock { state in
      state.latest = event
      Self.deliver(.event(event), &state)
    }
  }

  /// Tells that the operation under way has ended; nothing where it told no event.
  func settle() {
    state.withLock { state in
      guard state.latest != nil else { return }
      state.latest = nil
      Self.deliver(.settled, &state)
    }
  }

  private static func deliver(_ item: Item, _ state: inout State) {
    for (key, weak) in state.feeds {
      if let feed = weak.feed { feed.put(item) } else { state.feeds[key] = nil }
    }
  }
}

/// What one watcher has still to take, in order.
package final class EventFeed: AsyncSequence, Sendable {
  package typealias Element = EventHub.Item

  private struct State {
    var waiting: [EventHub.Item] = []
    var lost = 0
  }

  private let state = Mutex(State())
  private let signal = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

  init() {}

  func put(_ item: EventHub.Item) {
    state.withLock { state in
      if item == .settled, state.waiting.last == .settled { return }
      if state.waiting.count == EventHub.waitingLimit {
        if case .event = state.waiting.removeFirst() { state.lost += 1 }
      }
      state.waiting.append(item)
    }
    signal.continuation.yield()
  }

  private func take() -> EventHub.Item? {
    state.withLock { state in
      if state.lost > 0 {
        defer { state.lost = 0 }
        return .lost(state.lost)
      }
      return state.waiting.isEmpty ? nil : state.waiting.removeFirst()
    }
  }

  /// Waits for one item after the other until the task is cancelled; for one reader.
  package struct AsyncIterator: AsyncIteratorProtocol {
    fileprivate let feed: EventFeed
    fileprivate var signals: AsyncStream<Void>.AsyncIterator

    package mutating func next() async -> EventHub.Item? {
      while true {
        if let item = feed.take() { return item }
        guard await signals.next(isolation: #isolation) != nil else { return nil }
      }
    }
  }

  package func makeAsyncIterator() -> AsyncIterator {
    AsyncIterator(feed: self, signals: signal.stream.makeAsyncIterator())
  }
}
