public import Basics

extension RepositoryEditor {
  /// What is to be signed of a role as it stands, for keys that sign elsewhere.
  ///
  /// Set the expiry first: ``publish(signingWith:now:lifetimes:)`` sets it only for what has no signature yet.
  public func bytesToSign(of role: String) throws(Refusal) -> [UInt8] { try draftedRole(role).signedBytes }

  /// Sets when the next version of a role expires.
  public mutating func setExpiry(of role: String, to time: UTCTime) throws(Refusal) {
    var draft = try draftedRole(role)
    draft.setExpiry(time)
    replace(draft)
  }

  /// Signs a role as it stands; refused where the key is not one of the role's.
  public mutating func sign(_ role: String, with key: SigningKey) throws(Refusal) {
    try add(signature: key.sign(try bytesToSign(of: role)), by: key.id, to: role)
  }

  /// Adds a signature that was made elsewhere; refused where it is not valid.
  public mutating func add(signature: [UInt8], by id: KeyID, to role: String) throws(Refusal) {
    guard let key = try signingKeys(of: role)[id] else { throw .foreignKey(role: role, keyID: id) }
    var draft = try draftedRole(role)
    guard key.isValid(signature, over: draft.signedBytes) else { throw .badSignature(role: role, keyID: id) }
    draft.add(signature: signature, by: id)
    replace(draft)
  }

  /// A role's file with the signatures that it has so far, to be carried to the next signer.
  public func draft(of role: String) throws(Refusal) -> [UInt8] { try draftedRole(role).bytes }

  /// Takes a role's draft from elsewhere: more signatures of the same draft, or the next version of the role.
  public mutating func adopt(draft bytes: [UInt8], of role: String) throws(Refusal) {
    var draft = try draftedRole(role)
    let topLevel = TopLevelRole(rawValue: role)
    let file = try SignedFile(
      parsing: bytes, name: "the draft of \(role)", byteLimit: topLevel?.byteLimit ?? Limits.targetsByteCount)
    let version: Int
    switch topLevel {
    case .root: version = try RootMetadata(file.signed).header.version
    case .snapshot: version = try SnapshotMetadata(file.signed).header.version
    case .timestamp: version = try TimestampMetadata(file.signed).header.version
    case .targets: version = try TargetsMetadata(file.signed).header.version
    case nil:
      let metadata = try TargetsMetadata(file.signed)
      if let stray = metadata.targets.first(where: { !allows($0.path, in: role) }) {
        throw .outsidePaths(role: role, path: stray.path)
      }
      version = metadata.header.version
    }
    try draft.adopt(file, version: version)
    replace(draft)
    if topLevel == nil || topLevel == .targets { matchDelegations() }
  }

  /// The keys that may sign a role's next file: for root those of the published root too (6.1), for a delegated role those
  /// of every role that delegates to it.
  func signingKeys(of role: String) throws(Refusal) -> [KeyID: Key] {
    allSigningKeys(try allKeys(of: role), of: role)
  }

  func allSigningKeys(_ required: [RoleKeys], of role: String) -> [KeyID: Key] {
    let old = role == "root" ? publishedRootKeys : nil
    return (required + (old.map { [$0] } ?? [])).reduce(into: [:]) { $0.merge($1.keys) { first, _ in first } }
  }

  /// After a draft from elsewhere: a role that is delegated to has a file, one that is not has none.
  private mutating func matchDelegations() {
    let roles = delegatedRoles
    for role in roles where delegated[role] == nil { delegated[role] = emptyDraft(of: role) }
    let reached = Set(roles)
    for role in Array(delegated.keys) where !reached.contains(role) { delegated[role] = nil }
  }
}
