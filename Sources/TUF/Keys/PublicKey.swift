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
    guard let bytes = Hex.decode(text, byteCount: Key.byteCount), !Self.isWeak(bytes) else { return nil }
    self = .ed25519(bytes)
  }

  /// Whether an Ed25519 key is one of the eight points of small order, or its coordinate is not below the field's prime.
  private static func isWeak(_ bytes: [UInt8]) -> Bool {
    // The last bit is the sign of the other coordinate.
    let coordinate = bytes.dropLast() + [bytes[bytes.count - 1] & 0x7f]
    let zeros = [UInt8](repeating: 0, count: 31)
    let ones = [UInt8](repeating: 0xff, count: 30) + [0x7f]
    // From 2^255 − 20, which is −1, upwards: −1 has small order, and the rest is not below the prime.
    let isHigh = coordinate[0] >= 0xec && Array(coordinate[1...]) == ones
    let isLow = coordinate[0] <= 1 && Array(coordinate[1...]) == zeros
    return isHigh || isLow || orderEight.contains(Hex.encode(coordinate))
  }

  private static let orderEight: Set<String> = [
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  ]

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
