internal import Basics
public import CanonicalJSON
internal import Crypto

/// A public Ed25519 key, the one kind of key that this form reads (specification 4.2.1, keytype and scheme "ed25519").
public struct Key: Sendable, Hashable {
  /// The number of bytes in a public key.
  public static let byteCount = 32
  /// The number of bytes in a signature.
  public static let signatureByteCount = 64

  /// The key's name.
  public let id: KeyID
  /// The 32 bytes of the key (RFC 8032, 5.1.5).
  public let bytes: [UInt8]

  /// Takes exactly 32 bytes; any other count gives nil.
  public init?(bytes: [UInt8]) {
    guard bytes.count == Self.byteCount else { return nil }
    self.bytes = bytes
    id = KeyID(Digest(of: Self.json(bytes).canonicalBytes))
  }

  /// Reads a key object that is listed under a key id.
  ///
  /// 4.3, KEYID: “Clients MUST calculate each KEYID to verify this is correct for the associated key.” The id covers
  /// keytype, scheme and keyval.public and nothing else, so that one key cannot have two ids by a member of no meaning.
  init(_ fields: MetadataFields, listedAs listed: String) throws(Refusal) {
    let type = try fields.string("keytype")
    let scheme = try fields.string("scheme")
    guard type == "ed25519", scheme == "ed25519" else {
      throw .wrongKeyType(file: fields.file, keyID: listed, type: type, scheme: scheme)
    }
    let text = try fields.object("keyval").string("public")
    guard let bytes = Hex.decode(text, byteCount: Self.byteCount), let key = Key(bytes: bytes) else {
      throw .badPublicKey(file: fields.file, keyID: listed)
    }
    guard key.id.hex.utf8.elementsEqual(listed.utf8) else {
      throw .wrongKeyID(file: fields.file, listed: listed, computed: key.id)
    }
    self = key
  }

  /// The key object as metadata holds it.
  public var json: JSON { Self.json(bytes) }

  private static func json(_ bytes: [UInt8]) -> JSON {
    ["keytype": "ed25519", "scheme": "ed25519", "keyval": ["public": .string(Hex.encode(bytes))]]
  }

  /// Whether a signature over some bytes is this key's; a signature of a wrong length is not.
  public func isValid(_ signature: [UInt8], over bytes: [UInt8]) -> Bool {
    guard signature.count == Self.signatureByteCount,
      let key = try? Curve25519.Signing.PublicKey(rawRepresentation: self.bytes)
    else { return false }
    return key.isValidSignature(signature, for: bytes)
  }
}
