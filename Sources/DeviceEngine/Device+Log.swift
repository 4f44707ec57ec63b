internal import Basics
internal import Improvements
internal import Journal
internal import TransparencyLog

/// What the device knows of the public log, without asking anybody: from the journal, against the policy in force.
extension Device {
  /// The policy by which proofs are judged: the one that the top-level targets role signed last, else the one that was
  /// pinned at installation; nil where there is neither.
  func logPolicy() throws -> LogPolicy? {
    guard let signed = try parts.journal.logPolicy() else { return settings.logPolicy }
    return try LogPolicy(parsing: signed.bytes)
  }

  /// What is known of an improvement in the log, verified again now: a policy that was replaced since counts.
  func logStanding(of manifest: Manifest) throws -> LogStanding {
    try logStanding(of: parts.journal.logRecord(.publication(manifest.stream, manifest.serial)))
  }

  private func logStanding(of record: LogRecord?) throws -> LogStanding {
    guard let policy = try logPolicy() else { return .notLogged(reason: "no log policy is pinned here") }
    guard let record else { return .notLogged(reason: nil) }
    guard let proof = record.proof else { return .notLogged(reason: record.refusal) }
    do throws(LogRefusal) {
      return .logged(try Self.account(LogProof(parsing: proof).verify(leafHash: record.entry.leafHash, policy: policy)))
    } catch {
      return .notLogged(reason: "\(error)")
    }
  }

  static func account(_ cosigned: CosignedCheckpoint) -> LogStanding.Seen {
    LogStanding.Seen(
      log: "\(cosigned.checkpoint.origin)", size: Int64(cosigned.checkpoint.size),
      witnesses: cosigned.cosignatures.map { "\($0.witness.name)" })
  }

  /// Why an improvement may not be installed for what is known of it, and of the root, in the log; nil where it may.
  func logHindrance(to manifest: Manifest) throws -> String? {
    guard settings.transparencyRequired else { return nil }
    if let root = try parts.journal.logRecord(.root), let reason = try unlogged(root) {
      return "policy requires a public log, and the repository's new \(root.entry) is not logged\(reason)"
    }
    let record = try parts.journal.logRecord(.publication(manifest.stream, manifest.serial))
    return try unlogged(record).map { "policy requires a public log, and this improvement is not logged\($0)" }
  }

  /// Why nothing proves that an entry is logged, to follow a sentence; nil where it is proven.
  func unlogged(_ record: LogRecord?) throws -> String? {
    guard case .notLogged(let reason) = try logStanding(of: record) else { return nil }
    return reason.map { ": \($0)" } ?? ": the repository has no proof of it"
  }
}
