/// A package version as the distribution writes it, such as `1:9.2p1-2+deb12u9`: a name, not an order.
///
/// A baseline is *named* by its version and *recognised* by digest; comparing versions is the archive's business.
package struct PackageVersion: Sendable, Hashable, CustomStringConvertible {
  /// The longest version, in bytes.
  package static let byteLimit = 128

  private let text: String

  /// Takes letters, digits, and `. + - ~ : _`.
  package init?(_ text: String) {
    guard !text.isEmpty, text.utf8.count <= Self.byteLimit, text.utf8.allSatisfy(Self.isAllowed) else { return nil }
    self.text = text
  }

  private static func isAllowed(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: ".+-~:_".utf8.contains(byte)
    }
  }

  /// The version as written.
  package var description: String { text }
}
