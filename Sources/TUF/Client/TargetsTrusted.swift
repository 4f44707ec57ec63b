public import Basics

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

  /// The newest signed time that was verified on the way; nil where nothing says one.
  public var signedTime: UTCTime? { trust.signedTime }

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

  /// All that roles say of one target, of which no role's refusal stops the others: for those who trust a statement by
  /// who makes it, and never one role in another's stead.
  ///
  /// Throws where a limit stops the search.
  public mutating func hearing(on path: TargetPath) throws(Refusal) -> HearingStep {
    var refusals: [RoleRefusal] = []
    var found: [VerifiedTarget] = []
    var vouching: [RoleAccount] = []
    if let description = targets.metadata.description(of: path) {
      found.append(target(description))
      vouching.append(targets.account)
    }
    var search = DelegationSearch(HashedPath(path), from: targets.metadata)
    while let step = try search.next() {
      switch standing(of: step.delegation, by: step.delegator) {
      case .needed(let request): return .needs(request)
      case .refused(let refusal): refusals.append(RoleRefusal(role: step.delegation.role, reason: refusal))
      case .trusted(let role):
        if let description = role.metadata.description(of: path) {
          found.append(target(description, by: step))
          vouching.append(role.account)
        }
        search.descend(into: role.metadata, by: step)
      }
    }
    return .held(Hearing(statements: found, accounts: vouching, refusals: refusals))
  }

  private mutating func statements(on path: TargetPath, isFirstEnough: Bool) throws(Refusal) -> StatementStep {
    var found: [VerifiedTarget] = []
    if let description = targets.metadata.description(of: path) { found.append(target(description)) }
    var search = DelegationSearch(HashedPath(path), from: targets.metadata)
    while found.isEmpty || !isFirstEnough, let step = try search.next() {
      switch standing(of: step.delegation, by: step.delegator) {
      case .needed(let request): return .needs(request)
      case .refused(let refusal): throw refusal
      case .trusted(let role):
        if let description = role.metadata.description(of: path) { found.append(target(description, by: step)) }
        // Whoever has heard enough does not look through what else the role delegates.
        if found.isEmpty || !isFirstEnough { search.descend(into: role.metadata, by: step) }
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
        if error.isOfSearch {
          refusals.add(RoleRefusal(role: "\(path)", reason: error), of: TopLevelRole.targets.rawValue)
        }
      }
    }
    for request in walk.missing {
      refusals.add(RoleRefusal(role: request.role, reason: .absent(file: request.file.name)), of: request.delegators[0])
    }
    return TrustedRepository(targets: found, roles: accounts + walk.trusted.map(\.account), refusals: refusals.all)
  }

  /// Everything, as far as it is here.
  public consuming func finish() throws(Refusal) -> TrustedRepository { try repository(matching: nil) }

  /// The delegated roles that are trusted, each once, in the order of trust.
  mutating func trustedRoles() throws(Refusal) -> [Verified<TargetsMetadata>] { try walk(nil).trusted }

  private struct Walk {
    var trusted: [Verified<TargetsMetadata>] = []
    var missing: [RoleRequest] = []
    var refusals = RefusalList()
  }

  /// One role's word on another, by their names.
  private struct Way: Hashable {
    let delegator: String
    let role: String
  }

  /// Every role that may speak of some paths, each once, and every reason why one may not, in the order of trust.
  ///
  /// A role that several name is walked on from by each one's leave, since they may give it different paths.
  private mutating func walk(_ patterns: [PathPattern]?) throws(Refusal) -> Walk {
    let wanted = patterns?.map { WantedPattern($0) }
    var walk = Walk()
    var trusted: Set<String> = []
    var ways: Set<Way> = []
    // Where the request for a role stands, so that every delegator's word on it is in one.
    var asked: [String: Int] = [:]
    var stack = edges(of: targets.metadata, TopLevelRole.targets.rawValue, within: nil, wanted, &walk)
    while let (delegation, delegator) = stack.popLast() {
      guard ways.insert(Way(delegator: delegator, role: delegation.role)).inserted else { continue }
      guard ways.count <= Limits.delegationsPerListing else {
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
        walk.refusals.add(RoleRefusal(role: delegation.role, reason: refusal), of: delegator)
      case .trusted(let role):
        if trusted.insert(delegation.role).inserted { walk.trusted.append(role) }
        stack += edges(of: role.metadata, delegation.role, within: delegation.paths, wanted, &walk).filter {
          !ways.contains(Way(delegator: $0.1, role: $0.0.role))
        }
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
      var effort = Effort()
      let concerned = try role.delegations.meeting(wanted, &effort)
      guard let paths else { return concerned.reversed().map { ($0, name) } }
      var within: [(Delegation, String)] = []
      for delegation in concerned where try delegation.paths.meets(paths, &effort) { within.append((delegation, name)) }
      return within.reversed()
    } catch {
      walk.refusals.add(RoleRefusal(role: name, reason: error), of: name)
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

  private func target(_ description: TargetDescription, by step: DelegationSearch.Step? = nil) -> VerifiedTarget {
    VerifiedTarget(
      description, role: step?.delegation.role ?? TopLevelRole.targets.rawValue, delegators: step?.delegators ?? [],
      usesConsistentSnapshots: trust.root.usesConsistentSnapshots)
  }
}
