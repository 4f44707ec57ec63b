import Basics
import CanonicalJSON
import TUF

/// A repository in memory that signs whatever it is told to: change, publish, refresh.
///
/// It is written apart from `RepositoryEditor`, so that the client is not tested against its own twin, and it can lie.
struct SimulatedRepository {
  /// The moment at which tests refresh, unless they say otherwise.
  static let now = UTCTime(secondsSinceEpoch: 1_795_467_240)
  /// When everything expires, unless tests say otherwise.
  static let expiry = now.advanced(by: .seconds(30 * 86_400))

  /// The signed part of each role.
  var signed: [String: [String: JSON]] = [:]
  /// Who signs each role, whether the metadata says so or not.
  var signers: [String: [SigningKey]] = [:]
  /// What is served, by name.
  var files: [String: [UInt8]] = [:]
  /// Whether timestamp and snapshot say length and digest beside the version.
  var describesFully = true

  /// The key of a small number, the same in every run.
  static func key(_ number: UInt8) -> SigningKey {
    guard let key = SigningKey(seed: [UInt8](repeating: number, count: SigningKey.seedByteCount)) else {
      preconditionFailure("32 bytes are a seed")
    }
    return key
  }

  /// One key for each top-level role, all versions 1, published.
  init() {
    for (number, role) in ["root", "targets", "snapshot", "timestamp"].enumerated() {
      signers[role] = [Self.key(UInt8(number + 1))]
    }
    signed["root"] = Self.role("root", ["consistent_snapshot": true, "keys": [:], "roles": [:]])
    signed["targets"] = Self.role("targets", ["targets": [:]])
    signed["snapshot"] = Self.role("snapshot", ["meta": [:]])
    signed["timestamp"] = Self.role("timestamp", ["meta": [:]])
    for role in signers.keys.sorted() { setKeys(of: role, to: signers[role] ?? []) }
    publishRoot()
    publishTargets()
    publishSnapshot()
    publishTimestamp()
  }

  static func role(_ type: String, _ members: [String: JSON]) -> [String: JSON] {
    members.merging([
      "_type": .string(type), "spec_version": "1.0.34", "version": 1, "expires": .string(expiry.description),
    ]) { _, common in common }
  }

  // MARK: Change

  subscript(role: String, member: String) -> JSON? {
    get { signed[role]?[member] }
    set { signed[role, default: [:]][member] = newValue }
  }

  mutating func bump(_ role: String, by count: Int64 = 1) {
    self[role, "version"] = .integer((self[role, "version"]?.integer ?? 0) + count)
  }

  func version(of role: String) -> Int64 { self[role, "version"]?.integer ?? 0 }

  static func object(_ keys: [SigningKey]) -> JSON {
    .object(Dictionary(keys.map { ($0.id.text, $0.key.json) }) { first, _ in first })
  }

  /// Names the keys of a top-level role in root, and has them sign it.
  mutating func setKeys(of role: String, to keys: [SigningKey], threshold: Int64 = 1) {
    var roles = self["root", "roles"]?.object ?? [:]
    roles[role] = ["keyids": .array(keys.map { .string($0.id.text) }), "threshold": .integer(threshold)]
    self["root", "roles"] = .object(roles)
    let listed = self["root", "keys"]?.object ?? [:]
    self["root", "keys"] = .object(listed.merging(Self.object(keys).object ?? [:]) { old, _ in old })
    signers[role] = keys
  }

  mutating func addTarget(_ path: String, to role: String = "targets", content: String = "content", custom: JSON? = nil)
  {
    var targets = self[role, "targets"]?.object ?? [:]
    let bytes = Array(content.utf8)
    var description: [String: JSON] = [
      "length": .integer(Int64(bytes.count)), "hashes": ["sha256": .string(Digest(of: bytes).hex)],
    ]
    description["custom"] = custom
    targets[path] = .object(description)
    self[role, "targets"] = .object(targets)
  }

