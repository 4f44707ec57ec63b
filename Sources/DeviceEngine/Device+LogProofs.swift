internal import Basics
internal import Delivery
internal import Improvements
internal import Journal
internal import TUF
internal import TransparencyLog

/// What a look brings of the public log: the policy, and proofs of what fits.
extension Device {
  /// The target that holds the log policy once top-level targets names it.
  static let logPolicyTarget = "policy/witnesses"

  /// Goes by the log policy that top-level targets names, from now on.
  ///
  /// - Returns: one sentence where it is refused; the former one then stays in force.
  func followLogPolicy(_ target: VerifiedTarget?, _ progress: Progress) async -> [String] {
    guard let target else { return [] }
    do {
      // Delegated roles are online, or many people's: none of them decides who is believed.
      guard target.role == TopLevelRole.targets.rawValue else {
        throw LogHindrance.foreignPolicy(role: target.role)
      }
      guard let digest = target.sha256, try parts.journal.logPolicy()?.digest != digest else { return [] }
      let bytes = try await parts.courier.logPolicy(target, byteLimit: LogLimits.policyByteCount)
      let policy = try LogPolicy(parsing: bytes)
      let former = try logPolicy()
      // A time that other witnesses gave is forgotten with them, as timestamp's is with its key; those who are trusted now
      // give it again with the next proof.
      if let former, former != policy { try parts.journal.setTimeFloor(nil) }
      try parts.journal.record(logPolicy: bytes)
      let needed = policy.operatorsNeeded
      tell(
        ProgressEvent(
          .setting,
          "the log policy is the one that top-level targets signed: \(counted(policy.logs.count, "log", "logs")),"
            + " \(counted(policy.witnesses.count, "witness", "witnesses"))"
            + (needed < 2 ? "; \(needed == 0 ? "no" : "one") operator alone meets its quorum" : "")), progress)
      return []
    } catch {
      return ["the log policy is refused, and the former one holds: \(error)"]
    }
  }

  /// Brings the proof that an entry is logged, where none is here that holds, and writes down what it says.
  ///
  /// A proof that is refused is no failure of the look: whether that hinders is policy's, and `logHindrance` tells.
  func bringProof(of entry: LogEntry) async throws {
    guard let policy = try logPolicy() else { return }
    let known = try parts.journal.logRecord(LogSubject(entry))
    if let known, known.entry == entry, let proof = known.proof,
      (try? LogProof(parsing: proof).verify(leafHash: entry.leafHash, policy: policy)) != nil
    {
      return
    }
    var record = LogRecord(entry: entry, proof: nil, refusal: nil)
    var largest: (origin: Digest, checkpoint: [UInt8])?
    do {
      if let bytes = try await parts.courier.proof(of: entry, byteLimit: LogLimits.noteByteCount) {
        let proof = try LogProof(parsing: bytes)
        let seen = try proof.verify(leafHash: entry.leafHash, policy: policy)
        if try await isLargest(seen, proof.checkpoint, policy) {
          largest = (seen.checkpoint.origin.hash, proof.checkpoint.bytes)
        }
        record = LogRecord(entry: entry, proof: bytes, refusal: nil)
        // As many witnesses as the policy asks for, of two operators or more, say that this time has come.
        if let reached = policy.timeReached(by: seen) {
          try raiseTimeFloor(to: UTCTime(secondsSinceEpoch: Int64(clamping: reached)))
        }
      }
    } catch let error as CancellationError { throw error } catch {
      record = LogRecord(entry: entry, proof: nil, refusal: "\(error)")
    }
    if record != known { try parts.journal.record(record, largest: largest) }
  }

  /// Brings the proof that an entry is logged, and refuses the entry where policy requires that and nothing proves it.
  func requireLogged(_ entry: LogEntry) async throws {
    try await bringProof(of: entry)
    guard settings.transparencyRequired, let reason = try unlogged(parts.journal.logRecord(LogSubject(entry))) else {
      return
    }
    throw LogHindrance.unlogged("\(entry)", reason: reason)
  }

