internal import Basics
internal import Improvements
internal import Linux
internal import LogKeeping
internal import TUF
internal import TransparencyLog

// The public log of a workspace: `keys/log.key`, the log itself in `log/`, and `proofs/`. What devices pin is a policy of
// witnesses; the workspace's own is the target `policy/witnesses`, signed by the top-level targets role.
extension Workspace {
  /// The target that names logs and witnesses.
  static let policyTarget = "policy/witnesses"
  private static let logKeyFile = "keys/log.key"

  /// Makes an empty log.
  ///
  /// - Returns: the key with which it will be verified, as a line of a policy names it.
  package func makingLog(origin: String) throws -> String {
    guard let name = KeyName(origin) else { throw PublishingError.badOrigin(origin) }
    let folder = try directory.creatingDirectory(RepositoryFolder.log.path)
    guard try directory.status(RepositoryFolder.log.file("checkpoint")) == nil else {
      throw LogKeepingError.alreadyThere(folder: folder.path)
    }
    let file = try Self.path(Self.logKeyFile)
    // A crash may have left the key of a log that was never begun.
    let key =
      try directory.status(file) == nil
      ? LogKeyFile.make(name, type: .ed25519, at: file, in: directory) : LogKeyFile.read(file, in: directory)
    _ = try LogFolder.creating(in: folder, key: key)
    return "\(key.verifier)"
  }

  /// The workspace's log; nil where it has none.
  func log() throws -> LogFolder? {
    guard try directory.status(RepositoryFolder.log.file("checkpoint")) != nil else { return nil }
    let key: SignerKey
    do { key = try LogKeyFile.read(try Self.path(Self.logKeyFile), in: directory) } catch let error as LinuxError {
      guard error.isAbsent else { throw error }
      throw PublishingError.missingKey(files: [Self.logKeyFile], role: "log")
    }
    return try LogFolder(opening: try directory.directory(RepositoryFolder.log.path), key: key)
  }

  /// The policy of witnesses that the repository signs; nil where it has none.
  func witnessPolicy() throws -> LogPolicy? {
    guard let target = try editor().targets(of: "targets").first(where: { "\($0.path)" == Self.policyTarget }) else {
      return nil
    }
    let bytes = try directory.read(try RepositoryFolder.targets.file(target.filePath), limit: LogLimits.policyByteCount)
    guard target.hashes.match(bytes) else { throw PublishingError.otherBytes(file: "targets/\(target.filePath)") }
    return try LogPolicy(parsing: bytes)
  }

  /// What the log must hold before it is published: every root, every improvement, every withdrawal.
  func entries() throws -> [LogEntry] { try RepositoryEntries.read(from: directory) }

  /// What came of logging.
  package struct LogAccount: Sendable, Hashable {
    /// Entries that the log did not hold yet.
    package var added = 0
    /// Proofs that were made.
    package var proofs = 0
    /// The number of entries in the log.
    package var size: UInt64 = 0
    /// The witnesses that have cosigned its checkpoint.
    package var witnesses: [String] = []
    /// Whether a policy of witnesses asks for proofs.
    package var hasPolicy = false
  }

  /// Appends what the log does not hold yet, has witnesses cosign, and makes the proofs; nothing is published yet.
  ///
  /// - Returns: nil where the workspace has no log.
  package func logging() async throws -> LogAccount? {
    let policy = try witnessPolicy()
    guard let log = try log() else {
      guard policy == nil else { throw PublishingError.noLog(folder: directory.path) }
      return nil
    }
    let wanted = try entries()
    var signed = try await log.checkpoint()
    let places = try await LogView(signed.checkpoint, in: log.source).places(of: Set(wanted.map(\.leafHash)))
    let new = wanted.filter { places[$0.leafHash] == nil }
    var account = LogAccount()
    account.added = new.count
    if !new.isEmpty { signed = try await log.append(new.map(\.bytes)) }
    account.size = signed.checkpoint.size
    guard let policy else { return account }
    account.hasPolicy = true
    let unproven = try wanted.filter { try !isProven($0, policy) }
    if (try? policy.evaluate(signed)) == nil {
      let client = LogClient()
      let result = await Result { try await Cosigning(policy, client: client).collect(for: signed, in: log.source) }
      await client.shutdown()
      signed = try result.get()
      try await log.show(signed)
    }
    account.witnesses = try policy.evaluate(signed).cosignatures.map { "\($0.witness.name)" }
    account.proofs = unproven.count
    try await prove(unproven, in: signed, log, policy)
    return account
  }

  private func isProven(_ entry: LogEntry, _ policy: LogPolicy) throws -> Bool {
    guard let bytes = try directory.readIfPresent(Self.path(entry.proofPath), limit: LogLimits.noteByteCount) else {
      return false
    }
    return (try? LogProof(parsing: bytes).verify(leafHash: entry.leafHash, policy: policy)) != nil
  }

  private func prove(
    _ entries: [LogEntry], in signed: SignedCheckpoint, _ log: LogFolder, _ policy: LogPolicy
  ) async throws {
    let view = LogView(signed.checkpoint, in: log.source)
    let places = try await view.places(of: Set(entries.map(\.leafHash)))
    _ = try directory.creatingDirectory(RepositoryFolder.proofs.path)
    for entry in entries {
      guard let place = places[entry.leafHash] else { throw PublishingError.notLogged("\(entry)") }
      let proof = try LogProof(try await view.inclusion(of: entry.leafHash, at: place), in: signed)
      _ = try proof.verify(leafHash: entry.leafHash, policy: policy)
      try directory.write(proof.bytes, to: try Self.path(entry.proofPath))
    }
  }
}

extension Result where Failure == any Error {
  fileprivate init(_ body: () async throws -> Success) async {
    do { self = .success(try await body()) } catch { self = .failure(error) }
  }
}

extension LogEntry {
  /// The entry for a target by its path; nil for a target that is not logged.
  ///
  /// - Parameter reading: gives the target's verified bytes.
  init?(targetPath path: String, reading: () throws -> [UInt8]) throws {
    if let (stream, serial) = Stream.named(byManifestPath: path) {
      self = .publish(stream, serial, manifest: Digest(of: try reading()))
      return
    }
    guard let (stream, serial) = Stream.named(byWithdrawalPath: path) else { return nil }
    let withdrawal = try Withdrawal(parsing: try reading())
    guard withdrawal.stream == stream, withdrawal.serial == serial else {
      throw PublishingError.manifestUnsound(
        path: path, reason: "it withdraws \(withdrawal.stream) \(withdrawal.serial)")
    }
    self = .withdraw(stream, serial, manifest: withdrawal.manifest)
  }
}