  /// Delegates to a role with the given members beside name, keyids and threshold; one that is there keeps what it says.
  mutating func delegate(
    from delegator: String = "targets", to role: String, keys: [SigningKey], threshold: Int64 = 1,
    members: [String: JSON]
  ) {
    var delegations = self[delegator, "delegations"]?.object ?? ["keys": [:], "roles": []]
    let listed = delegations["keys"]?.object ?? [:]
    delegations["keys"] = .object(listed.merging(Self.object(keys).object ?? [:]) { old, _ in old })
    let object: [String: JSON] = [
      "name": .string(role), "keyids": .array(keys.map { .string($0.id.text) }), "threshold": .integer(threshold),
    ]
    let roles = delegations["roles"]?.array ?? []
    delegations["roles"] = .array(roles + [.object(object.merging(members) { $1 })])
    self[delegator, "delegations"] = .object(delegations)
    if signed[role] == nil { signed[role] = Self.role("targets", ["targets": [:]]) }
    signers[role, default: []] += keys.filter { key in !(signers[role] ?? []).contains { $0.id == key.id } }
  }

  mutating func delegate(
    from delegator: String = "targets", to role: String, key number: UInt8, paths: [String], terminating: Bool = false
  ) {
    delegate(
      from: delegator, to: role, keys: [Self.key(number)],
      members: ["paths": .array(paths.map { .string($0) }), "terminating": .bool(terminating)])
  }

  // MARK: Publish

  static func sign(_ signed: JSON, with keys: [SigningKey]) -> [UInt8] {
    let signatures = keys.map { key -> JSON in signature(key.id.text, key.sign(signed.canonicalBytes)) }
    return file(signed, signatures)
  }

  static func signature(_ keyID: String, _ bytes: [UInt8]) -> JSON {
    ["keyid": .string(keyID), "sig": .string(Hex.encode(bytes))]
  }

  static func file(_ signed: JSON, _ signatures: [JSON]) -> [UInt8] {
    let file: JSON = ["signed": signed, "signatures": .array(signatures)]
    return Array(file.compactText.utf8)
  }

  func bytes(of role: String) -> [UInt8] {
    Self.sign(.object(signed[role] ?? [:]), with: signers[role] ?? [])
  }

  func name(of role: String) -> String { role == "timestamp" ? "timestamp.json" : "\(version(of: role)).\(role).json" }

  mutating func serve(_ role: String) { files[name(of: role)] = bytes(of: role) }

  mutating func publishRoot() { serve("root") }

  /// Serves the targets roles, and lists them in snapshot.
  mutating func publishTargets() {
    for role in signed.keys.sorted() where !["root", "snapshot", "timestamp"].contains(role) {
      serve(role)
      list(role, in: "snapshot")
    }
  }

  mutating func publishSnapshot() {
    serve("snapshot")
    list("snapshot", in: "timestamp")
  }

  mutating func publishTimestamp() { serve("timestamp") }

  /// A new version of everything but root.
  mutating func publish() {
    for role in signed.keys where role != "root" { bump(role) }
    publishTargets()
    publishSnapshot()
    publishTimestamp()
  }

  /// A new version of root, signed by its keys and by others as well.
  mutating func publishNextRoot(alsoSignedBy others: [SigningKey] = []) {
    bump("root")
    signers["root", default: []] += others
    publishRoot()
    signers["root", default: []].removeLast(others.count)
  }

  mutating func list(_ role: String, in lister: String) {
    var meta = self[lister, "meta"]?.object ?? [:]
    var description: [String: JSON] = ["version": .integer(version(of: role))]
    if describesFully {
      let bytes = bytes(of: role)
      description["length"] = .integer(Int64(bytes.count))
      description["hashes"] = ["sha256": .string(Digest(of: bytes).hex)]
    }
    meta[role + ".json"] = .object(description)
    self[lister, "meta"] = .object(meta)
  }
}
