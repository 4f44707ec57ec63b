/// Top-level targets are known; what is left are the roles that they delegate to, to any depth (specification 5.6.7).
///
/// Ask for a target with ``search(for:)``, or for what may speak of some paths with ``missing(for:)``; get the files that
/// the answer names, give them to ``take(_:for:)``, and ask again. Nothing is needed that was not asked for.
///
/// A delegated role that is refused does not stop the others, or one stream's keeper could stop every stream. No role
/// after it may speak of its paths in its stead: “If any metadata requested … cannot be downloaded nor validated, end the
/// search and report that the target cannot be found.”
public struct TargetsTrusted: ~Copyable, Sendable {
  let trust: Trust
  let accounts: [RoleAccount]
  let snapshot: SnapshotMetadata
  let targets: Verified<TargetsMetadata>
  private var files = RoleFiles()

  init(trust: Trust, accounts: [RoleAccount], snapshot: SnapshotMetadata, targets: Verified<TargetsMetadata>) {
    self.trust = trust
    self.accounts = accounts
    self.snapshot = snapshot
    self.targets = targets
  }

  /// The trusted top-level targets, byte for byte, to be kept (5.6.6).
  public var bytes: [UInt8] { targets.bytes }

  // MARK: One target

  /// One target as the first role that speaks of it describes it.
  ///
  /// Throws the reason where a role that is asked before any other has answered was refused.
  public mutating func search(for path: TargetPath) throws(Refusal) -> SearchStep {
    switch try statements(on: path, isFirstEnough: true) {
    case .needs(let request): .needs(request)
    case .made(let statements): statements.first.map { .found($0) } ?? .absent
    }
  }

  /// All that roles say of one target, in the order of trust, nothing after a terminating delegation: for those who want
  /// several roles to say the same.
  ///
  /// Throws the reason where a role that is asked was refused.
  public mutating func statements(on path: TargetPath) throws(Refusal) -> StatementStep {
    try statements(on: path, isFirstEnough: false)
  }

  private mutating func statements(on path: TargetPath, isFirstEnough: Bool) throws(Refusal) -> StatementStep {
    var found: [VerifiedTarget] = []
    if let description = targets.metadata.description(of: path) {
      found.append(target(description, of: TopLevelRole.targets.rawValue))
    }
    var search = DelegationSearch(HashedPath(path), from: targets.metadata)
    while found.isEmpty || !isFirstEnough, let step = try search.next() {
      switch standing(of: step.delegation, by: step.delegator) {
      case .needed(let request): return .needs(request)
      case .refused(let refusal): throw refusal
      case .trusted(let role):
        if let description = role.metadata.description(of: path) {
          found.append(target(description, of: step.delegation.role))
        }
        search.descend(into: role.metadata, by: step)
      }
    }
    return .made(found)
  }

  // MARK: Many targets

  /// The files to get before all is known of the paths that these patterns match, or of all paths where there are none.
  ///
  /// Roles that can say nothing of these paths are left alone. Ask again with what was got: it may delegate further.
  public mutating func missing(for patterns: [PathPattern]?) throws(Refusal) -> [RoleRequest] {
    try walk(patterns).missing
  }

  /// The targets that these patterns match, or all where there are none, as far as their roles' files are here; a role
  /// whose file is not counts as absent.
  public mutating func repository(matching patterns: [PathPattern]?) throws(Refusal) -> TrustedRepository {
    let walk = try walk(patterns)
    var found: [VerifiedTarget] = []
    var seen: Set<TargetPath> = []
    var refusals = walk.refusals
    for description in targets.metadata.targets + walk.trusted.flatMap(\.metadata.targets) {
      let path = description.path
      guard patterns?.contains(where: { $0.matches(path) }) ?? true, seen.insert(path).inserted else { continue }
      do throws(Refusal) {
        if case .found(let target) = try search(for: path) { found.append(target) }
      } catch {
        // What stands for a role that was refused is told once, with the role.
        if error.isOfSearch { refusals.append(RoleRefusal(role: "\(path)", reason: error)) }
      }
    }
    refusals += walk.missing.map { RoleRefusal(role: $0.role, reason: .absent(file: $0.file.name)) }
    return TrustedRepository(targets: found, roles: accounts + walk.trusted.map(\.account), refusals: refusals)
  }

