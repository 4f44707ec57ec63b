/// Timestamp is known and says which snapshot is current (specification 5.5).
public struct TimestampTrusted: ~Copyable, Sendable {
  let trust: Trust
  let accounts: [RoleAccount]
  let timestamp: Verified<TimestampMetadata>
  let previous: Verified<SnapshotMetadata>?
  /// The snapshot to get: by version where snapshots are consistent, up to the length that timestamp says (5.5.1).
  public let snapshotRequest: MetadataRequest

  /// The trusted timestamp, byte for byte, to be kept (5.4.5).
  public var bytes: [UInt8] { timestamp.bytes }

  /// The snapshot that these bytes are, if they are the one that timestamp describes.
  func verify(_ bytes: [UInt8]) throws(Refusal) -> Verified<SnapshotMetadata> {
    try trust.snapshot(bytes, described: timestamp.metadata.snapshot)
  }

  /// Takes the snapshot, fetched or stored.
  public consuming func snapshot(_ bytes: [UInt8]) throws(Refusal) -> SnapshotTrusted {
    let verified = try verify(bytes)
    return try snapshot(verified)
  }

  consuming func snapshot(_ new: Verified<SnapshotMetadata>) throws(Refusal) -> SnapshotTrusted {
    // 5.5.5: “The version number of the targets metadata file, and all delegated targets metadata files, if any, in the
    // trusted snapshot metadata file, if any, MUST be less than or equal to its version number in the new snapshot …
    // Furthermore, any targets metadata filename that was listed in the trusted snapshot … MUST continue to be listed”.
    for (name, old) in (previous?.metadata.files ?? [:]).sorted(by: { $0.key < $1.key }) {
      let file = FileName.remote(name)
      guard let listed = new.metadata.files[name] else { throw .noLongerListed(file: file) }
      guard listed.version >= old.version else {
        throw .rollback(file: file, found: listed.version, trusted: old.version)
      }
    }
    // 5.5.6
    try new.metadata.header.requireFresh(at: trust.now, file: TopLevelRole.snapshot.fileName)
    let role = TopLevelRole.targets
    guard let described = new.metadata.files[role.fileName] else {
      throw .unlisted(file: role.fileName, by: TopLevelRole.snapshot.fileName)
    }
    let request = try MetadataRequest(
      role.rawValue, described: described, byteLimit: role.byteLimit,
      usesConsistentSnapshots: trust.root.usesConsistentSnapshots)
    return SnapshotTrusted(
      trust: trust, accounts: accounts + [new.account], snapshot: new, described: described, targetsRequest: request)
  }
}
