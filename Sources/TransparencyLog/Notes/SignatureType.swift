/// The kinds of signatures that are read here (signed-note, signature types).
public enum SignatureType: UInt8, Sendable, Hashable {
  /// Ed25519 over the note's text: what a log signs its checkpoints with.
  case ed25519 = 0x01
  /// A timestamped Ed25519 cosignature of a checkpoint: what a witness makes (tlog-cosignature, version 1).
  case cosignature = 0x04
}

/// The first four bytes of a digest over a key's name, type and bytes: with the name it tells keys apart.
public struct KeyID: Sendable, Hashable, CustomStringConvertible {
  /// The number of bytes in an id.
  public static let byteCount = 4
  /// The id as a number, first byte most significant.
  public let value: UInt32

  /// An id from its number.
  public init(_ value: UInt32) {
    self.value = value
  }

  init(_ bytes: some Collection<UInt8>) {
    value = bytes.prefix(Self.byteCount).reduce(0) { $0 << 8 | UInt32($1) }
  }

  var bytes: [UInt8] {
    stride(from: 24, through: 0, by: -8).map { UInt8(truncatingIfNeeded: value >> UInt32($0)) }
  }

  /// Eight lower-case hexadecimal digits.
  public var description: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 8 - digits.utf8.count) + digits
  }
}
