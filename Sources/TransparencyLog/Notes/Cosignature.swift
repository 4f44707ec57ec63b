/// A timestamped Ed25519 cosignature (tlog-cosignature, format): eight bytes of time, first byte most significant, and 64 of
/// signature.
struct Cosignature {
  static let signatureByteCount = 64
  private static let timeByteCount = 8

  let timestamp: UInt64
  let signature: [UInt8]

  init?(_ bytes: [UInt8]) {
    guard bytes.count == Self.timeByteCount + Self.signatureByteCount else { return nil }
    timestamp = bytes.prefix(Self.timeByteCount).reduce(0) { $0 << 8 | UInt64($1) }
    signature = Array(bytes.dropFirst(Self.timeByteCount))
    guard timestamp <= LogLimits.greatestNumber else { return nil }
  }

  /// The bytes of a cosignature.
  static func bytes(timestamp: UInt64, signature: [UInt8]) -> [UInt8] {
    stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: timestamp >> UInt64($0)) } + signature
  }

  /// What is signed: a header line, the time, and the whole text of the checkpoint's note.
  static func message(text: [UInt8], timestamp: UInt64) -> [UInt8] {
    Array("cosignature/v1\ntime \(timestamp)\n".utf8) + text
  }
}
