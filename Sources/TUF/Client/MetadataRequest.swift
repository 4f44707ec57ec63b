/// A metadata file to get: how it is named there, how it is kept here, and how much of it is read.
public struct MetadataRequest: Sendable, Hashable {
  /// The name beneath the repository's metadata folder, one plain component: `7.snapshot.json`.
  ///
  /// What is not a letter, a digit or one of `-_.+~@=` in the name of a delegated role is percent-encoded.
  public let name: String
  /// The name in the local store, another one for each file on any file system: `snapshot.json`.
  public let storedName: String
  /// The most bytes that may be read of it.
  public let byteLimit: Int

  /// 5.5.1 and 5.6.1: the limit is what the trusted metadata says, and ours where it says nothing.
  ///
  /// Off-spec: a length above our own limit is refused at once, since whoever holds the online keys could announce any.
  init(_ role: String, described: FileDescription, byteLimit: Int, usesConsistentSnapshots: Bool) throws(Refusal) {
    storedName = FileName.local(role) + ".json"
    let plain = FileName.remote(role) + ".json"
    name = usesConsistentSnapshots ? "\(described.version).\(plain)" : plain
    if let length = described.length, length > byteLimit {
      throw .announcedTooLong(file: name, length: length, limit: byteLimit)
    }
    self.byteLimit = described.length ?? byteLimit
  }

  /// Root is always named by its version (5.3.3), timestamp never (5.4.1).
  init(name: String, storedName: String, byteLimit: Int) {
    self.name = name
    self.storedName = storedName
    self.byteLimit = byteLimit
  }
}
