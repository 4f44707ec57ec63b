internal import Basics

/// Public keys in PEM (RFC 7468), read strictly: one label, no headers, canonical base64.
enum PEM {
  private static let begin = "-----BEGIN PUBLIC KEY-----"
  private static let end = "-----END PUBLIC KEY-----"
  /// The longest text that is read, in bytes: an RSA key of 8,192 bits needs less than 2,000.
  private static let byteLimit = 8_192

  /// The bytes of a SubjectPublicKeyInfo; nil for any other text.
  static func publicKey(_ text: String) -> [UInt8]? {
    guard text.utf8.count <= byteLimit else { return nil }
    let newlines: [UInt8] = [UInt8(ascii: "\n"), UInt8(ascii: "\r")]
    let lines = text.utf8.split(whereSeparator: newlines.contains)
    guard lines.count >= 3, lines.first?.elementsEqual(begin.utf8) == true,
      lines.last?.elementsEqual(end.utf8) == true
    else { return nil }
    return Base64.decode(lines.dropFirst().dropLast().flatMap(Array.init))
  }
}

/// Reads DER (X.690), as much of it as a SubjectPublicKeyInfo needs: definite lengths in their shortest form.
struct DERReader {
  static let integer: UInt8 = 0x02
  static let bitString: UInt8 = 0x03
  static let sequence: UInt8 = 0x30

  private var rest: ArraySlice<UInt8>

  init(_ bytes: [UInt8]) {
    rest = bytes[...]
  }

  var isAtEnd: Bool { rest.isEmpty }

  /// The contents of the next value, which must have this tag; nil where it does not, or ends too early.
  mutating func next(_ tag: UInt8) -> [UInt8]? {
    guard rest.popFirst() == tag, let first = rest.popFirst() else { return nil }
    var count = Int(first)
    if first >= 0x80 {
      let digits = Int(first & 0x7f)
      guard (1...2).contains(digits), rest.count >= digits else { return nil }
      count = rest.prefix(digits).reduce(0) { $0 << 8 | Int($1) }
      rest = rest.dropFirst(digits)
      guard count >= (digits == 1 ? 0x80 : 0x100) else { return nil }
    }
    guard rest.count >= count else { return nil }
    defer { rest = rest.dropFirst(count) }
    return Array(rest.prefix(count))
  }

  /// The next INTEGER, which must be positive, as bytes without leading zeros.
  mutating func nextPositive() -> [UInt8]? {
    guard let bytes = next(Self.integer), let first = bytes.first, first < 0x80 else { return nil }
    guard first == 0 else { return bytes }
    // A zero stands in front only of what would be negative without it.
    guard bytes.count > 1, bytes[1] >= 0x80 else { return nil }
    return Array(bytes.dropFirst())
  }
}
