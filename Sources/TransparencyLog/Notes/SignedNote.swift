internal import Basics

/// One signature line of a note: whose it says it is, and the bytes that prove it.
public struct NoteSignature: Sendable, Hashable, CustomStringConvertible {
  /// What a signature line begins with: an em dash and a space.
  private static let prefix = Array("\u{2014} ".utf8)

  /// The key's name.
  public let name: KeyName
  /// The key's id.
  public let keyID: KeyID
  /// The signature itself, at least one byte; for a cosignature its time stands first.
  public let signature: [UInt8]

  /// A signature from its parts.
  public init(name: KeyName, keyID: KeyID, signature: [UInt8]) {
    self.name = name
    self.keyID = keyID
    self.signature = signature
  }

  /// Reads a line without its newline.
  init(line: ArraySlice<UInt8>, of what: String) throws(LogRefusal) {
    guard line.starts(with: Self.prefix) else {
      throw .malformed(what: what, reason: "a signature line does not begin with an em dash and a space")
    }
    let parts = line.dropFirst(Self.prefix.count)
      .split(separator: UInt8(ascii: " "), maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, let name = KeyName(utf8: parts[0]) else {
      throw .malformed(what: what, reason: "a signature line has no key name that may stand there")
    }
    guard let bytes = Base64.decode(parts[1]), bytes.count > KeyID.byteCount else {
      throw .malformed(
        what: what, reason: "the signature by \(shown(name.description)) is not base64 of a key id and a signature")
    }
    self.init(name: name, keyID: KeyID(bytes), signature: Array(bytes.dropFirst(KeyID.byteCount)))
  }

  /// Reads signature lines, each ended by a newline, as a witness answers (tlog-witness, add-checkpoint).
  public static func parse(lines bytes: [UInt8]) throws(LogRefusal) -> [NoteSignature] {
    let what = "the list of signatures"
    guard bytes.count <= LogLimits.noteByteCount else {
      throw .tooMuch(what: what, count: bytes.count, limit: LogLimits.noteByteCount, of: "bytes")
    }
    return try parse(bytes[...], of: what)
  }

  static func parse(_ bytes: ArraySlice<UInt8>, of what: String) throws(LogRefusal) -> [NoteSignature] {
    guard bytes.last == UInt8(ascii: "\n") else {
      throw .malformed(what: what, reason: "its last line is not a signature line that ends with a newline")
    }
    let lines = bytes.dropLast().split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    guard lines.count <= LogLimits.signaturesPerNote else {
      throw .tooMuch(what: what, count: lines.count, limit: LogLimits.signaturesPerNote, of: "signatures")
    }
    return try lines.map { line throws(LogRefusal) in try NoteSignature(line: line, of: what) }
  }

  /// The line, without its newline.
  public var description: String { "\u{2014} \(name) \(Base64.encode(keyID.bytes + signature))" }
}

/// A text with signatures (signed-note).
///
/// The text is not to be believed before ``verify(with:)`` has found a known key's signature.
public struct SignedNote: Sendable, Hashable {
  /// The text, which ends with a newline.
  public let text: [UInt8]
  /// The signature lines in their order, whether known or not.
  public private(set) var signatures: [NoteSignature]

  /// Signs a text.
  ///
  /// - Throws: ``LogRefusal`` for a text that is empty, does not end with a newline, is not UTF-8 or has control characters.
  public init(text: [UInt8], signedBy key: SignerKey) throws(LogRefusal) {
    try self.init(text: text, signatures: [key.sign(text: text)])
  }

  init(text: [UInt8], signatures: [NoteSignature]) throws(LogRefusal) {
    try Self.check(text, of: "the note")
    guard text.last == UInt8(ascii: "\n") else {
      throw .malformed(what: "the note", reason: "its text does not end with a newline")
    }
    self.text = text
    self.signatures = signatures
  }

