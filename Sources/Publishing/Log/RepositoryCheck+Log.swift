package import Basics
internal import Improvements
internal import Linux
internal import TUF
internal import TransparencyLog

extension RepositoryCheck {
  /// What a folder's log and proofs leave to be desired, by the policy of witnesses that it signs itself.
  ///
  /// Without a policy nothing is proven to anybody, which is only to be seen to.
  package static func logFindings(in path: String, rootFile: String?, now: UTCTime) async throws -> [Finding] {
    let directory = try Directory(path: path)
    let root = try root(of: directory, rootFile: rootFile)
    return try await RepositoryCheck(directory: directory).logFindings(pinnedRoot: root, now: now)
  }

  func logFindings(pinnedRoot: [UInt8], now: UTCTime) async throws -> [Finding] {
    let trusted = try await metadata(pinnedRoot: pinnedRoot, now: now)
    guard let target = trusted.targets.first(where: { "\($0.path)" == Workspace.policyTarget }) else {
      return [
        Finding(sentence: "there is no policy of witnesses: nothing is proven to be in a public log", isFault: false)
      ]
    }
    let policy = try LogPolicy(parsing: try bytes(of: target, limit: LogLimits.policyByteCount))
    var findings: [Finding] = []
    if policy.operatorsNeeded < 2 {
      let who = policy.soleOperators.first.map { "\($0) alone can meet its quorum" } ?? "it asks for no witness"
      findings.append(
        Finding(sentence: "the policy of witnesses takes fewer than two operators: \(who)", isFault: false))
    }
    for entry in try entries(of: trusted) {
      if let reason = try fault(of: entry, policy) {
        findings.append(Finding(sentence: "not proven to be logged: \(entry): \(reason)", isFault: true))
      }
    }
    return findings
  }

  private func entries(of trusted: TrustedRepository) throws -> [LogEntry] {
    var entries: [LogEntry] = []
    for version in 1...(trusted.role("root")?.version ?? 1) {
      let file = try RepositoryFolder.metadata.file("\(version).root.json")
      guard let bytes = try directory.readIfPresent(file, limit: Workspace.fileByteLimit) else {
        throw PublishingError.missingFile("\(file)")
      }
      entries.append(.root(version: Int64(version), digest: Digest(of: bytes)))
    }
    for target in trusted.targets {
      let entry = try LogEntry(
        targetPath: "\(target.path)", reading: { try bytes(of: target, limit: Manifest.byteLimit) })
      if let entry, !entries.contains(entry) { entries.append(entry) }
    }
    return entries
  }

  private func fault(of entry: LogEntry, _ policy: LogPolicy) throws -> String? {
    let path = try Workspace.path(entry.proofPath)
    guard let bytes = try directory.readIfPresent(path, limit: LogLimits.noteByteCount) else {
      return "\(path) is missing"
    }
    do throws(LogRefusal) {
      _ = try LogProof(parsing: bytes).verify(leafHash: entry.leafHash, policy: policy)
      return nil
    } catch { return "\(error)" }
  }
}
