import Basics
import CanonicalJSON
import Improvements
import TUF

/// A repository of many components as `suture-publish` lays one out, made quickly: signed, and no manifest behind it.
struct GeneratedRepository {
  static let now = UTCTime(secondsSinceEpoch: 1_795_467_240)
  private static let expiry = now.advanced(by: .seconds(300 * 86_400))

  let streams: [Stream]
  private(set) var files: [String: [UInt8]] = [:]
  private var signed: [String: [String: JSON]] = [:]
  private var versions: [String: Int] = [:]
  private let root = SigningKey()
  private let online = SigningKey()
  // People's own keys for each component: the longest that delegations become.
  private var keys: [String: SigningKey] = [:]

  /// - Parameters:
  ///   - count: how many components.
  ///   - serials: how many improvements each has.
  init(components count: Int, serials: Int) throws {
    streams = (0..<count).compactMap { number in
      Stream(release: "debian-12", architecture: "amd64", component: Self.name(number))
    }
    for stream in streams {
      for role in stream.roles {
        keys[role] = SigningKey()
        let targets = (1...serials).map { (Self.path(stream, $0), Self.description(stream, $0)) }
        signed[role] = ["targets": .object(Dictionary(targets) { first, _ in first })]
        sign(role)
      }
    }
    signed[Stream.recallRole] = ["targets": [:]]
    sign(Stream.recallRole)
    let groups = Dictionary(grouping: streams, by: \.groupRole)
    for (group, members) in groups {
      delegate(group, members.flatMap { stream in stream.roles.map { ($0, "\(stream)/*", keys[$0] ?? root) } })
    }
    delegate(
      "targets",
      [(Stream.recallRole, "*/*/*/*.withdrawal.json", root)]
        + groups.map { ($0.key, "debian-12/amd64/\($0.value[0].letters)*/*", root) })
    let roles: [String: JSON] = Dictionary(
      uniqueKeysWithValues: ["root", "targets", "snapshot", "timestamp"].map { role in
        let key = ["root", "targets"].contains(role) ? root : online
        return (role, ["keyids": [.string(key.id.text)], "threshold": 1])
      })
    signed["root"] = ["consistent_snapshot": true, "keys": Self.listing([root, online]), "roles": .object(roles)]
    sign("root")
    publish()
  }

  // Names as long as Debian's, most of them of libraries.
  private static func name(_ number: Int) -> String {
    let stems = [
      "libavcodec", "libgnutls", "libkrb5-", "libxml2-", "libwebkit2gtk-4.1-", "libexpat", "libcurl", "libssl",
      "libtiff", "libpng16-", "libfreetype", "libglib2.0-", "libpoppler", "libarchive", "libnghttp2-", "openssh-server",
      "python3-urllib3-", "nginx-module-", "php8.2-", "bind9-",
    ]
    return "\(stems[number % stems.count])\(number / stems.count)"
  }

  private static func path(_ stream: Stream, _ serial: Int) -> String { "\(stream)/\(serial).json" }

  private static func description(_ stream: Stream, _ serial: Int) -> JSON {
    [
      "hashes": ["sha256": .string(Digest(of: path(stream, serial).utf8).hex)],
      "length": .integer(Int64(2_000 + serial)),
    ]
  }

  private static func listing(_ keys: [SigningKey]) -> JSON {
    .object(Dictionary(keys.map { ($0.id.text, $0.key.json) }) { first, _ in first })
  }

  private mutating func delegate(_ role: String, _ to: [(name: String, pattern: String, key: SigningKey)]) {
    let roles = to.map { delegated -> JSON in
      [
        "name": .string(delegated.name), "keyids": [.string(delegated.key.id.text)], "threshold": 1,
        "paths": [.string(delegated.pattern)], "terminating": false,
      ]
    }
    signed[role] = [
      "targets": [:], "delegations": ["keys": Self.listing(to.map(\.key)), "roles": .array(roles)],
    ]
    sign(role)
  }

  private mutating func sign(_ role: String) {
    let version = (versions[role] ?? 0) + 1
    versions[role] = version
    var members = signed[role] ?? [:]
    let type = ["root", "snapshot", "timestamp"].contains(role) ? role : "targets"
    members["_type"] = .string(type)
    members["spec_version"] = "1.0.34"
    members["version"] = .integer(Int64(version))
    members["expires"] = .string("\(Self.expiry)")
    let key = keys[role] ?? (["snapshot", "timestamp"].contains(role) ? online : root)
    let part = JSON.object(members)
    let signature: JSON = [
      "keyid": .string(key.id.text), "sig": .string(Hex.encode(key.sign(part.canonicalBytes))),
    ]
    let file: JSON = ["signatures": [signature], "signed": part]
    files[role == "timestamp" ? "timestamp.json" : "\(version).\(role).json"] = Array(file.compactText.utf8)
  }

  /// Snapshot with versions alone, what changed in it, and a timestamp that describes it.
  private mutating func publish() {
    let listed = versions.filter { !["root", "snapshot", "timestamp"].contains($0.key) }
    let meta = listed.map { ("\($0.key).json", ["version": .integer(Int64($0.value))] as JSON) }
    signed["snapshot"] = ["meta": .object(Dictionary(meta) { first, _ in first })]
    sign("snapshot")
    let version = versions["snapshot"] ?? 0
    let bytes = files["\(version).snapshot.json"] ?? []
    if let older = files["\(version - 1).snapshot.json"] {
      files[SnapshotChanges.fileName(version: version)] = SnapshotChanges(from: older, to: bytes)?.bytes
    }
    let description: JSON = [
      "version": .integer(Int64(version)), "length": .integer(Int64(bytes.count)),
      "hashes": ["sha256": .string(Digest(of: bytes).hex)],
    ]
    signed["timestamp"] = ["meta": ["snapshot.json": description], "signedAt": .string("\(Self.now)")]
    sign("timestamp")
  }

  /// One more improvement of a component.
  mutating func improve(_ stream: Stream, serial: Int) {
    for role in stream.roles {
      guard case .object(var targets)? = signed[role]?["targets"] else { continue }
      targets[Self.path(stream, serial)] = Self.description(stream, serial)
      signed[role] = ["targets": .object(targets)]
      sign(role)
    }
    publish()
  }

  /// Snapshot and timestamp anew, and nothing else.
  mutating func refresh() { publish() }
}
