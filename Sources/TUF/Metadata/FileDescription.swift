internal import Basics

/// What timestamp or snapshot says of another metadata file (specification 4.4, METAFILES).
struct FileDescription {
  let version: Int
  let length: Int?
  let hashes: FileHashes?

  init(_ fields: MetadataFields) throws(Refusal) {
    version = Int(try fields.integer("version", in: 1...Limits.greatestNumber))
    length = fields.has("length") ? Int(try fields.integer("length", in: 1...Limits.greatestNumber)) : nil
    hashes = fields.has("hashes") ? try FileHashes(fields) : nil
  }

  /// 5.5.2 and 5.6.2: “The hashes of the new … metadata file MUST match the hashes, if any”.
  ///
  /// The length must match as well, and is compared first.
  func requireMatch(_ bytes: [UInt8], file: String) throws(Refusal) {
    if let length, bytes.count != length {
      throw .lengthMismatch(file: file, found: bytes.count, listed: length)
    }
    if let hashes, !hashes.match(bytes) { throw .digestMismatch(file: file, listed: hashes) }
  }

  /// 5.5.4 and 5.6.4: “The version number of the new … metadata file MUST match the version number listed”.
  func requireVersion(_ found: Int, file: String) throws(Refusal) {
    guard found == version else { throw .versionMismatch(file: file, found: found, listed: version) }
  }
}

/// The signed part of timestamp.json (specification 4.6).
struct TimestampMetadata {
  let header: MetadataHeader
  let snapshot: FileDescription
  /// When it was signed, where it says so; a member that the specification does not know (`docs/formats/metadata.md`).
  let signedAt: UTCTime?

  init(_ signed: MetadataFields) throws(Refusal) {
    header = try MetadataHeader(signed, type: "timestamp")
    signedAt = signed.has(Self.signedAtMember) ? try signed.time(Self.signedAtMember) : nil
    // 4.6: “this MUST only include a description of the snapshot.json file.”
    let files = try signed.object("meta")
    try files.requireOnly(["snapshot.json"])
    snapshot = try FileDescription(try files.object("snapshot.json"))
  }

  static let signedAtMember = "signedAt"
}

/// The signed part of snapshot.json (specification 4.4).
struct SnapshotMetadata {
  let header: MetadataHeader
  /// What is said of each file, by its name without a version.
  let files: [String: FileDescription]

  init(_ signed: MetadataFields) throws(Refusal) {
    header = try MetadataHeader(signed, type: "snapshot")
    let listed = try signed.object("meta")
    var files: [String: FileDescription] = [:]
    for name in listed.names { files[name] = try FileDescription(try listed.object(name)) }
    guard files["targets.json"] != nil else { throw .unlisted(file: "targets.json", by: signed.file) }
    self.files = files
  }
}
