internal import Basics
internal import CanonicalJSON
internal import Crypto

/// A private Ed25519 key with its public half.
///
/// Whoever keeps its file answers for the file's mode: this module does no I/O.
public struct SigningKey: Sendable, CustomStringConvertible, CustomReflectable {
  /// The number of bytes in a private key (RFC 8032, 5.1.5).
  public static let seedByteCount = 32

  private let secret: Curve25519.Signing.PrivateKey
  private let publicText: String
  /// The public half.
  public let key: Key

  /// Makes a new key from the system's randomness.
  public init() {
    self.init(Curve25519.Signing.PrivateKey())
  }

  /// The key of 32 secret bytes; any other count gives nil.
  public init?(seed: [UInt8]) {
    guard seed.count == Self.seedByteCount,
      let secret = try? Curve25519.Signing.PrivateKey(rawRepresentation: seed)
    else { return nil }
    self.init(secret)
  }

  /// Reads a key file: `{"keytype":"ed25519","private":"…","public":"…","scheme":"ed25519"}`.
  ///
  /// The public half must be the one that belongs to the private half.
  public init(keyFile bytes: [UInt8]) throws(Refusal) {
    let file = "the key file"
    let fields = try MetadataFields(parsing: bytes, file: file, byteLimit: Self.keyFileByteLimit)
    try fields.requireOnly(["keytype", "scheme", "private", "public"])
    let type = try fields.string("keytype")
    let scheme = try fields.string("scheme")
    let publicText = try fields.string("public")
    guard type == "ed25519", scheme == "ed25519" else {
      throw .wrongKeyType(file: file, keyID: publicText, type: type, scheme: scheme)
    }
    guard let seed = Hex.decode(try fields.string("private"), byteCount: Self.seedByteCount),
      let key = SigningKey(seed: seed)
    else { throw .badKeyFile(reason: "its private half is not 64 lower-case hexadecimal digits") }
    guard key.publicText == publicText else {
      throw .badKeyFile(reason: "its public half does not belong to its private half")
    }
    self = key
  }

  private static let keyFileByteLimit = 4_096

  private init(_ secret: Curve25519.Signing.PrivateKey) {
    self.secret = secret
    let bytes = Array(secret.publicKey.rawRepresentation)
    publicText = Hex.encode(bytes)
    guard let key = Key(bytes: bytes) else {
      preconditionFailure("an Ed25519 public key has 32 bytes")
    }
    self.key = key
  }

  /// The public half's name.
  public var id: KeyID { key.id }

  /// The text of the key file, with the secret in it.
  public var keyFileText: String {
    let json: JSON = [
      "keytype": "ed25519", "scheme": "ed25519",
      "private": .string(Hex.encode(Array(secret.rawRepresentation))), "public": .string(publicText),
    ]
    return json.compactText
  }

  /// The signature over some bytes, 64 bytes.
  public func sign(_ bytes: [UInt8]) -> [UInt8] {
    guard let signature = try? secret.signature(for: bytes) else {
      preconditionFailure("signing with an Ed25519 key cannot fail")
    }
    return Array(signature)
  }

  /// The key's name, never its secret.
  public var description: String { "signing key \(id.short)" }

  /// Shows the key's name to debuggers and `dump`, never its secret.
  public var customMirror: Mirror { Mirror(self, children: ["id": id.text]) }
}
