package import Basics
internal import Synchronization

/// A clock that stands until it is set on.
package final class ManualClock: Sendable {
  private let passed = Mutex(Duration.zero)
  private let set = Mutex(Duration.zero)
  private let start: UTCTime

  /// A clock that begins at a time.
  package init(_ start: UTCTime) { self.start = start }

  /// The time.
  package var now: UTCTime { start.advanced(by: passed.withLock { $0 } + set.withLock { $0 }) }

  /// How long the machine has been awake.
  package var awake: Duration { passed.withLock { $0 } }

  /// Lets time pass.
  package func pass(_ time: Duration) { passed.withLock { $0 += time } }

  /// Sets the wall clock, on or back, though no time passes.
  package func set(by time: Duration) { set.withLock { $0 += time } }
}
