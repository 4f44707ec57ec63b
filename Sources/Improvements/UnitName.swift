/// The name of a unit of systemd, checked by systemd's own rules (systemd.unit(5)).
package struct UnitName: Sendable, Hashable, CustomStringConvertible {
  /// What a unit is, by the end of its name.
  package enum Kind: String, Sendable, CaseIterable {
    case service, socket, target, device, mount, automount, swap, timer, path, slice, scope
  }

  /// The longest name, in bytes.
  package static let byteLimit = 255

  /// The whole name, such as `getty@tty1.service`.
  package let description: String
  /// What it is.
  package let kind: Kind

  /// Checks a name; a template without an instance (`getty@.service`) names no unit that could run.
  package init?(_ text: String) {
    guard text.utf8.count <= Self.byteLimit, let dot = text.lastIndex(of: "."),
      let kind = Kind(rawValue: String(text[text.index(after: dot)...]))
    else { return nil }
    let stem = text[..<dot].utf8
    guard !stem.isEmpty, stem.allSatisfy(Self.isAllowed) else { return nil }
    if let at = stem.firstIndex(of: UInt8(ascii: "@")) {
      guard at != stem.startIndex, stem.index(after: at) != stem.endIndex else { return nil }
    }
    description = text
    self.kind = kind
  }

  /// For an instance of a template (`ssh@7.service`), the socket that makes one such instance for each connection, if it
  /// is there and does (systemd.socket(5), Accept=).
  package var socketOfInstance: UnitName? {
    description.firstIndex(of: "@").flatMap { UnitName("\(description[..<$0]).socket") }
  }

  private static func isAllowed(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: ":-_.\\@".utf8.contains(byte)
    }
  }
}