  /// Everything, as far as it is here.
  public consuming func finish() throws(Refusal) -> TrustedRepository { try repository(matching: nil) }

  /// The delegated roles that are trusted, each once, in the order of trust.
  mutating func trustedRoles() throws(Refusal) -> [Verified<TargetsMetadata>] { try walk(nil).trusted }

  private struct Walk {
    var trusted: [Verified<TargetsMetadata>] = []
    var missing: [RoleRequest] = []
    var refusals: [RoleRefusal] = []
  }

  /// Every role that may speak of some paths, each once, and every reason why one may not, in the order of trust.
  private mutating func walk(_ patterns: [PathPattern]?) throws(Refusal) -> Walk {
    let wanted = patterns?.map { WantedPattern($0) }
    var walk = Walk()
    var descended: Set<String> = []
    // Where the request for a role stands, so that every delegator's word on it is in one.
    var asked: [String: Int] = [:]
    var stack = edges(of: targets.metadata, TopLevelRole.targets.rawValue, within: nil, wanted, &walk)
    var count = 0
    while let (delegation, delegator) = stack.popLast() {
      count += 1
      guard count <= Limits.delegationsPerListing else {
        throw .tooManyDelegationsFollowed(limit: Limits.delegationsPerListing)
      }
      switch standing(of: delegation, by: delegator) {
      case .needed(let request):
        if let index = asked[delegation.role] {
          walk.missing[index].edges += request.edges
        } else {
          asked[delegation.role] = walk.missing.count
          walk.missing.append(request)
        }
      case .refused(let refusal):
        walk.refusals.append(RoleRefusal(role: delegation.role, reason: refusal))
      case .trusted(let role):
        guard descended.insert(delegation.role).inserted else { continue }
        walk.trusted.append(role)
        stack += edges(of: role.metadata, delegation.role, within: delegation.paths, wanted, &walk)
      }
    }
    return walk
  }

  /// The delegations of a role that concern some paths and what the role itself may speak of, last first.
  private func edges(
    of role: TargetsMetadata, _ name: String, within paths: DelegatedPaths?, _ wanted: [WantedPattern]?,
    _ walk: inout Walk
  ) -> [(Delegation, String)] {
    do throws(Refusal) {
      let concerned = try role.delegations.meeting(wanted).filter { delegation in
        paths.map { delegation.paths.meets($0) } ?? true
      }
      return concerned.reversed().map { ($0, name) }
    } catch {
      walk.refusals.append(RoleRefusal(role: name, reason: error))
      return []
    }
  }

  // MARK: Files

  /// Takes a role's file, fetched or stored; where it is refused, throws why.
  ///
  /// A file that snapshot describes and other keys than these have signed may be another delegator's, and is kept for it.
  public mutating func take(_ bytes: [UInt8], for request: RoleRequest) throws(Refusal) {
    guard files.count < Limits.rolesPerRefresh else { throw .tooManyRoles(limit: Limits.rolesPerRefresh) }
    try files.take(bytes, for: request, trust, snapshot)
  }

  /// Records why there is no file of a role.
  public mutating func refuse(_ request: RoleRequest, _ refusal: Refusal) {
    files.refuse(request.role, refusal)
  }

  private enum Standing {
    case needed(RoleRequest)
    case refused(Refusal)
    case trusted(Verified<TargetsMetadata>)
  }

  private mutating func standing(of delegation: Delegation, by delegator: String) -> Standing {
    switch files.role(delegation, of: delegator, trust, snapshot) {
    case .success(let role): return .trusted(role)
    case .failure(let refusal): return .refused(refusal)
    case nil: break
    }
    do throws(Refusal) {
      let file = try MetadataRequest(
        delegation.role, described: try snapshot.description(of: delegation.role),
        byteLimit: Limits.targetsByteCount, usesConsistentSnapshots: trust.root.usesConsistentSnapshots)
      let edge = RoleRequest.Edge(delegation: delegation, delegator: delegator)
      return .needed(RoleRequest(role: delegation.role, file: file, edges: [edge]))
    } catch {
      files.refuse(delegation.role, error)
      return .refused(error)
    }
  }

  private func target(_ description: TargetDescription, of role: String) -> VerifiedTarget {
    VerifiedTarget(description, role: role, usesConsistentSnapshots: trust.root.usesConsistentSnapshots)
  }
}
