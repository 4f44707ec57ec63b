internal import Basics

/// A device's stable pseudo-random place in 0…9999 for one improvement.
///
/// Another one for each improvement, so that no device is always among the first, and none always among the last.
package struct Cohort: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// How many places there are, and the share that means all of them.
  package static let count = 10_000

  /// 0…9999.
  package let number: Int

  /// Takes a number in 0…9999.
  package init?(_ number: Int) {
    guard (0..<Self.count).contains(number) else { return nil }
    self.number = number
  }

  /// A device's place for an improvement (docs/formats/rollout.md, "Cohorts").
  ///
  /// The first eight bytes, as a big-endian number, of SHA-256(device id ‖ 0 ‖ stream ‖ 0 ‖ serial), modulo 10,000; each
  /// as the text that it is written as.
  package init(of device: DeviceID, stream: Stream, serial: Serial) {
    let named = [device.description, stream.description, serial.description].map { Array($0.utf8) }
    let first = Digest(of: named.joined(separator: [0])).bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    number = Int(first % UInt64(Self.count))
  }

  /// Decimal digits.
  package var description: String { String(number) }

  /// Orders cohorts by when a rollout reaches them.
  package static func < (left: Cohort, right: Cohort) -> Bool { left.number < right.number }
}