  /// Brings the proof that the root in force is logged, where it is another than the pinned one, which the owner trusts.
  ///
  /// Of a root that nothing proves it is asked once, or in every look where policy requires the log.
  ///
  /// - Parameter version: of the root that the look verified.
  func bringRootProof(version: Int?) async throws {
    guard let version, let root = try parts.courier.newRoot() else { return }
    let entry = LogEntry.root(version: Int64(version), digest: Digest(of: root))
    if !settings.transparencyRequired, try parts.journal.logRecord(.root)?.entry == entry { return }
    try await bringProof(of: entry)
  }

  /// Whether a checkpoint is larger than every one of its log that was seen before; throws where the two are not of one log
  /// that only grows.
  private func isLargest(
    _ seen: CosignedCheckpoint, _ signed: SignedCheckpoint, _ policy: LogPolicy
  ) async throws -> Bool {
    let new = seen.checkpoint
    guard let bytes = try parts.journal.largestCheckpoint(ofOrigin: new.origin.hash) else { return true }
    let former = try SignedCheckpoint(parsing: bytes)
    let old = former.checkpoint
    guard old.size != new.size else {
      guard old.root == new.root else { throw LogRefusal.forked(size: new.size) }
      return false
    }
    let (small, large) = old.size < new.size ? (old, new) : (new, old)
    if let tiles = try await tiles(from: small, to: large) {
      do throws(LogRefusal) {
        try ConsistencyProof(from: small.size, to: large.size, with: tiles)
          .verify(formerRoot: small.root, root: large.root)
      } catch {
        throw LogHindrance.inconsistent(small: small.size, large: large.size)
      }
    } else {
      try checkOrder(former, signed, policy)
    }
    return new.size > old.size
  }

  /// The tiles by which one tree is shown to hold another; nil where the repository does not serve them.
  private func tiles(from small: Checkpoint, to large: Checkpoint) async throws -> TileHashes? {
    let plan = try ProofPlan.consistency(from: small.size, to: large.size)
    var hashes = TileHashes(size: large.size)
    for tile in TileLayout.tiles(for: plan, inSize: large.size) {
      // A partial tile may be gone once it was filled.
      for form in tile.isPartial ? [tile, tile.full] : [tile] {
        guard let bytes = try await parts.courier.logFile("\(form)", byteLimit: form.byteLimit) else { continue }
        try hashes.add(form, bytes: bytes)
        break
      }
      guard hashes.contains(tile) else { return nil }
    }
    return hashes
  }

  /// Without tiles the witnesses' word counts: each says that, at its time, its tree was the largest of the log.
  private func checkOrder(_ former: SignedCheckpoint, _ new: SignedCheckpoint, _ policy: LogPolicy) throws {
    guard policy.operatorsNeeded > 0 else { throw LogHindrance.noTiles }
    let keys = policy.witnesses.map(\.key)
    // By a policy that was replaced since, nobody known may have cosigned the former one.
    let before = (try? former.verify(with: keys)) ?? []
    for signature in try new.verify(with: keys) {
      guard let other = before.first(where: { $0.key == signature.key }), let then = other.timestamp,
        let now = signature.timestamp, then != now
      else { continue }
      let (first, last) = then < now ? (former, new) : (new, former)
      guard first.checkpoint.size < last.checkpoint.size else {
        throw LogRefusal.shrunk(size: last.checkpoint.size, former: first.checkpoint.size)
      }
    }
  }
}

/// Why a proof or a policy is refused for more than what it says itself.
enum LogHindrance: Error, Hashable, CustomStringConvertible {
  /// Policy requires the log, and nothing proves that an entry is in it.
  case unlogged(String, reason: String)
  /// A delegated role names the log policy.
  case foreignPolicy(role: String)
  /// By the log's own tiles one tree does not hold the other.
  case inconsistent(small: UInt64, large: UInt64)
  /// The policy asks for no witness, and the repository does not serve the log's tiles.
  case noTiles

  var description: String {
    switch self {
    case .unlogged(let entry, let reason): "policy requires a public log, and it is not logged (\(entry))\(reason)"
    case .foreignPolicy(let role):
      "the role \(role) names \(Device.logPolicyTarget), which only top-level targets may"
    case .inconsistent(let small, let large):
      "the log has forked, or its tiles are wrong: its tree of \(large) entries is not shown to hold the one of \(small) that"
        + " was seen besides"
    case .noTiles:
      "the log's tiles are not served, and no witness is required that would vouch for the log's only growing"
    }
  }
}
