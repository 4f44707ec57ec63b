package import Basics
internal import Glibc

/// The machine's wall clock.
///
/// Only programs read it; everything else is handed a time.
package enum WallClock {
  /// Now, to the second.
  package static func now() -> UTCTime { UTCTime(secondsSinceEpoch: Int64(time(nil))) }
}
