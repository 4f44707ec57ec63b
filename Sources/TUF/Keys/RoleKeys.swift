/// Who may sign for a role: its keys, and how many different ones must.
public struct RoleKeys: Sendable, Hashable {
  /// The keys, by name; one key may stand under two names and counts once.
  public let keys: [KeyID: Key]
  /// How many different keys must have signed, at least 1.
  public let threshold: Int

  /// Keys and a threshold that they can reach; a key given twice counts once.
  public init(_ keys: [Key], threshold: Int) throws(Refusal) {
    let count = Set(keys.map(\.material)).count
    guard threshold >= 1, threshold <= count else {
      throw .unreachableThreshold(role: "the role", threshold: threshold, keyCount: count)
    }
    let byID = Dictionary(keys.map { ($0.id, $0) }) { first, _ in first }
    try self.init(role: "the role", keys: byID, threshold: threshold)
  }

  private init(role: String, keys: [KeyID: Key], threshold: Int) throws(Refusal) {
    guard keys.count <= Limits.keysPerRole else {
      throw .tooManyKeys(role: role, count: keys.count, limit: Limits.keysPerRole)
    }
    self.keys = keys
    self.threshold = threshold
  }

  /// Reads `keyids` and `threshold` of a role; every id must be among the listed keys, and stand once.
  ///
  /// A threshold above the number of keys is read: nothing that the role signs will ever be trusted, and what the other
  /// roles of the same file sign still is.
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
    let threshold = try fields.integer("threshold", in: 1...Limits.greatestNumber)
    try self.init(role: role, keys: keys, threshold: Int(threshold))
  }

  /// The keys' names in order.
  public var ids: [KeyID] { keys.keys.sorted() }

  /// The keys themselves, whatever their names.
  var materials: Set<PublicKey> { Set(keys.values.map(\.material)) }

  /// Whether others may sign now, or another number of them must: other names of the same keys are no change.
  func differ(from other: RoleKeys) -> Bool { threshold != other.threshold || materials != other.materials }

  /// The names of the keys that have signed some bytes, in order: of each key one, however many names it has.
  ///
  /// 5.3.4 and likewise 5.4.2, 5.5.3, 5.6.3: “each KEY MUST only contribute one SIGNATURE”. Every signature of the role is
  /// verified, whatever the others gave.
  func signers(of message: [UInt8], signatures: (KeyID) -> [UInt8]?) -> [KeyID] {
    var counted: Set<PublicKey> = []
    return ids.filter { id in
      guard let key = keys[id], let signature = signatures(id), key.isValid(signature, over: message) else {
        return false
      }
      return counted.insert(key.material).inserted
    }
  }
}
