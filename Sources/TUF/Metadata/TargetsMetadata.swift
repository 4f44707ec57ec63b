public import Basics
public import CanonicalJSON

/// What a targets file says of one file (specification 4.5, TARGETS).
public struct TargetDescription: Sendable, Hashable {
  /// Where the file stands.
  public let path: TargetPath
  /// Its length in bytes.
  public let length: Int
  /// Its digests.
  public let hashes: FileHashes
  /// What the application says of it, an object; nothing in this module reads it.
  public let custom: JSON?

  /// Its SHA-256 digest, where it is listed.
  public var sha256: Digest? { hashes.sha256 }

  /// Where its file stands beneath the targets folder of a repository with consistent snapshots: `DIR/HASH.NAME`.
  public var filePath: String { path.filePath(hashes, usesConsistentSnapshots: true) }

  init(_ fields: MetadataFields, path text: String) throws(Refusal) {
    guard let path = TargetPath(text) else { throw .badTargetPath(file: fields.file, text: text) }
    self.path = path
    length = Int(try fields.integer("length", in: 0...Limits.greatestNumber))
    hashes = try FileHashes(fields)
    // Spelled out: in a conditional expression `nil` would be JSON's null.
    if fields.has("custom") { custom = try fields.object("custom").json } else { custom = nil as JSON? }
  }
}

/// The signed part of targets.json and of a delegated role's file (specification 4.5).
struct TargetsMetadata {
  let header: MetadataHeader
  /// The targets, in the order of their paths' bytes.
  let targets: [TargetDescription]
  /// To whom more is delegated.
  let delegations: Delegations
  private let byPath: [TargetPath: Int]

  init(_ signed: MetadataFields) throws(Refusal) {
    header = try MetadataHeader(signed, type: "targets")
    let listed = try signed.object("targets")
    var targets: [TargetDescription] = []
    for name in listed.names { targets.append(try TargetDescription(try listed.object(name), path: name)) }
    self.targets = targets
    byPath = Dictionary(targets.enumerated().map { ($1.path, $0) }) { first, _ in first }
    delegations = try Self.delegations(signed)
  }

  /// What the file says of one target.
  func description(of path: TargetPath) -> TargetDescription? { byPath[path].map { targets[$0] } }

  private static func delegations(_ signed: MetadataFields) throws(Refusal) -> Delegations {
    guard signed.has("delegations") else { return .none }
    let fields = try signed.object("delegations")
    let keys = try fields.listedKeys()
    // TAP 15: “roles” or “succinct_roles”, never both.
    guard !fields.has("succinct_roles") else {
      guard !fields.has("roles") else { throw .delegationsUnclear(file: signed.file) }
      return .bins(try SuccinctRoles(try fields.object("succinct_roles"), among: keys))
    }
    let roles = try fields.objects("roles")
    guard roles.count <= Limits.delegatedRoles else {
      throw .tooManyDelegations(file: signed.file, count: roles.count, limit: Limits.delegatedRoles)
    }
    var delegations: [Delegation] = []
    var names: Set<String> = []
    for role in roles {
      let delegation = try Delegation(role, among: keys)
      // 4.5, ROLENAME: “multiple roles with the same rolename are not allowed within a DELEGATIONS.”
      guard names.insert(delegation.role).inserted else {
        throw .roleTwice(file: signed.file, role: delegation.shownRole)
      }
      delegations.append(delegation)
    }
    return .named(NamedDelegations(delegations))
  }
}
