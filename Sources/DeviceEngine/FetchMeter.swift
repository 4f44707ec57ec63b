internal import CanonicalJSON
internal import Improvements

/// Counts the bytes that travel for one improvement, and says now and then how many they are.
struct FetchMeter {
  /// How often it says so: what is fetched sooner is not worth a word.
  static let period: Duration = .milliseconds(500)

  private let stream: Stream
  private let total: Int
  private let started: ContinuousClock.Instant
  private var told: ContinuousClock.Instant
  private var bytes = 0

  /// A meter for an improvement of which at most `total` bytes travel.
  init(_ stream: Stream, total: Int, since started: ContinuousClock.Instant) {
    self.stream = stream
    self.total = total
    self.started = started
    told = started
  }

  /// Counts bytes; gives an event where it is time for one.
  mutating func add(_ count: Int, at now: ContinuousClock.Instant) -> ProgressEvent? {
    bytes += count
    guard told.duration(to: now) >= Self.period else { return nil }
    told = now
    return ProgressEvent(
      .fetching, stream: stream, "\(stream.component): \(bytes) of \(total) bytes", took: started.duration(to: now),
      facts: ["bytes": .integer(Int64(bytes)), "of": .integer(Int64(total))])
  }
}
