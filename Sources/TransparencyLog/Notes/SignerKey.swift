internal import Basics
internal import Crypto

/// A private Ed25519 key that signs notes, with its name.
///
/// Whoever keeps its text answers for the file's mode: this module does no I/O.
public struct SignerKey: Sendable, CustomStringConvertible, CustomReflectable {
  /// The number of bytes in a private key (RFC 8032, 5.1.5).
  public static let seedByteCount = 32
  private static let prefix = "PRIVATE+KEY+"

  private let secret: Curve25519.Signing.PrivateKey
  /// The public half.
  public let verifier: VerifierKey

  /// Makes a new key from the system's randomness.
  public init(name: KeyName, type: SignatureType) throws(LogRefusal) {
    try self.init(name: name, type: type, secret: Curve25519.Signing.PrivateKey())
  }

  /// The key of 32 secret bytes.
  public init(name: KeyName, type: SignatureType, seed: [UInt8]) throws(LogRefusal) {
    guard seed.count == Self.seedByteCount,
      let secret = try? Curve25519.Signing.PrivateKey(rawRepresentation: seed)
    else { throw .malformed(what: "the signer key", reason: "a private key has \(Self.seedByteCount) bytes") }
    try self.init(name: name, type: type, secret: secret)
  }

  private init(
    name: KeyName, type: SignatureType, secret: Curve25519.Signing.PrivateKey
  ) throws(LogRefusal) {
    self.secret = secret
    verifier = try VerifierKey(name: name, type: type, publicKey: Array(secret.publicKey.rawRepresentation))
  }

  /// Reads `PRIVATE+KEY+NAME+ID+BASE64`, the form that Go's `sumdb/note` has; the id is the public half's.
  public init(parsing text: String) throws(LogRefusal) {
    let what = "the signer key"
    let bytes = Array(text.utf8)
    guard bytes.count <= LogLimits.keyTextByteCount, bytes.starts(with: Self.prefix.utf8) else {
      throw .malformed(what: what, reason: "it does not begin with \(Self.prefix), or is too long")
    }
    let parts = bytes.dropFirst(Self.prefix.utf8.count)
      .split(separator: UInt8(ascii: "+"), maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, let name = KeyName(utf8: parts[0]), let material = Base64.decode(parts[2]),
      let first = material.first
    else { throw .malformed(what: what, reason: "it is not a name, an id and a key with plus signs between them") }
    guard let type = SignatureType(rawValue: first) else {
      throw .unknownKeyType(name: name.description, type: first)
    }
    try self.init(name: name, type: type, seed: Array(material.dropFirst()))
    guard verifier.id.description.utf8.elementsEqual(parts[1]) else {
      throw .wrongKeyID(
        name: name.description, found: String(decoding: parts[1], as: UTF8.self), computed: verifier.id.description)
    }
  }

  /// The text that ``init(parsing:)`` reads, with the secret in it.
  public var secretText: String {
    let material = [verifier.type.rawValue] + Array(secret.rawRepresentation)
    return "\(Self.prefix)\(verifier.name)+\(verifier.id)+\(Base64.encode(material))"
  }

  /// Signs a note's text with a key of type ``SignatureType/ed25519``.
  public func sign(text: [UInt8]) throws(LogRefusal) -> NoteSignature {
    guard verifier.type == .ed25519 else {
      throw .wrongKeyUse(name: verifier.name.description, wanted: "sign a note: it makes cosignatures")
    }
    return NoteSignature(name: verifier.name, keyID: verifier.id, signature: signature(over: text))
  }

  /// Cosigns a checkpoint with a key of type ``SignatureType/cosignature``.
  ///
  /// By it a witness says that, at this time, this tree is the largest consistent one of its log that it has seen. Whoever calls
  /// has checked that, and has made a record of it that lasts.
  ///
  /// - Parameters:
  ///   - checkpoint: what the witness has seen.
  ///   - timestamp: seconds since 1970, and not 0, which would say no time (tlog-witness, add-checkpoint).
  public func cosign(_ checkpoint: Checkpoint, timestamp: UInt64) throws(LogRefusal) -> NoteSignature {
    guard verifier.type == .cosignature else {
      throw .wrongKeyUse(name: verifier.name.description, wanted: "cosign a checkpoint: it signs notes")
    }
    guard timestamp <= LogLimits.greatestNumber else { throw .tooGreat(what: "the time of a cosignature") }
    guard timestamp > 0 else { throw .malformed(what: "the time of a cosignature", reason: "0 is no time") }
    let signature = signature(over: Cosignature.message(text: checkpoint.text, timestamp: timestamp))
    return NoteSignature(
      name: verifier.name, keyID: verifier.id,
      signature: Cosignature.bytes(timestamp: timestamp, signature: signature))
  }

  private func signature(over message: [UInt8]) -> [UInt8] {
    guard let signature = try? secret.signature(for: message) else {
      preconditionFailure("signing with an Ed25519 key cannot fail")
    }
    return Array(signature)
  }

  /// The public half, never the secret.
  public var description: String { "signer key of \(verifier)" }

  /// Shows the public half to debuggers and `dump`, never the secret.
  public var customMirror: Mirror { Mirror(self, children: ["verifier": verifier]) }
}
