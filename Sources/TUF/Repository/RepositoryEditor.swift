public import Basics
internal import CanonicalJSON

/// A repository's metadata on the publisher's side: edit, sign, and get the files to write (specification 6).
///
/// The first edit of a role after it was published begins its next version; every edit drops the signatures of the draft,
/// which no longer fit. ``publish(signingWith:now:lifetimes:)`` signs what has changed and whatever depends on it.
/// Where the keys of a role are kept in several places, ``draft(of:)`` and ``adopt(draft:of:)`` carry a file from one
/// signer to the next.
///
/// A value: an edit or a publication that is refused leaves it as it was.
public struct RepositoryEditor: Sendable {
  var root: RoleDraft
  var targets: RoleDraft
  var snapshot: RoleDraft
  var timestamp: RoleDraft
  var delegated: [String: RoleDraft]
  /// Whether snapshot says length and digest of each file beside its version; timestamp always does.
  ///
  /// The specification leaves it open (4.4); signatures and versions guard as well without, and a snapshot of many roles is
  /// a quarter as long.
  public var describesFully = true
  /// The root keys of the published root, which must sign the next one too.
  var publishedRootKeys: RoleKeys?

  /// A new, empty repository with consistent snapshots.
  public init(root: RoleKeys, targets: RoleKeys, snapshot: RoleKeys, timestamp: RoleKeys) {
    self.root = RoleDraft(
      role: "root", type: "root", members: ["consistent_snapshot": true, "keys": [:], "roles": [:]])
    self.targets = RoleDraft(role: "targets", type: "targets", members: ["targets": [:]])
    self.snapshot = RoleDraft(role: "snapshot", type: "snapshot", members: ["meta": [:]])
    self.timestamp = RoleDraft(role: "timestamp", type: "timestamp", members: ["meta": [:]])
    delegated = [:]
    set([.root: root, .targets: targets, .snapshot: snapshot, .timestamp: timestamp])
  }

  init(root: RoleDraft, targets: RoleDraft, snapshot: RoleDraft, timestamp: RoleDraft, delegated: [String: RoleDraft]) {
    self.root = root
    self.targets = targets
    self.snapshot = snapshot
    self.timestamp = timestamp
    self.delegated = delegated
  }

  // MARK: What there is

  /// The version of a role's file as it is being made, or as it is published where nothing was changed.
  public func version(of role: String) throws(Refusal) -> Int { try draftedRole(role).version }

  /// When a role's file expires; 1970 for one that was never signed.
  public func expiry(of role: String) throws(Refusal) -> UTCTime {
    try MetadataFields(file: role + ".json", signed: try draftedRole(role).signed).time("expires")
  }

  /// Whether a role has been changed since it was published.
  public func isChanged(_ role: String) throws(Refusal) -> Bool { try draftedRole(role).isChanged }

  /// What a role says of each of its targets, in the order of their paths' bytes.
  public func targets(of role: String = "targets") throws(Refusal) -> [TargetDescription] {
    try targetsMetadata(of: role).targets
  }

  /// Who may sign for a role; where several roles delegate to it, by the word of the first of them.
  public func keys(of role: String) throws(Refusal) -> RoleKeys { try allKeys(of: role)[0] }

  /// Who may sign for a role by the word of a delegator.
  public func keys(of role: String, from delegator: String) throws(Refusal) -> RoleKeys {
    guard let delegation = delegation(of: role, by: delegator) else { throw .unknownRole(role) }
    return delegation.keys
  }

  /// Every set of keys that must sign for a role; at least one.
  func allKeys(of role: String) throws(Refusal) -> [RoleKeys] {
    if let topLevel = TopLevelRole(rawValue: role) { return [try rootMetadata().keys(of: topLevel)] }
    return try delegations(to: role).map(\.keys)
  }

  /// The keys of a role that have validly signed its file as it stands.
  public func signers(of role: String) throws(Refusal) -> [KeyID] {
    let draft = try draftedRole(role)
    return try keys(of: role).signers(of: draft.signedBytes) { id in
      draft.signatures[id].flatMap { SignedFile.signature($0) }
    }
  }

  // MARK: Keys

