/// Who may sign for a role: its keys, and how many of them must.
public struct RoleKeys: Sendable, Hashable {
  /// The keys, by name.
  public let keys: [KeyID: Key]
  /// How many different keys must have signed, at least 1 and at most all.
  public let threshold: Int

  /// Keys and a threshold that they can reach; a key given twice counts once.
  public init(_ keys: [Key], threshold: Int) throws(Refusal) {
    let byID = Dictionary(keys.map { ($0.id, $0) }) { first, _ in first }
    try self.init(role: "the role", keys: byID, threshold: threshold)
  }

  init(role: String, keys: [KeyID: Key], threshold: Int) throws(Refusal) {
    guard keys.count <= Limits.keysPerRole else {
      throw .tooManyKeys(role: role, count: keys.count, limit: Limits.keysPerRole)
    }
    guard threshold >= 1, threshold <= keys.count else {
      throw .unreachableThreshold(role: role, threshold: threshold, keyCount: keys.count)
    }
    self.keys = keys
    self.threshold = threshold
  }

  /// Reads `keyids` and `threshold` of a role; every id must be among the listed keys, and stand once.
  init(_ fields: MetadataFields, role: String, among listed: [KeyID: Key]) throws(Refusal) {
    var keys: [KeyID: Key] = [:]
    for text in try fields.strings("keyids") {
      guard let id = KeyID(text), let key = listed[id] else {
        throw .unlistedKey(file: fields.file, role: role, keyID: text)
      }
      guard keys.updateValue(key, forKey: id) == nil else {
        throw .keyTwice(file: fields.file, role: role, keyID: id)
      }
    }
    let threshold = try fields.integer("threshold", in: 1...Int64(Limits.keysPerRole))
    try self.init(role: role, keys: keys, threshold: Int(threshold))
  }

  /// The keys' names in order.
  public var ids: [KeyID] { keys.keys.sorted() }
}
