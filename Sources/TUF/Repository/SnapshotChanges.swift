public import Basics
internal import CanonicalJSON

/// What changed in snapshot lately: who has an older one makes the newest of it, and need not fetch it whole.
///
/// A snapshot lists every role of a repository, and one improvement changes two of its lines. This is an offer beside the
/// specification: snapshot itself is as it says, what is put together is verified as a fetched one is, and who does not know
/// of it, or has too old a snapshot, fetches the whole.
public struct SnapshotChanges: Sendable, Hashable {
  /// The longest file, in bytes.
  public static let byteLimit = 32 << 10

  private static let format: Int64 = 1
  private let json: JSON
  /// The oldest version of snapshot that these changes lead on from.
  public let since: Int
  /// The digest of the snapshot that they lead to.
  public let sha256: Digest

  /// The name of the file that leads to a version of snapshot, beside that one: `57.snapshot-changes.json`.
  public static func fileName(version: Int) -> String { "\(version).snapshot-changes.json" }

  /// What leads from an older snapshot, or any version after it, to a newer one.
  ///
  /// Nil where it would not be the very bytes of the newer one, or is longer than the limit.
  public init?(from older: [UInt8], to newer: [UInt8]) {
    guard let old = try? Self.parse(older), let new = try? Self.parse(newer), let since = Self.version(old),
      let oldMeta = old["signed"]?["meta"]?.object, let newMeta = new["signed"]?["meta"]?.object,
      case .object(var signed)? = new["signed"]
    else { return nil }
    signed["meta"] = .object(newMeta.filter { oldMeta[$0.key] != $0.value })
    let digest = Digest(of: newer)
    json = [
      "format": .integer(Self.format), "since": .integer(Int64(since)), "sha256": .string(digest.hex),
      "snapshot": ["signatures": new["signatures"] ?? [], "signed": .object(signed)],
    ]
    self.since = since
    sha256 = digest
    guard bytes.count <= Self.byteLimit, applied(to: older) == newer else { return nil }
  }

  /// Reads a file of changes, which nobody has signed: what they lead to is verified.
  public init?(parsing bytes: [UInt8]) {
    guard bytes.count <= Self.byteLimit, let json = try? Self.parse(bytes), json["format"]?.integer == Self.format,
      let since = json["since"]?.integer.flatMap({ Int(exactly: $0) }), since >= 1,
      let digest = json["sha256"]?.string.flatMap({ Digest($0) }),
      json["snapshot"]?["signed"]?["meta"]?.object != nil, json["snapshot"]?["signatures"]?.array != nil
    else { return nil }
    self.json = json
    self.since = since
    sha256 = digest
  }

  /// The file.
  public var bytes: [UInt8] { Array(json.compactText.utf8) }

  /// The newest snapshot, made of a stored one; nil where they do not fit together.
  public func applied(to stored: [UInt8]) -> [UInt8]? {
    guard let old = try? Self.parse(stored), let version = Self.version(old), version >= since,
      let oldMeta = old["signed"]?["meta"]?.object, let snapshot = json["snapshot"],
      let changed = snapshot["signed"]?["meta"]?.object, case .object(var signed)? = snapshot["signed"]
    else { return nil }
    signed["meta"] = .object(oldMeta.merging(changed) { $1 })
    let whole: JSON = ["signatures": snapshot["signatures"] ?? [], "signed": .object(signed)]
    let bytes = Array(whole.compactText.utf8)
    return bytes.count <= Limits.snapshotByteCount && Digest(of: bytes) == sha256 ? bytes : nil
  }

  private static func version(_ snapshot: JSON) -> Int? {
    snapshot["signed"]?["version"]?.integer.flatMap { Int(exactly: $0) }
  }

  private static func parse(_ bytes: [UInt8]) throws(JSONError) -> JSON {
    try JSON(
      parsing: bytes, limits: JSON.Limits(depth: Limits.nesting, byteCount: max(byteLimit, Limits.snapshotByteCount)))
  }
}
