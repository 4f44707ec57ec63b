internal import Basics

/// Names of files that are made of names that others chose.
enum FileName {
  /// The longest name on disk that is spelled out, in bytes; a longer one ends in its digest.
  private static let spelledByteLimit = 160

  /// A name for a place in a repository: ASCII letters, digits and `-_.+~@=` stand for themselves, any other byte is
  /// percent-encoded (RFC 3986).
  ///
  /// What names a delegated role is data of others; encoded, `../x`, `a/b`, `?` and `#` stay one component of a path and
  /// of a URL. A transport over HTTP encodes the four marks besides and leaves `%` alone.
  static func remote(_ name: String) -> String {
    encode(name) { isLowerOrDigit($0) || isUpper($0) || "-_.+~@=".utf8.contains($0) }
  }

  /// A name for a file on any disk, different for different names.
  ///
  /// Lower-case letters, digits and `-_.+@=` stand for themselves, any other byte is percent-encoded: upper case too, since
  /// `A` and `a` are one file on some disks, as are the devices' names of Windows, whose first letter is encoded. A dot in
  /// front is encoded; a long name is cut and ends in the digest of the whole.
  static func local(_ name: String) -> String {
    var text = encode(name) { isLowerOrDigit($0) || "-_.+@=".utf8.contains($0) }
    let stem = text.prefix { $0 != "." }
    if text.hasPrefix(".") || devices.contains(String(stem)), let first = text.utf8.first {
      text = escape(first) + text.dropFirst()
    }
    guard text.utf8.count > spelledByteLimit else { return text }
    // An escape that was cut in two is no matter: “%.” begins no escape, so no other name gives this one.
    return text.prefix(spelledByteLimit - 68) + "%." + Digest(of: name.utf8).hex
  }

  private static let devices: Set<String> = {
    let ports = (1...9).flatMap { ["com\($0)", "lpt\($0)"] }
    return Set(["con", "prn", "aux", "nul"] + ports)
  }()

  private static func encode(_ name: String, isPlain: (UInt8) -> Bool) -> String {
    name.utf8.map { isPlain($0) ? String(UnicodeScalar($0)) : escape($0) }.joined()
  }

  private static func escape(_ byte: UInt8) -> String { "%" + Hex.encode([byte]).uppercased() }

  private static func isLowerOrDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  private static func isUpper(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
  }
}
