public import Basics

/// A proof that an entry is in a log whose checkpoint witnesses have seen, to be verified offline (tlog-proof).
public struct LogProof: Sendable, Hashable {
  private static let header = Array("c2sp.org/tlog-proof@v1".utf8)
  private static let newline = UInt8(ascii: "\n")

  /// Opaque data beside the proof, which nothing vouches for; never empty.
  public let extra: [UInt8]?
  /// The entry's place in the log, from 0.
  public let index: UInt64
  /// The inclusion proof, from the leaf's sibling to the root's child.
  public let hashes: [Digest]
  /// The checkpoint in whose tree the entry is.
  public let checkpoint: SignedCheckpoint

  /// A proof from its parts.
  public init(_ inclusion: InclusionProof, in checkpoint: SignedCheckpoint, extra: [UInt8]? = nil) throws(LogRefusal) {
    guard inclusion.size == checkpoint.checkpoint.size else {
      throw .malformed(
        what: "the log proof",
        reason:
          "its inclusion proof is for a tree of \(inclusion.size), its checkpoint of \(checkpoint.checkpoint.size)")
    }
    guard extra?.isEmpty != true, extra?.count ?? 0 <= LogLimits.extraByteCount else {
      throw .malformed(
        what: "the log proof", reason: "its extra data is empty or longer than \(LogLimits.extraByteCount)")
    }
    self.extra = extra
    index = inclusion.index
    hashes = inclusion.hashes
    self.checkpoint = checkpoint
  }

  /// Reads a proof: bytes that come out of ``bytes`` again, and none else.
  public init(parsing bytes: [UInt8]) throws(LogRefusal) {
    let what = "the log proof"
    let parts = try CheckpointEnvelope(of: bytes, limit: LogLimits.noteByteCount, what)
    var lines = parts.lines
    guard let first = lines.popFirst(), first.elementsEqual(Self.header) else {
      throw .malformed(what: what, reason: "it does not begin with the line c2sp.org/tlog-proof@v1")
    }
    if let line = lines.first, let text = Self.value("extra", of: line) {
      guard let data = Base64.decode(text), !data.isEmpty, data.count <= LogLimits.extraByteCount else {
        throw .malformed(what: what, reason: "its extra data is not base64 of 1 to \(LogLimits.extraByteCount) bytes")
      }
      extra = data
      lines = lines.dropFirst()
    } else {
      extra = nil
    }
    guard let line = lines.popFirst(), let digits = Self.value("index", of: line) else {
      throw .malformed(what: what, reason: "it has no index line in its place")
    }
    index = try decimal(digits, of: "the index of the log proof")
    hashes = try hashLines(lines, of: what)
    checkpoint = try SignedCheckpoint(parsing: parts.checkpoint)
  }

  /// What stands after a word and a space.
  private static func value(_ word: String, of line: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    let prefix = Array("\(word) ".utf8)
    return line.starts(with: prefix) ? line.dropFirst(prefix.count) : nil
  }

  /// The proof as it is stored and sent; its file's name should end with `.tlog-proof`.
  public var bytes: [UInt8] {
    var lines = [Self.header]
    if let extra { lines.append(Array("extra \(Base64.encode(extra))".utf8)) }
    lines.append(Array("index \(index)".utf8))
    lines += hashes.map { Array(Base64.encode($0.bytes).utf8) }
    return lines.flatMap { $0 + [Self.newline] } + [Self.newline] + checkpoint.bytes
  }

  /// Checks all of it (tlog-proof, verifying): the log's signature, the witnesses', and that the entry is in the tree.
  ///
  /// What the entry is, and with it the leaf hash, has to be known from elsewhere.
  public func verify(leafHash: Digest, policy: LogPolicy) throws(LogRefusal) -> CosignedCheckpoint {
    let cosigned = try policy.evaluate(checkpoint)
    try InclusionProof(index: index, size: cosigned.checkpoint.size, hashes: hashes)
      .verify(leafHash: leafHash, root: cosigned.checkpoint.root)
    return cosigned
  }
}

/// Lines, an empty one, and a signed checkpoint: what proofs and requests to cosign are made of.
struct CheckpointEnvelope {
  private static let newline = UInt8(ascii: "\n")

  /// The lines before the empty one.
  let lines: ArraySlice<ArraySlice<UInt8>>
  /// What stands after it.
  let checkpoint: [UInt8]

  /// Parts bytes at their first empty line; refuses more than `limit` of them, and what has none.
  init(of bytes: [UInt8], limit: Int, _ what: String) throws(LogRefusal) {
    guard bytes.count <= limit else {
      throw .tooMuch(what: what, count: bytes.count, limit: limit, of: "bytes")
    }
    guard
      let split = bytes.indices.dropFirst().first(where: { bytes[$0] == Self.newline && bytes[$0 - 1] == Self.newline })
    else { throw .malformed(what: what, reason: "it has no empty line before its checkpoint") }
    lines = bytes[..<(split - 1)].split(separator: Self.newline, omittingEmptySubsequences: false)[...]
    checkpoint = Array(bytes[(split + 1)...])
  }
}

/// Lines of one hash each, in base64.
func hashLines(_ lines: ArraySlice<ArraySlice<UInt8>>, of what: String) throws(LogRefusal) -> [Digest] {
  guard lines.count <= LogLimits.hashesPerProof else {
    throw .tooMuch(what: what, count: lines.count, limit: LogLimits.hashesPerProof, of: "hashes")
  }
  return try lines.map { line throws(LogRefusal) in
    guard let bytes = Base64.decode(line), let hash = Digest(bytes: bytes) else {
      throw .malformed(what: what, reason: "a line is not base64 of a SHA-256 digest")
    }
    return hash
  }
}
