/// The name of a key that signs notes: UTF-8 without spaces and plus signs (signed-note, format).
///
/// Compared byte for byte: Swift's own `==` for texts would take two spellings of “é” for one name.
public struct KeyName: Sendable, Hashable, CustomStringConvertible {
  /// The name's bytes.
  public let utf8: [UInt8]

  /// Takes a name; nil for an empty one, one that is too long, or holds a space, a plus sign or a control character.
  public init?(_ text: String) {
    self.init(utf8: Array(text.utf8))
  }

  init?(utf8: some Collection<UInt8>) {
    guard !utf8.isEmpty, utf8.count <= LogLimits.nameByteCount,
      let text = String(validating: utf8, as: UTF8.self),
      text.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0 != "+" && $0.value != 0x7f && !Self.isSpace($0) })
    else { return nil }
    self.utf8 = Array(utf8)
  }

  /// The name as text.
  public var description: String { String(decoding: utf8, as: UTF8.self) }

  /// Who runs what the key signs for, as far as the name tells: what stands before its first slash, in lower case.
  ///
  /// Names are meant to be URLs without a scheme (`witness.example/w1`), so this is the host. Nothing proves it: it is whoever
  /// writes a policy that answers for the names in it.
  public var host: String {
    String(decoding: utf8.prefix { $0 != UInt8(ascii: "/") }, as: UTF8.self).lowercased()
  }

  /// Unicode's White_Space beyond ASCII.
  private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x85, 0xa0, 0x1680, 0x2000...0x200a, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000: true
    default: false
    }
  }
}

/// The first line of a checkpoint: which log it is of; compared byte for byte.
public struct LogOrigin: Sendable, Hashable, CustomStringConvertible {
  /// The line's bytes, without its newline.
  public let utf8: [UInt8]

  /// Takes a line; nil for an empty one, one that is too long, or holds a control character.
  public init?(_ text: String) {
    self.init(utf8: Array(text.utf8))
  }

  init?(utf8: some Collection<UInt8>) {
    guard !utf8.isEmpty, utf8.count <= LogLimits.nameByteCount, utf8.allSatisfy({ $0 >= 0x20 }),
      String(validating: utf8, as: UTF8.self) != nil
    else { return nil }
    self.utf8 = Array(utf8)
  }

  /// The origin of a log whose key has this name, as a log's key should (tlog-checkpoint, signatures).
  public init(_ name: KeyName) {
    utf8 = name.utf8
  }

  /// The line as text.
  public var description: String { String(decoding: utf8, as: UTF8.self) }
}
