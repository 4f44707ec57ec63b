public import Basics
internal import Crypto

/// What a file must digest to: every listed function that is known here, and at least one such (specification 4.2).
///
/// Known are `sha256` and `sha512`; others may stand beside them. All that are known must match, so that a file that
/// was forged for one function is not the file.
public struct FileHashes: Sendable, Hashable, CustomStringConvertible {
  /// The SHA-256 digest, where it is listed.
  public let sha256: Basics.Digest?
  /// The 64 bytes of the SHA-512 digest, where it is listed.
  public let sha512: [UInt8]?

  private static let sha512ByteCount = 64

  init(sha256: Basics.Digest) {
    self.sha256 = sha256
    sha512 = nil
  }

  /// Reads the member `hashes` of a file's description.
  init(_ fields: MetadataFields) throws(Refusal) {
    let hashes = try fields.object("hashes")
    sha256 = try Self.read("sha256", of: hashes) { Basics.Digest($0) }
    sha512 = try Self.read("sha512", of: hashes) { Hex.decode($0, byteCount: Self.sha512ByteCount) }
    guard sha256 != nil || sha512 != nil else { throw .noKnownHash(file: fields.file, path: hashes.path) }
  }

  private static func read<Value>(
    _ name: String, of hashes: MetadataFields, _ parse: (String) -> Value?
  ) throws(Refusal) -> Value? {
    guard hashes.has(name) else { return nil }
    guard let value = parse(try hashes.string(name)) else {
      throw .badDigest(file: hashes.file, path: hashes.path(of: name))
    }
    return value
  }

  /// Whether these bytes have every known digest.
  public func match(_ bytes: [UInt8]) -> Bool {
    if let sha256, Basics.Digest(of: bytes) != sha256 { return false }
    if let sha512, Array(SHA512.hash(data: bytes)) != sha512 { return false }
    return true
  }

  static func sha512(of bytes: [UInt8]) -> String { Hex.encode(SHA512.hash(data: bytes)) }

  /// One of the digests in hexadecimal, as it stands before a file's name (6.2.1): SHA-256 where it is listed.
  public var hex: String { sha256?.hex ?? Hex.encode(sha512 ?? []) }

  /// The same as `hex`.
  public var description: String { hex }
}