  /// Gives a role other keys or another threshold; its file is then to be signed anew.
  ///
  /// A new root is signed by the old keys as well as by the new (6.1). The keys of a delegated role are changed at every
  /// role that delegates to it by name, or at the one that is given; hashed bins have ``setBinKeys(from:to:)``.
  public mutating func setKeys(
    of role: String, from delegator: String? = nil, to keys: RoleKeys
  ) throws(Refusal) {
    if let topLevel = TopLevelRole(rawValue: role) {
      let metadata = try rootMetadata()
      var all: [TopLevelRole: RoleKeys] = [:]
      for other in TopLevelRole.allCases { all[other] = metadata.keys(of: other) }
      all[topLevel] = keys
      set(all)
    } else {
      let delegators = delegators(of: role).filter { name in
        if case .named = delegationsMade(by: name) { delegator == nil || delegator == name } else { false }
      }
      guard !delegators.isEmpty else { throw .unknownRole(role) }
      for name in delegators { try setDelegationKeys(of: role, by: name, to: keys) }
    }
    try renew(role)
  }

  /// The roles whose published files expire until some time, delegated ones first: those to ``renew(_:)``.
  public func expiring(until time: UTCTime) throws(Refusal) -> [String] {
    var names: [String] = []
    for role in delegated.keys.sorted() + ["targets", "snapshot", "root", "timestamp"] {
      let draft = try draftedRole(role)
      if draft.publishedBytes != nil, !draft.isChanged, try expiry(of: role) <= time { names.append(role) }
    }
    return names
  }

  /// Begins a new version of a role without other changes, so that the next publication signs it with a new expiry.
  public mutating func renew(_ role: String) throws(Refusal) {
    try edit(role) { _ in }
  }

  /// Writes all top-level keys into root.
  private mutating func set(_ roles: [TopLevelRole: RoleKeys]) {
    var listed: [String: JSON] = [:]
    for keys in roles.values {
      for (id, key) in keys.keys { listed[id.text] = key.json }
    }
    root.edit { members in
      members["keys"] = .object(listed)
      var object = members["roles"]?.object ?? [:]
      for (role, keys) in roles { object[role.rawValue] = .object(keys.members(over: object[role.rawValue])) }
      members["roles"] = .object(object)
    }
  }

  // MARK: Roles by name

  func draftedRole(_ role: String) throws(Refusal) -> RoleDraft {
    switch TopLevelRole(rawValue: role) {
    case .root: return root
    case .targets: return targets
    case .snapshot: return snapshot
    case .timestamp: return timestamp
    case nil:
      guard let draft = delegated[role] else { throw .unknownRole(role) }
      return draft
    }
  }

  mutating func replace(_ draft: RoleDraft) {
    switch TopLevelRole(rawValue: draft.role) {
    case .root: root = draft
    case .targets: targets = draft
    case .snapshot: snapshot = draft
    case .timestamp: timestamp = draft
    case nil: delegated[draft.role] = draft
    }
  }

  mutating func edit(_ role: String, _ body: (inout [String: JSON]) -> Void) throws(Refusal) {
    var draft = try draftedRole(role)
    draft.edit(body)
    replace(draft)
  }

  func rootMetadata() throws(Refusal) -> RootMetadata {
    try RootMetadata(try MetadataFields(file: "root.json", signed: root.signed))
  }

  func targetsMetadata(of role: String) throws(Refusal) -> TargetsMetadata {
    guard role == "targets" || delegated[role] != nil else { throw .unknownRole(role) }
    return try TargetsMetadata(
      try MetadataFields(file: FileName.remote(role) + ".json", signed: try draftedRole(role).signed))
  }
}

extension RoleKeys {
  /// `keyids` and `threshold`, over whatever other members a role has.
  func members(over existing: JSON?) -> [String: JSON] {
    var members = existing?.object ?? [:]
    members["keyids"] = .array(ids.map { .string($0.text) })
    members["threshold"] = .integer(Int64(threshold))
    return members
  }
}

extension MetadataFields {
  /// A signed part that stands alone.
  init(file: String, signed: JSON) throws(Refusal) {
    do {
      self.init(file: file, fields: try JSONFields(signed, at: "signed"))
    } catch {
      throw .malformed(file: file, error)
    }
  }
}
