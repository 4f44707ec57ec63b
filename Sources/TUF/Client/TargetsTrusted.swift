/// Top-level targets are known; what is left are the roles that they delegate to (specification 5.6.7).
///
/// A delegated role that is refused does not stop the others, or one stream's keeper could stop every stream. It is
/// accounted for, and no role after it may speak in its stead: “If any metadata requested … cannot be downloaded nor
/// validated, end the search and report that the target cannot be found.”
public struct TargetsTrusted: ~Copyable, Sendable {
  let trust: Trust
  let accounts: [RoleAccount]
  let snapshot: SnapshotMetadata
  let targets: Verified<TargetsMetadata>
  private var verified: [String: Verified<TargetsMetadata>] = [:]
  private var refused: [String: Refusal] = [:]

  init(trust: Trust, accounts: [RoleAccount], snapshot: SnapshotMetadata, targets: Verified<TargetsMetadata>) {
    self.trust = trust
    self.accounts = accounts
    self.snapshot = snapshot
    self.targets = targets
  }

  /// The trusted top-level targets, byte for byte, to be kept (5.6.6).
  public var bytes: [UInt8] { targets.bytes }

  /// The delegated roles in order of appearance, at most ``Limits/delegatedRoles``.
  public var delegatedRoles: [String] { targets.metadata.delegations.map(\.role) }

  /// The file of a delegated role to get; refused where snapshot does not list it.
  public func request(for role: String) throws(Refusal) -> MetadataRequest {
    try MetadataRequest(
      role, described: try description(of: role), byteLimit: Limits.targetsByteCount,
      usesConsistentSnapshots: trust.root.usesConsistentSnapshots)
  }

  /// The delegated targets that these bytes are, if they are those that snapshot describes.
  func verify(_ bytes: [UInt8], as role: String) throws(Refusal) -> Verified<TargetsMetadata> {
    guard let delegation = targets.metadata.delegations.first(where: { $0.role == role }) else {
      throw .unknownRole(role)
    }
    let new = try trust.targets(
      bytes, role: role, keys: delegation.keys, described: try description(of: role))
    // Off-spec: a tree of any depth is specified; this form reads one level.
    guard new.metadata.delegations.isEmpty else { throw .nestedDelegation(file: role + ".json") }
    return new
  }

  /// Takes the file of a delegated role, fetched or stored; where it is refused, the role counts as not yet there.
  public mutating func delegated(_ bytes: [UInt8], as role: String) throws(Refusal) {
    try delegated(try verify(bytes, as: role), as: role)
  }

  mutating func delegated(_ new: Verified<TargetsMetadata>, as role: String) throws(Refusal) {
    // 5.6.5, for each role.
    try new.metadata.header.requireFresh(at: trust.now, file: role + ".json")
    verified[role] = new
    refused[role] = nil
  }

  /// Records why a delegated role is left out.
  public mutating func refuse(_ role: String, _ refusal: Refusal) {
    verified[role] = nil
    refused[role] = refusal
  }

  /// Everything that is verified, in the order of trust; a delegated role that was neither taken nor refused counts as
  /// absent.
  public consuming func finish() -> TrustedRepository {
    var search = TargetSearch(usesConsistentSnapshots: trust.root.usesConsistentSnapshots)
    search.take(targets.metadata.targets)
    var accounts = accounts
    var refusals: [RoleRefusal] = []
    for delegation in targets.metadata.delegations {
      if let role = verified[delegation.role] {
        accounts.append(role.account)
        search.take(role.metadata.targets, from: delegation)
      } else {
        let reason = refused[delegation.role] ?? .absent(file: delegation.role + ".json")
        refusals.append(RoleRefusal(role: delegation.role, reason: reason))
        search.withhold(delegation.paths)
      }
    }
    return TrustedRepository(targets: search.targets, roles: accounts, refusals: refusals)
  }

  private func description(of role: String) throws(Refusal) -> FileDescription {
    guard let described = snapshot.files[role + ".json"] else {
      throw .unlisted(file: role + ".json", by: TopLevelRole.snapshot.fileName)
    }
    return described
  }
}

/// The pre-order search of 5.6.7, for all targets at once.
private struct TargetSearch {
  let usesConsistentSnapshots: Bool
  private(set) var targets: [VerifiedTarget] = []
  private var found: Set<TargetPath> = []
  /// Paths of which no later role may speak.
  private var withheld: [DelegatedPaths] = []

  init(usesConsistentSnapshots: Bool) {
    self.usesConsistentSnapshots = usesConsistentSnapshots
  }

  mutating func take(_ descriptions: [TargetDescription]) {
    for description in descriptions { add(description, role: TopLevelRole.targets.rawValue) }
  }

  mutating func take(_ descriptions: [TargetDescription], from delegation: Delegation) {
    // 4.5: “Clients MUST check that a target is in one of the trusted paths of all roles in a delegation chain”.
    for description in descriptions where delegation.paths.contains(description.path) {
      guard !withheld.contains(where: { $0.contains(description.path) }) else { continue }
      add(description, role: delegation.role)
    }
    // 5.6.7.2.1: after a terminating delegation no later one is asked.
    if delegation.isTerminating { withhold(delegation.paths) }
  }

  mutating func withhold(_ paths: DelegatedPaths) {
    withheld.append(paths)
  }

  /// 4.5: “the metadata of the first delegation will override that of the second delegation”.
  private mutating func add(_ description: TargetDescription, role: String) {
    guard found.insert(description.path).inserted else { return }
    targets.append(
      VerifiedTarget(description, role: role, usesConsistentSnapshots: usesConsistentSnapshots))
  }
}
