internal import CanonicalJSON

extension RepositoryEditor {
  // MARK: What is delegated

  /// The names of the delegated roles of every level, each once, in order of trust.
  public var delegatedRoles: [String] {
    var names: [String] = []
    var seen: Set<String> = []
    var stack = Array(delegations(of: "targets").reversed())
    while let delegation = stack.popLast() {
      guard seen.insert(delegation.role).inserted else { continue }
      names.append(delegation.role)
      stack += delegations(of: delegation.role).reversed()
    }
    return names
  }

  /// The roles that delegate to a role, in order of trust.
  public func delegators(of role: String) -> [String] {
    (["targets"] + delegatedRoles).filter { name in delegationsMade(by: name)?.delegation(to: role) != nil }
  }

  /// The hashed bin that a path belongs to, of those that a role delegates to; nil where it delegates to none.
  public func bin(of path: TargetPath, from delegator: String = "targets") -> String? {
    guard case .bins(let bins) = delegationsMade(by: delegator) else { return nil }
    return bins.bin(of: HashedPath(path)).role
  }

  // MARK: Delegate

  /// Delegates paths to a role, trusted after those before it (specification 4.5).
  ///
  /// Both the delegator and a new role's own, still empty file are then to be signed. A role that is there already may be
  /// delegated to by another one as well; its file then needs the signatures that each of them wants.
  ///
  /// - Parameters:
  ///   - role: the role's name, a word of ASCII letters, digits and `-_.+~@=`.
  ///   - delegator: `targets`, or a delegated role.
  ///   - keys: who may sign for it.
  ///   - paths: what it may speak of.
  ///   - isTerminating: whether no later role is asked for these paths.
  public mutating func delegate(
    to role: String, from delegator: String = "targets", keys: RoleKeys, paths: DelegatedPaths,
    isTerminating: Bool = false
  ) throws(Refusal) {
    guard Delegation.isPlainRoleName(role) else { throw .badRoleName(file: "\(delegator).json", name: role) }
    guard try targetsMetadata(of: delegator).delegations.delegation(to: role) == nil else { throw .roleExists(role) }
    var copy = self
    try copy.editDelegations(of: delegator) { delegations in
      var object: [String: JSON] = ["name": .string(role), "terminating": .bool(isTerminating)]
      switch paths {
      case .patterns(let patterns): object["paths"] = .array(patterns.map { .string($0.description) })
      case .hashPrefixes(let prefixes): object["path_hash_prefixes"] = .array(prefixes.map { .string($0) })
      }
      let roles = delegations["roles"]?.array ?? []
      delegations["roles"] = .array(roles + [.object(keys.members(over: .object(object)))])
      delegations["keys"] = Self.listing(keys, over: delegations["keys"])
    }
    // Read back as a client would: limits, patterns, prefixes.
    _ = try copy.targetsMetadata(of: delegator)
    if copy.delegated[role] == nil { copy.delegated[role] = emptyDraft(of: role) }
    self = copy
  }

  /// Delegates all paths to hashed bins that share keys (TAP 15): 2 to the power of `bitLength` roles, each with the
  /// targets whose digest begins with its number, so that a client gets one small file for one target.
  ///
  /// - Parameters:
  ///   - prefix: what the bins' names begin with: `PREFIX-NUMBER`.
  ///   - bitLength: from 1 to 14.
  ///   - delegator: `targets`, or a delegated role; one that delegates to nobody yet.
  ///   - keys: who may sign for the bins.
  public mutating func delegateToBins(
    prefix: String, bitLength: Int, from delegator: String = "targets", keys: RoleKeys
  ) throws(Refusal) {
    guard Delegation.isPlainRoleName(prefix) else { throw .badRoleName(file: "\(delegator).json", name: prefix) }
    guard bitLength < Int.bitWidth - 1, 1 << max(bitLength, 1) <= Limits.rolesPerRefresh else {
      throw .tooManyRoles(limit: Limits.rolesPerRefresh)
    }
    guard try targetsMetadata(of: delegator).delegations.isEmpty else {
      throw .delegationsUnclear(file: "\(delegator).json")
    }
    var copy = self
    try copy.editDelegations(of: delegator) { delegations in
      delegations["roles"] = nil
      delegations["succinct_roles"] = .object(
        keys.members(over: ["name_prefix": .string(prefix), "bit_length": .integer(Int64(bitLength))]))
      delegations["keys"] = Self.listing(keys, over: delegations["keys"])
    }
    guard case .bins(let bins) = try copy.targetsMetadata(of: delegator).delegations else { return }
    for bin in 0..<bins.count {
      let role = bins.name(of: bin)
      guard copy.delegated[role] == nil else { throw .roleExists(role) }
      copy.delegated[role] = emptyDraft(of: role)
    }
    self = copy
  }

