internal import Basics

/// What tells one device from another: 128 random bits, written as 32 lower-case hexadecimal digits.
///
/// It says nothing of the machine, is kept by the device for itself, and decides nothing but its cohorts.
package struct DeviceID: Sendable, Hashable, CustomStringConvertible {
  /// The number of random bytes.
  package static let byteCount = 16

  /// 32 lower-case hexadecimal digits.
  package let description: String

  /// Parses exactly 32 lower-case hexadecimal digits.
  package init?(_ text: String) {
    guard Hex.decode(text, byteCount: Self.byteCount) != nil else { return nil }
    description = text
  }

  /// A new one.
  package init(using random: inout some RandomNumberGenerator) {
    description = Hex.encode((0..<Self.byteCount).map { _ in UInt8.random(in: 0...255, using: &random) })
  }
}
