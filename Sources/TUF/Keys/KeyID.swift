public import Basics

/// The name of a public key: the SHA-256 digest of its canonical JSON (specification 4.2.1).
public struct KeyID: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// The digest that this name is.
  public let digest: Digest

  init(_ digest: Digest) {
    self.digest = digest
  }

  /// Parses 64 lower-case hexadecimal digits; anything else gives nil.
  public init?(_ text: some StringProtocol) {
    guard let digest = Digest(text) else { return nil }
    self.digest = digest
  }

  /// 64 lower-case hexadecimal digits.
  public var hex: String { digest.hex }

  /// The digits that are enough for a person to tell keys apart.
  public var short: String { digest.short }

  /// The same as `hex`.
  public var description: String { digest.hex }

  /// Orders ids as their digests.
  public static func < (left: KeyID, right: KeyID) -> Bool { left.digest < right.digest }
}
