/// When to look: how long to wait before the first look, after a good one, and after one that failed.
///
/// The random numbers are handed in: each from 0 up to 1.
package struct LookSchedule: Sendable, Hashable {
  /// How long to wait after the first failure; it doubles with each further one, up to the interval.
  package static let firstRetry: Duration = .seconds(60)
  /// How long to wait while the device is busy with something else.
  package static let busyPause: Duration = .seconds(10)

  /// The time between looks.
  package let interval: Duration
  /// Within which time the first look comes.
  package let firstWithin: Duration

  /// A schedule as settings say.
  package init(_ settings: DeviceSettings) {
    self.init(interval: settings.lookInterval, firstWithin: settings.firstLookWithin)
  }

  /// A schedule.
  package init(interval: Duration, firstWithin: Duration) {
    self.interval = interval
    self.firstWithin = firstWithin
  }

  /// How long to wait before the first look: machines that start together must not ask together.
  ///
  /// Not at all where looks come more often than that.
  package func first(_ random: Double) -> Duration { interval < firstWithin ? .zero : firstWithin * random }

  /// How long to wait after a look.
  ///
  /// After a good one the interval, a tenth more or less. After failures in a row a minute, two, four, …, half of that
  /// more or less, and never longer than after a good one: a host that comes back is found soon, and not by all at once.
  package func pause(afterFailures failures: Int, _ random: Double) -> Duration {
    let regular = interval * (0.9 + 0.2 * random)
    guard failures > 0 else { return regular }
    // Beyond that many doublings any interval is reached: a million days.
    var retry = Self.firstRetry
    for _ in 1..<min(failures, 48) where retry < interval { retry *= 2 }
    return min(retry * (0.5 + random), regular)
  }
}
