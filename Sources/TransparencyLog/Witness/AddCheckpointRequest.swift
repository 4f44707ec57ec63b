public import Basics

/// What a log asks a witness: to cosign a checkpoint that follows the last one (tlog-witness, add-checkpoint).
public struct AddCheckpointRequest: Sendable, Hashable {
  private static let newline = UInt8(ascii: "\n")

  /// The size of the checkpoint that the log takes for the last one the witness has cosigned; 0 for none.
  public let formerSize: UInt64
  /// The consistency proof from there.
  public let hashes: [Digest]
  /// The checkpoint to cosign.
  public let checkpoint: SignedCheckpoint

  /// A request from its parts.
  public init(formerSize: UInt64, hashes: [Digest], checkpoint: SignedCheckpoint) throws(LogRefusal) {
    guard formerSize <= LogLimits.greatestNumber else { throw .tooGreat(what: "the old size") }
    guard hashes.count <= LogLimits.hashesPerProof else {
      throw .tooMuch(what: "the request", count: hashes.count, limit: LogLimits.hashesPerProof, of: "hashes")
    }
    self.formerSize = formerSize
    self.hashes = hashes
    self.checkpoint = checkpoint
  }

  /// Reads the body of a request; a witness answers what is refused here with ``WitnessStatus/badRequest``.
  public init(parsing bytes: [UInt8]) throws(LogRefusal) {
    let what = "the request to cosign"
    let parts = try CheckpointEnvelope(of: bytes, limit: LogLimits.requestByteCount, what)
    var lines = parts.lines
    let prefix = Array("old ".utf8)
    guard let first = lines.popFirst(), first.starts(with: prefix) else {
      throw .malformed(what: what, reason: "its first line is not “old” and a size")
    }
    try self.init(
      formerSize: decimal(first.dropFirst(prefix.count), of: "the old size"), hashes: hashLines(lines, of: what),
      checkpoint: SignedCheckpoint(parsing: parts.checkpoint))
  }

  /// The body of the request.
  public var bytes: [UInt8] {
    let lines = ["old \(formerSize)"] + hashes.map { Base64.encode($0.bytes) }
    return lines.flatMap { Array($0.utf8) + [Self.newline] } + [Self.newline] + checkpoint.bytes
  }

  /// What a witness has to check before it cosigns, in the specification's order.
  ///
  /// It has to keep others from changing its record meanwhile, and to make the new record last before it answers.
  ///
  /// - Parameters:
  ///   - latest: the last checkpoint of this origin that the witness has cosigned; nil for none.
  ///   - keys: the keys that the witness trusts for this origin; none where it does not know the log.
  public func check(latest: Checkpoint?, keys: [VerifierKey]) throws(WitnessRefusal) {
    let new = checkpoint.checkpoint
    guard !keys.isEmpty else {
      throw WitnessRefusal(.notFound, .unknownLog(origin: new.origin.description))
    }
    do {
      _ = try checkpoint.verify(with: keys)
    } catch {
      throw WitnessRefusal(.forbidden, error)
    }
    guard formerSize <= new.size else {
      throw WitnessRefusal(.badRequest, .shrunk(size: new.size, former: formerSize))
    }
    let known = latest?.size ?? 0
    guard formerSize == known else {
      throw WitnessRefusal(
        .conflict,
        .malformed(what: "the request to cosign", reason: "the last size cosigned is \(known), not \(formerSize)"),
        latestSize: known)
    }
    do throws(LogRefusal) {
      guard new.isPossible else {
        throw LogRefusal.malformed(what: "the checkpoint", reason: "its root is not the empty tree's")
      }
      try ConsistencyProof(from: formerSize, to: new.size, hashes: hashes)
        .verify(formerRoot: latest?.root ?? Merkle.emptyRoot, root: new.root)
    } catch {
      throw WitnessRefusal(.unprocessable, error)
    }
  }
}

/// The HTTP statuses with which a witness answers (tlog-witness, add-checkpoint).
public enum WitnessStatus: Int, Sendable, Hashable {
  /// The answer has cosignatures.
  case ok = 200
  /// The request is not of its form, or its old size is greater than its checkpoint's.
  case badRequest = 400
  /// No key that is trusted for the log has signed the checkpoint, or a signature of one is wrong.
  case forbidden = 403
  /// The log is not known to the witness.
  case notFound = 404
  /// The witness's last checkpoint has another size, which is the answer's body.
  case conflict = 409
  /// The checkpoint does not follow from the last one by this proof.
  case unprocessable = 422
}

/// Why a witness does not cosign.
public struct WitnessRefusal: Error, Hashable, CustomStringConvertible {
  /// The media type of the body that goes with ``WitnessStatus/conflict``.
  public static let sizeMediaType = "text/x.tlog.size"

  /// The status to answer with.
  public let status: WitnessStatus
  /// What was refused.
  public let refusal: LogRefusal
  /// The size of the last checkpoint cosigned, where that is what the log has to be told.
  public let latestSize: UInt64?

  init(_ status: WitnessStatus, _ refusal: LogRefusal, latestSize: UInt64? = nil) {
    self.status = status
    self.refusal = refusal
    self.latestSize = latestSize
  }

  /// The body to answer with: the size and a newline, or the sentence and a newline.
  public var body: String { latestSize.map { "\($0)\n" } ?? "\(refusal)\n" }

  /// One sentence.
  public var description: String { refusal.description }
}

extension LogOrigin {
  /// The name under which a witness shows its last checkpoint of the log: SHA-256 of the origin, in lower-case hexadecimal
  /// (tlog-witness, monitor retrieval mechanism).
  public var hash: Digest { Digest(of: utf8) }
}
