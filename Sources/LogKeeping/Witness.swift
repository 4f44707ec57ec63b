package import Basics
package import Linux
package import TransparencyLog

/// A witness's record: of each log the last checkpoint that it has cosigned, on the disk before anybody hears of it.
///
/// An actor, and nothing in it waits: what is checked and what is stored are one step.
package actor Witness {
  private let directory: Directory
  private let key: SignerKey
  private let logs: [LogOrigin: [VerifierKey]]
  private var records: [LogOrigin: Record] = [:]
  private let lock: FileDescriptor
  private let didPersist: @Sendable () -> Void

  /// What is kept of a log: the last checkpoint with the log's signatures and the witness's own, and no others.
  ///
  /// Anybody may add lines to a checkpoint that the log has signed. Kept, they could make a record that is too long to be
  /// read again, and the witness would not begin another time.
  private struct Record {
    let signed: SignedCheckpoint
    /// When it was cosigned, in seconds since 1970.
    let timestamp: UInt64

    init(_ signed: SignedCheckpoint, of log: [VerifierKey], by own: VerifierKey) throws(LogRefusal) {
      self.signed = try signed.keeping(log + [own])
      let found = try self.signed.verify(with: log + [own])
      timestamp = found.compactMap(\.timestamp).first ?? 0
      guard self.signed.bytes.count <= LogLimits.noteByteCount else {
        throw .tooMuch(
          what: "the checkpoint", count: self.signed.bytes.count, limit: LogLimits.noteByteCount, of: "bytes")
      }
    }
  }

  /// What a witness answers.
  package struct Answer: Sendable, Hashable {
    /// The HTTP status.
    package let status: WitnessStatus
    /// The body.
    package let body: String
    /// Whether the body is a tree's size.
    package let isSize: Bool
  }

  /// Opens a witness's folder; one program at a time may.
  ///
  /// - Parameters:
  ///   - key: a key that makes cosignatures.
  ///   - logs: the keys of the logs that it knows.
  ///   - didPersist: told when a record is on the disk and nobody was answered yet; for tests.
  package init(
    opening directory: Directory, key: SignerKey, logs: [VerifierKey], didPersist: @escaping @Sendable () -> Void = {}
  ) throws {
    guard key.verifier.type == .cosignature else {
      throw LogRefusal.wrongKeyUse(name: "\(key.verifier.name)", wanted: "cosign a checkpoint: it signs notes")
    }
    lock = try directory.lockFile(try Self.path(".lock"))
    do { try lock.lock() } catch {
      guard error.isLocked else { throw error }
      throw LogKeepingError.inUse(folder: directory.path)
    }
    try directory.clearLeftovers()
    self.directory = directory
    self.key = key
    self.logs = Dictionary(grouping: logs) { LogOrigin($0.name) }
    self.didPersist = didPersist
    for (origin, keys) in self.logs {
      let file = try Self.file(of: origin)
      guard let bytes = try directory.readIfPresent(file, limit: LogLimits.noteByteCount) else { continue }
      // Better no witness than one that has forgotten: what cannot be read stops it.
      do {
        let record = try Record(try SignedCheckpoint(parsing: bytes), of: keys, by: key.verifier)
        guard record.signed.checkpoint.origin == origin else { throw LogRefusal.unknownLog(origin: "\(origin)") }
        records[origin] = record
      } catch { throw LogKeepingError.badState(file: directory.name(file), reason: "\(error)") }
    }
  }

  /// The last tree of a log that was cosigned.
  package func latest(of origin: LogOrigin) -> Checkpoint? { records[origin]?.signed.checkpoint }

  /// The last checkpoint that was cosigned of the log whose origin has this digest, as it was answered; nil where there
  /// is none (tlog-witness, monitor retrieval mechanism).
  package func checkpoint(ofOrigin hash: Digest) -> [UInt8]? {
    records.first { $0.key.hash == hash }?.value.signed.bytes
  }

  /// Answers a request to cosign (tlog-witness, add-checkpoint).
  ///
  /// - Parameter timestamp: seconds since 1970. A clock that was set back makes no cosignature that says an earlier time
  ///   than the one before: of two trees the larger would be the older one.
  package func addCheckpoint(_ body: [UInt8], timestamp: UInt64) throws -> Answer {
    let request: AddCheckpointRequest
    do { request = try AddCheckpointRequest(parsing: body) } catch {
      return Answer(status: .badRequest, body: "\(error)\n", isSize: false)
    }
    let checkpoint = request.checkpoint.checkpoint
    let keys = logs[checkpoint.origin] ?? []
    let former = records[checkpoint.origin]
    do throws(WitnessRefusal) {
      try request.check(latest: former?.signed.checkpoint, keys: keys)
    } catch {
      return Answer(status: error.status, body: error.body, isSize: error.latestSize != nil)
    }
    let cosignature = try key.cosign(checkpoint, timestamp: max(timestamp, former?.timestamp ?? 0, 1))
    let record: Record
    do throws(LogRefusal) {
      var signed = try request.checkpoint.keeping(keys)
      try signed.add(cosignature)
      record = try Record(signed, of: keys, by: key.verifier)
    } catch {
      return Answer(status: .badRequest, body: "\(error)\n", isSize: false)
    }
    try directory.write(record.signed.bytes, to: try Self.file(of: checkpoint.origin))
    records[checkpoint.origin] = record
    didPersist()
    return Answer(status: .ok, body: "\(cosignature)\n", isSize: false)
  }

  private static func file(of origin: LogOrigin) throws -> RelativePath { try path("\(origin.hash).checkpoint") }

  private static func path(_ text: String) throws -> RelativePath {
    guard let path = RelativePath(text) else { throw LogKeepingError.badState(file: text, reason: "it is no path") }
    return path
  }
}
