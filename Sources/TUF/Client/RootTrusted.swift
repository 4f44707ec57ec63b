internal import Basics

/// The newest root is known and has not expired; next comes timestamp (specification 5.4).
public struct RootTrusted: ~Copyable, Sendable {
  let trust: Trust
  let accounts: [RoleAccount]

  /// The timestamp file, the one file whose name says no version (5.4.1).
  public var timestampRequest: MetadataRequest {
    let role = TopLevelRole.timestamp
    return MetadataRequest(name: role.fileName, storedName: role.fileName, byteLimit: role.byteLimit)
  }

  /// What the last refresh trusted, as far as it is still signed by this root's keys.
  ///
  /// Files that are not are left aside: that is how a repository recovers whose stolen keys signed a far future version
  /// (5.3.11). Expiry does not matter here; these files only say what must not be gone back behind.
  public func recall(timestamp: [UInt8]?, snapshot: [UInt8]?) -> Recollection {
    Recollection(
      timestamp: timestamp.flatMap { try? trust.timestamp($0) }, snapshot: snapshot.flatMap { try? trust.snapshot($0) })
  }

  /// Takes a fetched timestamp.
  public consuming func timestamp(_ bytes: [UInt8], after stored: Recollection) throws(Refusal) -> TimestampTrusted {
    // 5.4.2 is in here.
    let new = try trust.timestamp(bytes)
    guard let old = stored.timestamp else { return try accept(new, after: stored) }
    let file = TopLevelRole.timestamp.fileName
    // 5.4.3.1: “If the new timestamp metadata version is less than the trusted timestamp metadata version, discard it …
    // In case they are equal, discard the new timestamp metadata”: what is stored stands.
    guard new.metadata.header.version >= old.metadata.header.version else {
      throw .rollback(file: file, found: new.metadata.header.version, trusted: old.metadata.header.version)
    }
    guard new.metadata.header.version > old.metadata.header.version else { return try accept(old, after: stored) }
    // A newer timestamp was signed later. One key signs both, so that a stolen one may set the time far ahead; as with its
    // versions, rotating the key forgets what it signed (5.3.11).
    if let before = old.metadata.signedAt, new.metadata.signedAt.map({ $0 < before }) ?? true {
      throw .signedEarlier(file: file, found: new.metadata.signedAt, trusted: before)
    }
    // 5.4.3.2: “The version number of the snapshot metadata file in the trusted timestamp metadata file, if any, MUST be
    // less than or equal to its version number in the new timestamp metadata file.”
    guard new.metadata.snapshot.version >= old.metadata.snapshot.version else {
      throw .rollback(
        file: TopLevelRole.snapshot.fileName, found: new.metadata.snapshot.version,
        trusted: old.metadata.snapshot.version)
    }
    return try accept(new, after: stored)
  }

  /// Keeps the stored timestamp, because the repository has no other; refused where none is stored.
  public consuming func unchangedTimestamp(_ stored: Recollection) throws(Refusal) -> TimestampTrusted {
    guard let old = stored.timestamp else { throw .absent(file: TopLevelRole.timestamp.fileName) }
    return try accept(old, after: stored)
  }

  private consuming func accept(
    _ timestamp: Verified<TimestampMetadata>, after stored: Recollection
  ) throws(Refusal) -> TimestampTrusted {
    var trust = trust
    trust.raise(to: stored.timestamp?.metadata.signedAt)
    trust.raise(to: timestamp.metadata.signedAt)
    // 5.4.4: “Check for a freeze attack.” A stored timestamp freezes as a fetched one does.
    try timestamp.metadata.header.requireFresh(at: trust.now, file: TopLevelRole.timestamp.fileName)
    // Stricter than the specification, which compares timestamps only: where the stored timestamp was lost and the stored
    // snapshot was not, that one is what must not be gone back behind.
    if let old = stored.snapshot, timestamp.metadata.snapshot.version < old.metadata.header.version {
      throw .rollback(
        file: TopLevelRole.snapshot.fileName, found: timestamp.metadata.snapshot.version,
        trusted: old.metadata.header.version)
    }
    let request = try MetadataRequest(
      TopLevelRole.snapshot.rawValue, described: timestamp.metadata.snapshot,
      byteLimit: TopLevelRole.snapshot.byteLimit, usesConsistentSnapshots: trust.root.usesConsistentSnapshots)
    return TimestampTrusted(
      trust: trust, accounts: accounts + [timestamp.account], timestamp: timestamp, previous: stored.snapshot,
      snapshotRequest: request)
  }
}

/// Stored metadata that the settled root's keys have signed: what a rollback would go back behind.
public struct Recollection: Sendable {
  let timestamp: Verified<TimestampMetadata>?
  let snapshot: Verified<SnapshotMetadata>?

  /// The stored timestamp, byte for byte, where it is still good for comparison.
  public var timestampBytes: [UInt8]? { timestamp?.bytes }
}
