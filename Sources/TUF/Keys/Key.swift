internal import Basics
public import CanonicalJSON

/// A public key with its name (specification 4.2, KEY).
///
/// | keytype | scheme | public |
/// |---|---|---|
/// | `ed25519` | `ed25519` | 64 hexadecimal digits |
/// | `ecdsa`, `ecdsa-sha2-nistp256` | `ecdsa-sha2-nistp256` | PEM |
/// | `rsa` | `rsassa-pss-sha256` | PEM, 2,048 to 8,192 bits |
///
/// A key of another kind may stand in a file, so that a repository can move to a new kind while older clients go on with
/// the keys that they know; it never has a valid signature. A key of a known kind that cannot be read refuses the file.
public struct Key: Sendable, Hashable {
  /// The number of bytes in a public Ed25519 key.
  public static let byteCount = 32
  /// The number of bytes in an Ed25519 signature.
  public static let signatureByteCount = 64
  /// The longest signature of any kind, in bytes: RSA's, as long as the modulus.
  static let signatureByteLimit = RSAKey.bitLimits.upperBound / 8

  /// The key's name.
  public let id: KeyID
  /// The key object as metadata holds it, with every member that it came with.
  public let json: JSON
  let material: PublicKey

  /// Takes the 32 bytes of an Ed25519 key (RFC 8032, 5.1.5); any other count gives nil.
  public init?(bytes: [UInt8]) {
    guard bytes.count == Self.byteCount else { return nil }
    self.init(type: "ed25519", scheme: "ed25519", text: Hex.encode(bytes))
  }

  /// Takes an ECDSA P-256 key in PEM (“BEGIN PUBLIC KEY”); anything else gives nil.
  public init?(ecdsaP256 pem: String) {
    self.init(type: "ecdsa", scheme: "ecdsa-sha2-nistp256", text: pem)
  }

  /// Takes an RSA key of 2,048 to 8,192 bits in PEM (“BEGIN PUBLIC KEY”) for RSA-PSS; anything else gives nil.
  public init?(rsaPSS pem: String) {
    self.init(type: "rsa", scheme: "rsassa-pss-sha256", text: pem)
  }

  /// A key that is made here: its id is the digest of its canonical JSON.
  private init?(type: String, scheme: String, text: String) {
    guard let material = Self.material(type: type, scheme: scheme, text: text),
      let id = KeyID(Digest(of: Self.json(type: type, scheme: scheme, text: text).canonicalBytes).hex)
    else { return nil }
    self.id = id
    self.material = material
    json = Self.json(type: type, scheme: scheme, text: text)
  }

  /// Reads a key object that is listed under a key id.
  init(_ fields: MetadataFields, listedAs listed: String) throws(Refusal) {
    guard let id = KeyID(listed) else { throw .badKeyID(file: fields.file, listed: listed) }
    let type = try fields.string("keytype")
    let scheme = try fields.string("scheme")
    let values = try fields.object("keyval")
    json = fields.json
    self.id = id
    guard Self.isKnown(type: type, scheme: scheme) else {
      material = .unknown(fields.json.canonicalBytes)
      return
    }
    let text = try values.string("public")
    guard let material = Self.material(type: type, scheme: scheme, text: text) else {
      throw .badPublicKey(file: fields.file, keyID: listed, type: type)
    }
    self.material = material
  }

  private static func json(type: String, scheme: String, text: String) -> JSON {
    ["keytype": .string(type), "scheme": .string(scheme), "keyval": ["public": .string(text)]]
  }

  private static func isKnown(type: String, scheme: String) -> Bool {
    switch (type, scheme) {
    case ("ed25519", "ed25519"), ("rsa", "rsassa-pss-sha256"), ("ecdsa", "ecdsa-sha2-nistp256"),
      ("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256"):
      true
    default: false
    }
  }

  /// The key in a text; nil where it is none, or of an unknown kind.
  private static func material(type: String, scheme: String, text: String) -> PublicKey? {
    guard isKnown(type: type, scheme: scheme) else { return nil }
    return switch type {
    case "ed25519": PublicKey(ed25519: text)
    case "rsa": PublicKey(rsa: text)
    default: PublicKey(ecdsaP256: text)
    }
  }

  /// Whether signatures of this key can be verified here.
  public var isKnown: Bool { if case .unknown = material { false } else { true } }

  /// Whether a signature over some bytes is this key's; one in a form that is not canonical is not.
  public func isValid(_ signature: [UInt8], over bytes: [UInt8]) -> Bool {
    material.isValid(signature, over: bytes)
  }

  /// Keys are equal where both name and key are; what else their objects hold means nothing.
  public static func == (left: Key, right: Key) -> Bool { left.id == right.id && left.material == right.material }

  /// Feeds what makes keys equal.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(id)
    hasher.combine(material)
  }
}
