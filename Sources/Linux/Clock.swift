internal import CLinux
internal import Glibc
package import Values

/// The machine's wall clock.
///
/// Only programs read it; everything else is handed a time.
package enum WallClock {
  /// Now, to the second.
  package static func now() -> UTCTime { UTCTime(secondsSinceEpoch: Int64(time(nil))) }
}

/// How long the machine has been awake since it started.
package enum AwakeClock {
  /// Now.
  package static func now() -> Duration {
    var time = timespec()
    // It cannot fail for a clock that every kernel has.
    _ = unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return .seconds(Int64(time.tv_sec)) + .nanoseconds(Int64(time.tv_nsec))
  }
}
