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
    var files: [RepositoryFile] = []
    var listed: [String: JSON] = [:]
    for role in names where try isChanged(role) {
      let file = try finish(role, keys, now: now, lifetimes: lifetimes)
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
      let file = try finish("snapshot", keys, now: now, lifetimes: lifetimes)
      files.append(file)
      let description = try description(of: "snapshot", file)
      timestamp.edit { $0["meta"] = ["snapshot.json": description] }
    }
    if root.isChanged { files.append(try finishRoot(keys, now: now, lifetimes: lifetimes)) }
    if timestamp.isChanged { files.append(try finish("timestamp", keys, now: now, lifetimes: lifetimes)) }
    return files
  }

  /// Signs a role with the keys at hand and verifies the file as a client would.
  private mutating func finish(
    _ role: String, _ keys: [SigningKey], now: UTCTime, lifetimes: Lifetimes
  ) throws(Refusal) -> RepositoryFile {
    var draft = try draftedRole(role)
    if draft.signatures.isEmpty {
      draft.setExpiry(now.advanced(by: lifetimes.lifetime(of: role)))
      replace(draft)
    }
    let allowed = try signingKeys(of: role)
    for key in keys where allowed[key.id] != nil { try sign(role, with: key) }
    draft = try draftedRole(role)
    let fileName = role == "timestamp" ? "timestamp.json" : "\(draft.version).\(FileName.remote(role)).json"
    try check(draft, fileName: fileName, now: now)
    let file = RepositoryFile(name: fileName, bytes: draft.bytes)
    draft.markPublished()
    replace(draft)
    return file
  }

  private mutating func finishRoot(
    _ keys: [SigningKey], now: UTCTime, lifetimes: Lifetimes
  ) throws(Refusal) -> RepositoryFile {
    let file = try finish("root", keys, now: now, lifetimes: lifetimes)
    publishedRootKeys = try rootMetadata().keys(of: .root)
    return file
  }

  private func check(_ draft: RoleDraft, fileName: String, now: UTCTime) throws(Refusal) {
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
    for keys in try allKeys(of: draft.role) { try file.verify(by: keys, role: FileName.remote(draft.role)) }
    try header.requireFresh(at: now, file: fileName)
  }

  private func description(of role: String, _ file: RepositoryFile) throws(Refusal) -> JSON {
    let version = JSON.integer(Int64(try version(of: role)))
    guard describesFully else { return ["version": version] }
    return [
      "version": version, "length": .integer(Int64(file.bytes.count)),
      "hashes": ["sha256": .string(Digest(of: file.bytes).hex)],
    ]
  }
}