  /// Reads a note: bytes that come out of ``bytes`` again, and none else.
  public init(parsing bytes: [UInt8]) throws(LogRefusal) {
    let what = "the note"
    try Self.check(bytes, of: what)
    // The last empty line ends the text.
    let newline = UInt8(ascii: "\n")
    guard let split = bytes.indices.dropFirst().last(where: { bytes[$0] == newline && bytes[$0 - 1] == newline }) else {
      throw .malformed(what: what, reason: "it has no empty line between text and signatures")
    }
    text = Array(bytes[..<split])
    signatures = try NoteSignature.parse(bytes[(split + 1)...], of: what)
  }

  private static func check(_ bytes: [UInt8], of what: String) throws(LogRefusal) {
    guard bytes.count <= LogLimits.noteByteCount else {
      throw .tooMuch(what: what, count: bytes.count, limit: LogLimits.noteByteCount, of: "bytes")
    }
    guard bytes.allSatisfy({ $0 >= 0x20 || $0 == UInt8(ascii: "\n") }),
      String(validating: bytes, as: UTF8.self) != nil
    else { throw .malformed(what: what, reason: "it is not UTF-8 without control characters") }
  }

  /// The note as it is stored and sent.
  public var bytes: [UInt8] {
    text + [UInt8(ascii: "\n")] + signatures.flatMap { Array($0.description.utf8) + [UInt8(ascii: "\n")] }
  }

  /// Adds a signature line; one that stands there already is not added twice.
  public mutating func add(_ signature: NoteSignature) throws(LogRefusal) {
    guard !signatures.contains(signature) else { return }
    guard signatures.count < LogLimits.signaturesPerNote else {
      throw .tooMuch(
        what: "the note", count: signatures.count + 1, limit: LogLimits.signaturesPerNote, of: "signatures")
    }
    signatures.append(signature)
  }

  /// Adds a signature line in place of those with the same name and id: of a witness's cosignatures the last one counts.
  public mutating func replace(with signature: NoteSignature) throws(LogRefusal) {
    signatures.removeAll { $0.name == signature.name && $0.keyID == signature.keyID }
    try add(signature)
  }

  /// The note with the lines of some keys alone, of each key the first: what others have added to it is left out.
  ///
  /// Nothing is verified here.
  public func keeping(_ keys: [VerifierKey]) throws(LogRefusal) -> SignedNote {
    var kept: [NoteSignature] = []
    for key in keys {
      guard let line = signatures.first(where: { $0.name == key.name && $0.keyID == key.id }) else { continue }
      if !kept.contains(line) { kept.append(line) }
    }
    return try SignedNote(text: text, signatures: kept)
  }

  /// What known keys say by their signatures, in the order of the lines, one for each key.
  ///
  /// Signatures by unknown keys are ignored, also where they share a name or an id (not both) with a known one.
  ///
  /// - Throws: ``LogRefusal/badSignature(name:id:)`` where a known key's signature does not verify,
  ///   ``LogRefusal/unsigned(what:)`` where there is none, ``LogRefusal/ambiguousKey(name:id:)`` for two keys with one name and id.
  public func verify(with keys: [VerifierKey]) throws(LogRefusal) -> [VerifiedSignature] {
    let found = try verified(with: keys)
    guard !found.isEmpty else { throw .unsigned(what: "the note") }
    return found
  }

  /// The same, where it may be that no known key has signed.
  func verified(with keys: [VerifierKey]) throws(LogRefusal) -> [VerifiedSignature] {
    var found: [VerifiedSignature] = []
    for line in signatures {
      let named = keys.filter { $0.name == line.name && $0.id == line.keyID }
      guard let key = named.first else { continue }
      guard named.allSatisfy({ $0 == key }) else {
        throw .ambiguousKey(name: key.name.description, id: key.id.description)
      }
      guard let signature = key.check(line.signature, over: text) else {
        throw .badSignature(name: key.name.description, id: key.id.description)
      }
      if !found.contains(where: { $0.key == key }) { found.append(signature) }
    }
    return found
  }
}
