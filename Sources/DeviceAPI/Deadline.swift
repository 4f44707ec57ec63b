internal import Synchronization

/// A moment by which the other side must have done something; it can be put off and lifted.
final class Deadline: Sendable {
  private let limit: Duration
  private let moment: Mutex<ContinuousClock.Instant?>

  /// A deadline that begins now.
  init(_ limit: Duration) {
    self.limit = limit
    moment = Mutex(ContinuousClock.now + limit)
  }

  /// Begins anew.
  func start() {
    moment.withLock { $0 = ContinuousClock.now + limit }
  }

  /// Lifts it until the next start.
  func lift() {
    moment.withLock { $0 = nil }
  }

  /// Returns when the moment has passed; throws when the task is cancelled.
  func passed() async throws {
    while true {
      // A deadline that begins while this sleeps ends no earlier than the sleep.
      let next = moment.withLock { $0 } ?? ContinuousClock.now + limit
      try await Task.sleep(until: next, clock: .continuous)
      if let moment = moment.withLock({ $0 }), moment <= ContinuousClock.now { return }
    }
  }
}
