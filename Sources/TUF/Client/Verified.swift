internal import Basics

/// A metadata file whose signatures have been verified; rollback and expiry are checked by the step that takes it.
struct Verified<Metadata: Sendable>: Sendable {
  let metadata: Metadata
  let bytes: [UInt8]
  let account: RoleAccount
}

/// What all steps of one refresh share: the root that it settled on, and its one time.
struct Trust: Sendable {
  let root: RootMetadata
  /// The one time of this refresh.
  ///
  /// 5.1: “Record the time at which the update began as the fixed update start time.” Stricter than the specification: what
  /// the timestamp says of its own signing is a floor, so that a clock that was set back does not revive what has expired.
  private(set) var now: UTCTime
  /// The newest signed time that this refresh has verified; nil where nothing says one.
  private(set) var signedTime: UTCTime?

  init(root: RootMetadata, now: UTCTime) {
    self.root = root
    self.now = now
  }

  /// Goes by a signed time from here on, where it is later.
  mutating func raise(to time: UTCTime?) {
    guard let time else { return }
    now = max(now, time)
    signedTime = max(signedTime ?? time, time)
  }

  func timestamp(_ bytes: [UInt8]) throws(Refusal) -> Verified<TimestampMetadata> {
    let role = TopLevelRole.timestamp
    let file = try SignedFile(parsing: bytes, name: role.fileName, byteLimit: role.byteLimit)
    // 5.4.2
    let signers = try file.verify(by: root.keys(of: role), role: role.rawValue)
    let metadata = try TimestampMetadata(file.signed)
    return Verified(
      metadata: metadata, bytes: bytes,
      account: RoleAccount(role.rawValue, metadata.header, root.keys(of: role), signers))
  }

  func snapshot(_ bytes: [UInt8]) throws(Refusal) -> Verified<SnapshotMetadata> {
    let role = TopLevelRole.snapshot
    let file = try SignedFile(parsing: bytes, name: role.fileName, byteLimit: role.byteLimit)
    // 5.5.3
    let signers = try file.verify(by: root.keys(of: role), role: role.rawValue)
    let metadata = try SnapshotMetadata(file.signed)
    return Verified(
      metadata: metadata, bytes: bytes,
      account: RoleAccount(role.rawValue, metadata.header, root.keys(of: role), signers))
  }

  /// 5.5.2 to 5.5.4: the snapshot that timestamp describes.
  func snapshot(_ bytes: [UInt8], described: FileDescription) throws(Refusal) -> Verified<SnapshotMetadata> {
    try described.requireMatch(bytes, file: TopLevelRole.snapshot.fileName)
    let verified = try snapshot(bytes)
    try described.requireVersion(verified.metadata.header.version, file: TopLevelRole.snapshot.fileName)
    return verified
  }

  /// 5.6.2 to 5.6.4: the targets file of a role that snapshot describes.
  func targets(
    _ bytes: [UInt8], role: String, keys: RoleKeys, described: FileDescription
  ) throws(Refusal) -> Verified<TargetsMetadata> {
    let name = role + ".json"
    try described.requireMatch(bytes, file: name)
    let file = try SignedFile(parsing: bytes, name: name, byteLimit: Limits.targetsByteCount)
    let signers = try file.verify(by: keys, role: role)
    let metadata = try TargetsMetadata(file.signed)
    try described.requireVersion(metadata.header.version, file: name)
    return Verified(
      metadata: metadata, bytes: bytes, account: RoleAccount(role, metadata.header, keys, signers))
  }
}
