/// A checkpoint that a policy's log has signed, and its witnesses have cosigned as the policy asks.
public struct CosignedCheckpoint: Sendable, Hashable {
  /// A witness, and when it cosigned by its own word.
  public struct Cosignature: Sendable, Hashable {
    /// The witness.
    public let witness: LogPolicy.Witness
    /// Seconds since 1970.
    public let timestamp: UInt64
  }

  /// What it says of the log's tree.
  public let checkpoint: Checkpoint
  /// The log, by the first of its keys that has signed.
  public let log: LogPolicy.Log
  /// By which witnesses, in the order of the signatures; also those that the quorum would not have needed.
  public let cosignatures: [Cosignature]
}

extension LogPolicy {
  /// Checks a checkpoint's signatures against the policy.
  ///
  /// - Throws: ``LogRefusal/unknownLog(origin:)``, ``LogRefusal/unsigned(what:)``, ``LogRefusal/badSignature(name:id:)`` where a log's
  ///   or a witness's signature is wrong, even if there are enough without it, and ``LogRefusal/quorumNotMet(witnesses:quorum:)``.
  public func evaluate(_ signed: SignedCheckpoint) throws(LogRefusal) -> CosignedCheckpoint {
    let checkpoint = signed.checkpoint
    let known = logs.filter { $0.origin == checkpoint.origin }
    guard !known.isEmpty else { throw .unknownLog(origin: checkpoint.origin.description) }
    let logKeys = try signed.note.verified(with: known.map(\.key))
    guard let first = logKeys.first, let log = known.first(where: { $0.key == first.key }) else {
      throw .unsigned(what: "the checkpoint of \(shown(checkpoint.origin.description))")
    }
    guard checkpoint.isPossible else {
      throw .malformed(what: "the checkpoint", reason: "its tree is empty, and its root is not the empty tree's")
    }
    let cosignatures = try signed.note.verified(with: witnesses.map(\.key)).compactMap { signature in
      witnesses.first { $0.key == signature.key }.map {
        CosignedCheckpoint.Cosignature(witness: $0, timestamp: signature.timestamp ?? 0)
      }
    }
    guard isMet(by: Set(cosignatures.map(\.witness.name))) else {
      throw .quorumNotMet(
        witnesses: cosignatures.map(\.witness.name.description), quorum: quorum?.description ?? "none")
    }
    return CosignedCheckpoint(checkpoint: checkpoint, log: log, cosignatures: cosignatures)
  }
}

extension LogPolicy {
  /// The latest time that had surely come when a checkpoint was cosigned: witnesses who meet the quorum say that they
  /// cosigned then or later, in seconds since 1970.
  ///
  /// nil where one operator alone, or none, meets the quorum: nobody's clock is to be believed alone.
  public func timeReached(by cosigned: CosignedCheckpoint) -> UInt64? {
    guard operatorsNeeded > 1 else { return nil }
    var names: Set<PolicyName> = []
    for cosignature in cosigned.cosignatures.sorted(by: { $0.timestamp > $1.timestamp }) {
      names.insert(cosignature.witness.name)
      if isMet(by: names) { return cosignature.timestamp }
    }
    return nil
  }
}
