internal import Basics
internal import Crypto

/// A key itself, without its name: what decides whether two keys are one.
enum PublicKey: Sendable, Hashable {
  /// RFC 8032, 32 bytes.
  case ed25519([UInt8])
  /// A point on NIST's P-256, as X9.63 writes it without compression.
  case ecdsaP256([UInt8])
  /// An RSA key.
  case rsa(RSAKey)
  /// A key of a kind that is not read here: by its canonical JSON. It never has a valid signature.
  case unknown([UInt8])

  /// What stands before the point in a SubjectPublicKeyInfo of P-256 (RFC 5480, 2): id-ecPublicKey, secp256r1, a bit string
  /// of 65 bytes.
  private static let p256Frame: [UInt8] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
    0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
  ]

  /// Reads 64 lower-case hexadecimal digits; nil for a point that has a second encoding, and for one of small order, under
  /// which anybody can make signatures.
  init?(ed25519 text: String) {
    guard let bytes = Hex.decode(text, byteCount: Key.byteCount), !Ed25519Point.isWeak(bytes) else { return nil }
    self = .ed25519(bytes)
  }

  /// Reads a P-256 key from PEM, “BEGIN PUBLIC KEY”.
  init?(ecdsaP256 pem: String) {
    guard let der = PEM.publicKey(pem), der.starts(with: Self.p256Frame) else { return nil }
    let point = Array(der.dropFirst(Self.p256Frame.count))
    guard (try? P256.Signing.PublicKey(x963Representation: point)) != nil else { return nil }
    self = .ecdsaP256(point)
  }

  /// Reads an RSA key of 2,048 to 8,192 bits from PEM, “BEGIN PUBLIC KEY”.
  init?(rsa pem: String) {
    guard let der = PEM.publicKey(pem), let key = RSAKey(subjectPublicKeyInfo: der) else { return nil }
    self = .rsa(key)
  }

  /// Whether a signature over some bytes is this key's.
  ///
  /// One in another encoding than the only one is not.
  func isValid(_ signature: [UInt8], over bytes: [UInt8]) -> Bool {
    switch self {
    case .ed25519(let raw):
      guard signature.count == Key.signatureByteCount,
        let key = try? Curve25519.Signing.PublicKey(rawRepresentation: raw)
      else { return false }
      return key.isValidSignature(signature, for: bytes)
    case .ecdsaP256(let point):
      // SEC 1: an ECDSA-Sig-Value in DER; another encoding of the same numbers is no signature.
      guard let key = try? P256.Signing.PublicKey(x963Representation: point),
        let parsed = try? P256.Signing.ECDSASignature(derRepresentation: signature),
        Array(parsed.derRepresentation) == signature
      else { return false }
      return key.isValidSignature(parsed, for: SHA256.hash(data: bytes))
    case .rsa(let key):
      return key.isValid(signature, over: bytes)
    case .unknown:
      return false
    }
  }
}
