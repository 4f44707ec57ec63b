public import Basics

/// A whole repository as its publisher wants to see it before it goes out: what every client trusts, and what none would.
///
/// It runs the client's own steps from a pinned root to the last delegated role.
public struct RepositoryAudit: Sendable {
  /// What clients trust.
  public let repository: TrustedRepository
  /// What is wrong, or to be seen to, in the order of trust.
  public let findings: [Finding]

  /// Whether every role is trusted, and every target is there that one describes; what only is to be seen to does no harm.
  public var isSound: Bool { findings.allSatisfy { !$0.isFault } }

  /// Something that a publisher should know.
  public enum Finding: Sendable, Hashable {
    /// A delegated role that clients leave out.
    case leftOut(RoleRefusal)
    /// A role describes a target of which no delegation lets it speak.
    case stray(role: String, path: TargetPath)
    /// A target's file is not in the repository.
    case missing(path: TargetPath, filePath: String)
    /// A target's file is not the one that is described.
    case wrong(path: TargetPath, filePath: String)
    /// A role describes a target of which an earlier role speaks.
    case overridden(role: String, path: TargetPath, by: String)
    /// Snapshot lists a role to which nobody delegates; it must go on listing it (5.5.5).
    case unreached(role: String)
    /// A role's file expires soon.
    case expiresSoon(role: String, expires: UTCTime)

    /// Whether it is a fault, and not only to be seen to.
    public var isFault: Bool {
      switch self {
      case .leftOut, .stray, .missing, .wrong: true
      case .overridden, .unreached, .expiresSoon: false
      }
    }
  }

  /// Verifies a repository's files.
  ///
  /// Throws ``Refusal`` where root, timestamp, snapshot or top-level targets are not trusted, and what the closures throw.
  ///
  /// - Parameters:
  ///   - pinnedRoot: the root that clients begin with.
  ///   - now: the time at which clients would look.
  ///   - soon: what expires until then is told.
  ///   - read: gives the bytes of a file of the metadata folder by its name, nil where there is none.
  ///   - target: gives the bytes of a file of the targets folder by its path, nil where there is none; without it, targets
  ///     are not looked at.
  public init(
    pinnedRoot: [UInt8], now: UTCTime, soon: UTCTime, reading read: (String) throws -> [UInt8]?,
    target: ((String) throws -> [UInt8]?)? = nil
  ) throws {
    func require(_ request: MetadataRequest) throws -> [UInt8] {
      guard let bytes = try read(request.name) else { throw Refusal.absent(file: request.name) }
      return bytes
    }
    var update = try RootUpdate(pinned: pinnedRoot, recorded: nil, now: now)
    while let bytes = try read(update.nextRequest.name) { try update.advance(to: bytes) }
    let root = try update.settle()
    let timestampBytes = try require(root.timestampRequest)
    let nothing = root.recall(timestamp: nil, snapshot: nil)
    let timestamp = try root.timestamp(timestampBytes, after: nothing)
    let snapshotBytes = try require(timestamp.snapshotRequest)
    let snapshot = try timestamp.snapshot(snapshotBytes)
    let targetsBytes = try require(snapshot.targetsRequest)
    var targets = try snapshot.targets(targetsBytes)
    var requests = try targets.missing(for: nil)
    while !requests.isEmpty {
      for request in requests {
        do {
          guard let bytes = try read(request.file.name) else { throw Refusal.absent(file: request.file.name) }
          try targets.take(bytes, for: request)
        } catch let refusal as Refusal {
          targets.refuse(request, refusal)
        }
      }
      requests = try targets.missing(for: nil)
    }
    repository = try targets.repository(matching: nil)
    var findings = repository.refusals.map { Finding.leftOut($0) }
    findings += try targets.describedInVain(beside: repository)
    if let target { findings += try Self.files(of: repository, target) }
    let reached = Set(repository.roles.map(\.role) + repository.refusals.map(\.role))
    findings += targets.listedRoles.filter { !reached.contains($0) }.map { .unreached(role: $0) }
    findings += repository.roles.filter { $0.expires <= soon }.map { .expiresSoon(role: $0.role, expires: $0.expires) }
    self.findings = findings
  }

  private static func files(
    of repository: TrustedRepository, _ read: (String) throws -> [UInt8]?
  ) throws -> [Finding] {
    try repository.targets.compactMap { target in
      guard let bytes = try read(target.filePath) else {
        return .missing(path: target.path, filePath: target.filePath)
      }
      return target.matches(bytes) ? nil : .wrong(path: target.path, filePath: target.filePath)
    }
  }
}

extension RepositoryAudit.Finding: CustomStringConvertible {
  /// One sentence for people.
  public var description: String {
    switch self {
    case .leftOut(let refusal):
      refusal.description
    case .stray(let role, let path):
      "the role \(FileName.remote(role)) describes the target \(path), of which no delegation lets it speak"
    case .missing(let path, let filePath):
      "the target \(path) is described and its file \(filePath) is not there"
    case .wrong(let path, let filePath):
      "the target \(path) is described and its file \(filePath) is another one"
    case .overridden(let role, let path, let by):
      "the role \(FileName.remote(role)) describes the target \(path), of which \(FileName.remote(by)) speaks first"
    case .unreached(let role):
      "snapshot lists the role \(FileName.remote(role)), to which nobody delegates"
    case .expiresSoon(let role, let expires):
      "the role \(FileName.remote(role)) expires at \(expires)"
    }
  }
}

extension TargetsTrusted {
  /// The roles whose files snapshot lists, in order.
  var listedRoles: [String] {
    snapshot.files.keys.filter { $0.hasSuffix(".json") }.map { String($0.dropLast(".json".count)) }.sorted()
  }

  /// What trusted roles describe and clients do not take from them.
  mutating func describedInVain(beside repository: TrustedRepository) throws(Refusal) -> [RepositoryAudit.Finding] {
    var findings: [RepositoryAudit.Finding] = []
    for role in try trustedRoles() {
      for description in role.metadata.targets {
        let path = description.path
        guard let speaker = repository.target(at: path), speaker.role != role.account.role else {
          if repository.target(at: path) == nil { findings.append(.stray(role: role.account.role, path: path)) }
          continue
        }
        var allowed: [VerifiedTarget] = []
        if case .made(let statements) = try statements(on: path) { allowed = statements }
        findings.append(
          allowed.contains { $0.role == role.account.role }
            ? .overridden(role: role.account.role, path: path, by: speaker.role)
            : .stray(role: role.account.role, path: path))
      }
    }
    return findings
  }
}
