internal import CanonicalJSON

extension RepositoryEditor {
  /// Delegates paths from top-level targets to a new role, trusted after those before it (specification 4.5).
  ///
  /// Both targets and the new role's own, still empty file are then to be signed.
  ///
  /// - Parameters:
  ///   - role: the new role's name, a word of ASCII letters, digits and `-_.+~@=`.
  ///   - keys: who may sign for it.
  ///   - paths: what it may speak of.
  ///   - isTerminating: whether no later role is asked for these paths.
  public mutating func delegate(
    to role: String, keys: RoleKeys, paths: DelegatedPaths, isTerminating: Bool = false
  ) throws(Refusal) {
    guard Delegation.isRoleName(role) else { throw .badRoleName(file: "targets.json", name: role) }
    guard delegated[role] == nil else { throw .roleExists(role) }
    var copy = self
    copy.targets.edit { members in
      var delegations = members["delegations"]?.object ?? ["keys": [:], "roles": []]
      var object: [String: JSON] = ["name": .string(role), "terminating": .bool(isTerminating)]
      switch paths {
      case .patterns(let patterns): object["paths"] = .array(patterns.map { .string($0.description) })
      case .hashPrefixes(let prefixes): object["path_hash_prefixes"] = .array(prefixes.map { .string($0) })
      }
      let roles = delegations["roles"]?.array ?? []
      delegations["roles"] = .array(roles + [.object(keys.members(over: .object(object)))])
      delegations["keys"] = Self.listing(keys, over: delegations["keys"])
      members["delegations"] = .object(delegations)
    }
    // Read back as a client would: limits, patterns, prefixes.
    _ = try copy.targetsMetadata(of: "targets")
    copy.delegated[role] = emptyDraft(of: role)
    self = copy
  }

  /// A first file of a delegated role, or the first since an earlier role of its name ended.
  func emptyDraft(of role: String) -> RoleDraft {
    let last = snapshot.signed["meta"]?[role + ".json"]?["version"]?.integer ?? 0
    return RoleDraft(role: role, type: "targets", members: ["targets": [:]], after: Int(last))
  }

  /// Ends a delegation; snapshot goes on listing the role's last file, as clients demand (5.5.5).
  public mutating func endDelegation(to role: String) throws(Refusal) {
    _ = try delegation(of: role)
    targets.edit { members in
      var delegations = members["delegations"]?.object ?? [:]
      let roles = (delegations["roles"]?.array ?? []).filter { $0["name"] != .string(role) }
      delegations["roles"] = .array(roles)
      members["delegations"] = .object(delegations)
    }
    delegated[role] = nil
  }

  func delegations() -> [Delegation] {
    (try? targetsMetadata(of: "targets").delegations) ?? []
  }

  func delegation(of role: String) throws(Refusal) -> Delegation {
    guard let delegation = delegations().first(where: { $0.role == role }) else { throw .unknownRole(role) }
    return delegation
  }

  mutating func setDelegationKeys(of role: String, to keys: RoleKeys) {
    targets.edit { members in
      var delegations = members["delegations"]?.object ?? [:]
      delegations["keys"] = Self.listing(keys, over: delegations["keys"])
      let roles = (delegations["roles"]?.array ?? []).map { object -> JSON in
        object["name"] == .string(role) ? .object(keys.members(over: object)) : object
      }
      delegations["roles"] = .array(roles)
      members["delegations"] = .object(delegations)
    }
  }

  /// The listed keys with these among them; keys of no role do no harm and are left.
  private static func listing(_ keys: RoleKeys, over existing: JSON?) -> JSON {
    var listed = existing?.object ?? [:]
    for (id, key) in keys.keys { listed[id.hex] = key.json }
    return .object(listed)
  }
}
