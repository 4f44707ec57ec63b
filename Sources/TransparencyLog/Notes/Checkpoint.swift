public import Basics

/// A log's tree at one size, as the text of a note says it (tlog-checkpoint, note text).
public struct Checkpoint: Sendable, Hashable {
  /// Which log it is of.
  public let origin: LogOrigin
  /// The number of entries in the tree, at most 2^63 − 1.
  public let size: UInt64
  /// The root of the RFC 6962 tree of this size.
  public let root: Digest
  /// Lines that follow, opaque and not to be relied on; without their newlines.
  public let extensions: [[UInt8]]

  /// A checkpoint from its parts, without extension lines.
  public init(origin: LogOrigin, size: UInt64, root: Digest) throws(LogRefusal) {
    guard size <= LogLimits.greatestNumber else { throw .tooGreat(what: "the size of a checkpoint") }
    self.origin = origin
    self.size = size
    self.root = root
    extensions = []
  }

  /// Reads the text of a note: bytes that come out of ``text`` again, and none else.
  public init(text: [UInt8]) throws(LogRefusal) {
    let what = "the checkpoint"
    var lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    guard lines.popLast()?.isEmpty == true, lines.count >= 3, lines.allSatisfy({ !$0.isEmpty }) else {
      throw .malformed(what: what, reason: "it is not at least three lines, none of them empty")
    }
    guard let origin = LogOrigin(utf8: lines[0]) else {
      throw .malformed(what: what, reason: "its first line is not an origin")
    }
    let size = try decimal(lines[1], of: "the size of the checkpoint")
    guard let bytes = Base64.decode(lines[2]), let root = Digest(bytes: bytes) else {
      throw .malformed(what: what, reason: "its third line is not base64 of a SHA-256 digest")
    }
    let extensions = lines.dropFirst(3)
    guard extensions.count <= LogLimits.extensionLines else {
      throw .tooMuch(what: what, count: extensions.count, limit: LogLimits.extensionLines, of: "extension lines")
    }
    self.origin = origin
    self.size = size
    self.root = root
    self.extensions = extensions.map(Array.init)
  }

  /// Whether a tree of size 0 has the root that such a tree has; true of every other size.
  public var isPossible: Bool { size > 0 || root == Merkle.emptyRoot }

  /// The text that is signed.
  public var text: [UInt8] {
    let lines = [origin.utf8, Array(String(size).utf8), Array(Base64.encode(root.bytes).utf8)] + extensions
    return lines.flatMap { $0 + [UInt8(ascii: "\n")] }
  }
}

/// A checkpoint with the signatures of its log and of witnesses.
public struct SignedCheckpoint: Sendable, Hashable {
  /// What it says; not to be believed before ``verify(with:)`` or a policy's evaluation.
  public let checkpoint: Checkpoint
  /// The note that carries it.
  public private(set) var note: SignedNote

  /// Signs a checkpoint with its log's key, whose name should be the checkpoint's origin.
  public init(_ checkpoint: Checkpoint, signedBy key: SignerKey) throws(LogRefusal) {
    note = try SignedNote(text: checkpoint.text, signedBy: key)
    self.checkpoint = checkpoint
  }

  /// Reads a signed checkpoint.
  public init(parsing bytes: [UInt8]) throws(LogRefusal) {
    note = try SignedNote(parsing: bytes)
    checkpoint = try Checkpoint(text: note.text)
  }

  /// The checkpoint as it is stored and sent.
  public var bytes: [UInt8] { note.bytes }

  /// Adds a signature, of a witness for instance, unverified.
  public mutating func add(_ signature: NoteSignature) throws(LogRefusal) {
    try note.add(signature)
  }

  /// Adds a signature, unverified, in place of those with the same name and id.
  public mutating func replace(with signature: NoteSignature) throws(LogRefusal) {
    try note.replace(with: signature)
  }

  /// The checkpoint with the signatures of some keys alone, of each key the first; ``SignedNote/keeping(_:)``.
  public func keeping(_ keys: [VerifierKey]) throws(LogRefusal) -> SignedCheckpoint {
    var copy = self
    copy.note = try note.keeping(keys)
    return copy
  }

  /// What known keys say by their signatures; ``SignedNote/verify(with:)``.
  public func verify(with keys: [VerifierKey]) throws(LogRefusal) -> [VerifiedSignature] {
    try note.verify(with: keys)
  }
}

/// An ASCII decimal without leading zeros, at most 2^63 − 1.
func decimal(_ digits: some Collection<UInt8>, of what: String) throws(LogRefusal) -> UInt64 {
  guard let first = digits.first, digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
    first != UInt8(ascii: "0") || digits.count == 1
  else { throw .malformed(what: what, reason: "it is not a decimal number without leading zeros") }
  guard digits.count <= 19, let value = UInt64(String(decoding: digits, as: UTF8.self)),
    value <= LogLimits.greatestNumber
  else { throw .tooGreat(what: what) }
  return value
}
