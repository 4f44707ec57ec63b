internal import Basics
internal import Crypto

/// A public key that verifies signatures of notes, with its name: a “vkey” (signed-note, verifier keys).
public struct VerifierKey: Sendable, Hashable, CustomStringConvertible {
  /// The key's name.
  public let name: KeyName
  /// What the key signs.
  public let type: SignatureType
  /// The 32 bytes of the Ed25519 key (RFC 8032).
  public let publicKey: [UInt8]
  /// The id that stands before the key's signatures.
  public let id: KeyID

  /// A key from its parts.
  ///
  /// - Throws: ``LogRefusal/weakKey(name:)`` for bytes that are no Ed25519 key, or one under which anybody can sign.
  public init(name: KeyName, type: SignatureType, publicKey: [UInt8]) throws(LogRefusal) {
    guard !Ed25519Point.isWeak(publicKey),
      (try? Curve25519.Signing.PublicKey(rawRepresentation: publicKey)) != nil
    else { throw .weakKey(name: name.description) }
    self.name = name
    self.type = type
    self.publicKey = publicKey
    id = Self.id(name: name, type: type, publicKey: publicKey)
  }

  /// Reads `NAME+ID+BASE64`, where the id is eight hexadecimal digits and must be the one that the rest gives.
  public init(parsing text: String) throws(LogRefusal) {
    let what = "the verifier key"
    let bytes = Array(text.utf8)
    guard bytes.count <= LogLimits.keyTextByteCount else {
      throw .tooMuch(what: what, count: bytes.count, limit: LogLimits.keyTextByteCount, of: "bytes")
    }
    // A name has no plus sign; base64 may have some.
    let parts = bytes.split(separator: UInt8(ascii: "+"), maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3 else {
      throw .malformed(what: what, reason: "it is not a name, an id and a key with plus signs between them")
    }
    guard let name = KeyName(utf8: parts[0]) else {
      throw .malformed(what: what, reason: "its name is empty, too long, or has a space in it")
    }
    guard let material = Base64.decode(parts[2]), let first = material.first else {
      throw .malformed(what: what, reason: "the key \(shown(name.description)) is not in base64")
    }
    guard let type = SignatureType(rawValue: first) else {
      throw .unknownKeyType(name: name.description, type: first)
    }
    try self.init(name: name, type: type, publicKey: Array(material.dropFirst()))
    guard id.description.utf8.elementsEqual(parts[1]) else {
      throw .wrongKeyID(
        name: name.description, found: String(decoding: parts[1], as: UTF8.self), computed: id.description)
    }
  }

  /// SHA-256 of name, newline, type and key; the first four bytes.
  private static func id(name: KeyName, type: SignatureType, publicKey: [UInt8]) -> KeyID {
    KeyID(Digest(of: name.utf8 + [UInt8(ascii: "\n"), type.rawValue] + publicKey).bytes)
  }

  /// The key as `NAME+ID+BASE64`.
  public var description: String { "\(name)+\(id)+\(Base64.encode([type.rawValue] + publicKey))" }

  /// Whether 64 bytes are the key's Ed25519 signature over a message.
  func isValid(_ signature: some Collection<UInt8>, over message: [UInt8]) -> Bool {
    guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: publicKey) else { return false }
    return key.isValidSignature(Array(signature), for: message)
  }

  /// What the key says about a note's text by a signature; nil where the signature is not its own.
  func check(_ signature: [UInt8], over text: [UInt8]) -> VerifiedSignature? {
    switch type {
    case .ed25519:
      return isValid(signature, over: text) ? VerifiedSignature(key: self, timestamp: nil) : nil
    case .cosignature:
      guard let cosignature = Cosignature(signature),
        isValid(cosignature.signature, over: Cosignature.message(text: text, timestamp: cosignature.timestamp))
      else { return nil }
      return VerifiedSignature(key: self, timestamp: cosignature.timestamp)
    }
  }
}

/// A signature that was found to be a known key's.
public struct VerifiedSignature: Sendable, Hashable {
  /// The key.
  public let key: VerifierKey
  /// When a cosignature was made, in seconds since 1970, by its own word; nil for any other signature.
  public let timestamp: UInt64?
}
