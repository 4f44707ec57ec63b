/// Snapshot is known and says which targets files belong together (specification 5.6.1 to 5.6.6).
public struct SnapshotTrusted: ~Copyable, Sendable {
  let trust: Trust
  let accounts: [RoleAccount]
  let snapshot: Verified<SnapshotMetadata>
  let described: FileDescription
  /// The top-level targets file to get (5.6.1).
  public let targetsRequest: MetadataRequest

  /// The trusted snapshot, byte for byte, to be kept (5.5.7).
  public var bytes: [UInt8] { snapshot.bytes }

  /// The top-level targets that these bytes are, if they are those that snapshot describes.
  func verify(_ bytes: [UInt8]) throws(Refusal) -> Verified<TargetsMetadata> {
    let role = TopLevelRole.targets
    return try trust.targets(bytes, role: role.rawValue, keys: trust.root.keys(of: role), described: described)
  }

  /// Takes the top-level targets, fetched or stored.
  public consuming func targets(_ bytes: [UInt8]) throws(Refusal) -> TargetsTrusted {
    let verified = try verify(bytes)
    return try targets(verified)
  }

  consuming func targets(_ new: Verified<TargetsMetadata>) throws(Refusal) -> TargetsTrusted {
    // 5.6.5
    try new.metadata.header.requireFresh(at: trust.now, file: TopLevelRole.targets.fileName)
    return TargetsTrusted(
      trust: trust, accounts: accounts + [new.account], snapshot: snapshot.metadata, targets: new)
  }
}
