public import Basics
internal import CanonicalJSON

extension RepositoryEditor {
  /// Signs what has changed and what depends on it, and gives the files to write, in the order in which to write them.
  ///
  /// Each file is complete before the next names it: delegated roles, targets, snapshot, root, and timestamp last; root
  /// stands next to timestamp, so that keys that it replaces are replaced everywhere at nearly one moment. A role that
  /// has signatures already keeps its expiry; any other expires its lifetime after `now`.
  /// Refused where some role would have fewer signatures than it needs; then nothing has changed.
  ///
  /// - Parameters:
  ///   - keys: keys at hand; each signs the roles that it belongs to.
  ///   - now: the time of signing.
  ///   - lifetimes: how long what is signed stays trusted.
  /// - Returns: nothing where nothing has changed; see ``renew(_:)``.
  public mutating func publish(
    signingWith keys: [SigningKey], now: UTCTime, lifetimes: Lifetimes = .default
  ) throws(Refusal) -> [RepositoryFile] {
    var copy = self
    let files = try copy.makeFiles(keys, now: now, lifetimes: lifetimes)
    self = copy
    return files
  }

  private mutating func makeFiles(
    _ keys: [SigningKey], now: UTCTime, lifetimes: Lifetimes
  ) throws(Refusal) -> [RepositoryFile] {
    let names = delegated.keys.sorted() + ["targets"]
    let signers = SignersByRole(self)
    var files: [RepositoryFile] = []
    var listed: [String: JSON] = [:]
    for role in names where try isChanged(role) {
      let file = try finish(role, signers, keys, now: now, lifetimes: lifetimes)
      files.append(file)
      listed[role + ".json"] = try description(of: role, file)
    }
    // 6.3.2
    if !listed.isEmpty {
      snapshot.edit { members in
        let meta = members["meta"]?.object ?? [:]
        members["meta"] = .object(meta.merging(listed) { _, new in new })
      }
    }
    // 6.3.3
    if snapshot.isChanged {
      let file = try finish("snapshot", signers, keys, now: now, lifetimes: lifetimes)
      files.append(file)
      let description = try description(of: "snapshot", file)
      timestamp.edit { $0["meta"] = ["snapshot.json": description] }
    }
    if root.isChanged { files.append(try finishRoot(signers, keys, now: now, lifetimes: lifetimes)) }
    if timestamp.isChanged { files.append(try finish("timestamp", signers, keys, now: now, lifetimes: lifetimes)) }
    return files
  }

  /// Signs a role with the keys at hand and verifies the file as a client would.
  private mutating func finish(
    _ role: String, _ signers: SignersByRole, _ keys: [SigningKey], now: UTCTime, lifetimes: Lifetimes
  ) throws(Refusal) -> RepositoryFile {
    var draft = try draftedRole(role)
    if draft.signatures.isEmpty {
      draft.setExpiry(now.advanced(by: lifetimes.lifetime(of: role)))
      if role == "timestamp" {
        draft.edit { $0[TimestampMetadata.signedAtMember] = .string(now.description) }
      }
    }
    let required = try signers.keys(of: role, self)
    let allowed = allSigningKeys(required, of: role)
    for key in keys where allowed[key.id] != nil { draft.add(signature: key.sign(draft.signedBytes), by: key.id) }
    let fileName = role == "timestamp" ? "timestamp.json" : "\(draft.version).\(FileName.remote(role)).json"
    try check(draft, required, fileName: fileName, now: now)
    let file = RepositoryFile(name: fileName, bytes: draft.bytes)
    draft.markPublished()
    replace(draft)
    return file
  }

  private mutating func finishRoot(
    _ signers: SignersByRole, _ keys: [SigningKey], now: UTCTime, lifetimes: Lifetimes
  ) throws(Refusal) -> RepositoryFile {
    let file = try finish("root", signers, keys, now: now, lifetimes: lifetimes)
    publishedRootKeys = try rootMetadata().keys(of: .root)
    return file
  }

  private func check(
    _ draft: RoleDraft, _ required: [RoleKeys], fileName: String, now: UTCTime
  ) throws(Refusal) {
    let topLevel = TopLevelRole(rawValue: draft.role)
    let limit = topLevel?.byteLimit ?? Limits.targetsByteCount
    let file = try SignedFile(parsing: draft.bytes, name: fileName, byteLimit: limit)
    let header: MetadataHeader
    switch topLevel {
    case .root:
      header = try RootMetadata(file.signed).header
      if let publishedRootKeys { try file.verify(by: publishedRootKeys, role: "the published root") }
    case .snapshot: header = try SnapshotMetadata(file.signed).header
    case .timestamp: header = try TimestampMetadata(file.signed).header
    case .targets, nil: header = try TargetsMetadata(file.signed).header
    }
    for keys in required { try file.verify(by: keys, role: FileName.remote(draft.role)) }
    try header.requireFresh(at: now, file: fileName)
  }

  private func description(of role: String, _ file: RepositoryFile) throws(Refusal) -> JSON {
    let version = JSON.integer(Int64(try version(of: role)))
    guard describesFully || role == "snapshot" else { return ["version": version] }
    return [
      "version": version, "length": .integer(Int64(file.bytes.count)),
      "hashes": ["sha256": .string(Digest(of: file.bytes).hex)],
    ]
  }
}

/// The keys of every delegated role, looked up once for all files of one publication.
private struct SignersByRole {
  private var keys: [String: [RoleKeys]] = [:]

  init(_ editor: RepositoryEditor) {
    for name in ["targets"] + editor.delegatedRoles {
      for delegation in editor.delegations(of: name) { keys[delegation.role, default: []].append(delegation.keys) }
    }
  }

  /// Every set of keys that must sign for a role.
  func keys(of role: String, _ editor: RepositoryEditor) throws(Refusal) -> [RoleKeys] {
    guard TopLevelRole(rawValue: role) == nil else { return try editor.allKeys(of: role) }
    guard let keys = keys[role] else { throw .unknownRole(role) }
    return keys
  }
}
