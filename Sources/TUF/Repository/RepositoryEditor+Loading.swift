internal import Basics

extension RepositoryEditor {
  /// The most versions of root that are looked through for the newest.
  public static let rootVersionLimit = 65_536

  /// Loads a published repository.
  ///
  /// Signatures, versions, lengths and digests are verified as a client verifies them, and expiry is not: an expired
  /// repository must be loaded to be renewed. That root is the right one is for whoever keeps the folder to know.
  ///
  /// - Parameter read: gives the bytes of a file of the metadata folder by its name, nil where there is none.
  public init(loading read: (String) throws -> [UInt8]?) throws {
    let file = try Self.newestRoot(read)
    let metadata = try RootMetadata(file.signed)
    guard metadata.usesConsistentSnapshots else { throw Refusal.inconsistentSnapshots }
    let trust = Trust(root: metadata, now: UTCTime(secondsSinceEpoch: 0))
    let timestamp = try trust.timestamp(try Self.require("timestamp.json", read))
    let described = timestamp.metadata.snapshot
    let snapshot = try trust.snapshot(
      try Self.require("\(described.version).snapshot.json", read), described: described)
    let targets = try Self.targets("targets", metadata.keys(of: .targets), snapshot.metadata, trust, read)
    let delegated = try Self.delegated(from: targets, snapshot.metadata, trust, read)
    self.init(
      root: RoleDraft(role: "root", published: file, version: metadata.header.version),
      targets: try Self.published("targets", targets.bytes, targets.metadata.header.version),
      snapshot: try Self.published("snapshot", snapshot.bytes, snapshot.metadata.header.version),
      timestamp: try Self.published("timestamp", timestamp.bytes, timestamp.metadata.header.version),
      delegated: delegated)
    publishedRootKeys = metadata.keys(of: .root)
  }

  /// Every delegated role, of whatever level, verified by the keys of each role that delegates to it.
  private static func delegated(
    from targets: Verified<TargetsMetadata>, _ snapshot: SnapshotMetadata, _ trust: Trust,
    _ read: (String) throws -> [UInt8]?
  ) throws -> [String: RoleDraft] {
    var found: [String: RoleDraft] = [:]
    var stack = try targets.metadata.delegations.all()
    while let delegation = stack.popLast() {
      let isNew = found[delegation.role] == nil
      let file = try Self.targets(delegation.role, delegation.keys, snapshot, trust, read)
      guard isNew else { continue }
      found[delegation.role] = try published(delegation.role, file.bytes, file.metadata.header.version)
      guard found.count <= Limits.rolesPerRefresh else { throw Refusal.tooManyRoles(limit: Limits.rolesPerRefresh) }
      stack += try file.metadata.delegations.all()
    }
    return found
  }

  /// All versions of root stay published (6.2.1), so the newest is the last before a gap.
  private static func newestRoot(_ read: (String) throws -> [UInt8]?) throws -> SignedFile {
    var newest: [UInt8]?
    var name = "1.root.json"
    for version in 1...rootVersionLimit {
      guard let bytes = try read("\(version).root.json") else { break }
      newest = bytes
      name = "\(version).root.json"
    }
    guard let newest else { throw Refusal.absent(file: name) }
    let file = try SignedFile(parsing: newest, name: name, byteLimit: Limits.rootByteCount)
    try file.verify(by: try RootMetadata(file.signed).keys(of: .root), role: "root")
    return file
  }

  private static func targets(
    _ role: String, _ keys: RoleKeys, _ snapshot: SnapshotMetadata, _ trust: Trust,
    _ read: (String) throws -> [UInt8]?
  ) throws -> Verified<TargetsMetadata> {
    let described = try snapshot.description(of: role)
    let bytes = try require("\(described.version).\(FileName.remote(role)).json", read)
    return try trust.targets(bytes, role: role, keys: keys, described: described)
  }

  private static func published(_ role: String, _ bytes: [UInt8], _ version: Int) throws(Refusal) -> RoleDraft {
    let limit = TopLevelRole(rawValue: role)?.byteLimit ?? Limits.targetsByteCount
    let file = try SignedFile(parsing: bytes, name: role + ".json", byteLimit: limit)
    return RoleDraft(role: role, published: file, version: version)
  }

  private static func require(_ name: String, _ read: (String) throws -> [UInt8]?) throws -> [UInt8] {
    guard let bytes = try read(name) else { throw Refusal.absent(file: name) }
    return bytes
  }
}