  /// Ends a delegation by name; snapshot goes on listing the role's last file, as clients demand (5.5.5).
  ///
  /// A role that nobody delegates to any more ends with it, and so do those that only it delegated to.
  public mutating func endDelegation(to role: String, from delegator: String = "targets") throws(Refusal) {
    guard case .named = delegationsMade(by: delegator), delegation(of: role, by: delegator) != nil else {
      throw .unknownRole(role)
    }
    try editDelegations(of: delegator) { delegations in
      let roles = (delegations["roles"]?.array ?? []).filter { $0["name"] != .string(role) }
      delegations["roles"] = .array(roles)
    }
    let reached = Set(delegatedRoles)
    for name in Array(delegated.keys) where !reached.contains(name) { delegated[name] = nil }
  }

  /// Gives all hashed bins of a role other keys or another threshold; their files are then to be signed anew.
  public mutating func setBinKeys(from delegator: String = "targets", to keys: RoleKeys) throws(Refusal) {
    guard case .bins(let bins) = delegationsMade(by: delegator) else { throw .unknownRole(delegator) }
    try editDelegations(of: delegator) { delegations in
      delegations["keys"] = Self.listing(keys, over: delegations["keys"])
      delegations["succinct_roles"] = .object(keys.members(over: delegations["succinct_roles"]))
    }
    for bin in 0..<bins.count { try renew(bins.name(of: bin)) }
  }

  // MARK: Within

  /// A first file of a delegated role, or the first since an earlier role of its name ended.
  func emptyDraft(of role: String) -> RoleDraft {
    let last = snapshot.signed["meta"]?[role + ".json"]?["version"]?.integer ?? 0
    return RoleDraft(role: role, type: "targets", members: ["targets": [:]], after: Int(last))
  }

  /// What a role delegates; nil for a role that is not here or cannot be read.
  func delegationsMade(by role: String) -> Delegations? { try? targetsMetadata(of: role).delegations }

  /// What a role delegates, bins included.
  func delegations(of role: String) -> [Delegation] { (try? delegationsMade(by: role)?.all()) ?? [] }

  func delegation(of role: String, by delegator: String) -> Delegation? {
    delegationsMade(by: delegator)?.delegation(to: role)
  }

  /// Every delegation to a role, in order of trust; refused where there is none.
  func delegations(to role: String) throws(Refusal) -> [Delegation] {
    let found = delegators(of: role).compactMap { delegation(of: role, by: $0) }
    guard !found.isEmpty else { throw .unknownRole(role) }
    return found
  }

  /// Whether some chain of delegations from top-level targets to a role allows a path at each step (4.5).
  func allows(_ path: TargetPath, in role: String) -> Bool {
    guard role != "targets" else { return true }
    let hashed = HashedPath(path)
    var stack = ["targets"]
    var seen: Set<String> = []
    while let name = stack.popLast() {
      for delegation in delegationsMade(by: name)?.allowing(hashed) ?? [] where seen.insert(delegation.role).inserted {
        if delegation.role == role { return true }
        stack.append(delegation.role)
      }
    }
    return false
  }

  mutating func setDelegationKeys(of role: String, by delegator: String, to keys: RoleKeys) throws(Refusal) {
    try editDelegations(of: delegator) { delegations in
      delegations["keys"] = Self.listing(keys, over: delegations["keys"])
      let roles = (delegations["roles"]?.array ?? []).map { object -> JSON in
        object["name"] == .string(role) ? .object(keys.members(over: object)) : object
      }
      delegations["roles"] = .array(roles)
    }
  }

  private mutating func editDelegations(
    of delegator: String, _ body: (inout [String: JSON]) -> Void
  ) throws(Refusal) {
    try edit(delegator) { members in
      var delegations = members["delegations"]?.object ?? ["keys": [:], "roles": []]
      body(&delegations)
      members["delegations"] = .object(delegations)
    }
  }

  /// The listed keys with these among them; keys of no role do no harm and are left.
  private static func listing(_ keys: RoleKeys, over existing: JSON?) -> JSON {
    var listed = existing?.object ?? [:]
    for (id, key) in keys.keys { listed[id.text] = key.json }
    return .object(listed)
  }
}
