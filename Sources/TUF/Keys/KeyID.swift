/// The name of a public key within one metadata file (specification 4.2, KEYID).
///
/// The specification says that it is the SHA-256 digest of the key's canonical JSON, and a key that is made here has that
/// one. What others made is read under whatever id they chose: real repositories have ids that no longer are the digest of
/// their key. Nothing rests on it: an id only leads to the key that its own file lists under it, and what counts towards a
/// threshold is different keys, not different ids (``RoleKeys``).
public struct KeyID: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// The longest id, in bytes.
  public static let byteLimit = 128

  /// The id as metadata spells it.
  public let text: String

  /// Takes 1 to 128 visible ASCII characters; anything else gives nil.
  public init?(_ text: some StringProtocol) {
    guard (1...Self.byteLimit).contains(text.utf8.count), text.utf8.allSatisfy({ (0x21..<0x7f).contains($0) }) else {
      return nil
    }
    self.text = String(text)
  }

  /// The part that is enough for a person to tell keys apart.
  public var short: String { String(text.prefix(12)) }

  /// The same as `text`.
  public var description: String { text }

  /// Orders ids by their bytes.
  public static func < (left: KeyID, right: KeyID) -> Bool {
    left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
  }
}
