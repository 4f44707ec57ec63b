public import Basics
public import CanonicalJSON

/// What a targets file says of one file (specification 4.5, TARGETS).
public struct TargetDescription: Sendable, Hashable {
  /// Where the file stands.
  public let path: TargetPath
  /// Its length in bytes.
  public let length: Int
  /// Its digest.
  public let sha256: Digest
  /// What the application says of it, an object; nothing in this module reads it.
  public let custom: JSON?

  init(_ fields: MetadataFields, path text: String) throws(Refusal) {
    guard let path = TargetPath(text) else { throw .badTargetPath(file: fields.file, text: text) }
    self.path = path
    length = Int(try fields.integer("length", in: 0...Limits.greatestNumber))
    sha256 = try fields.sha256()
    custom = fields.has("custom") ? try fields.object("custom").json : nil
  }
}

/// The signed part of targets.json and of a delegated role's file (specification 4.5).
struct TargetsMetadata {
  let header: MetadataHeader
  /// The targets, in the order of their paths' bytes.
  let targets: [TargetDescription]
  /// The delegations in order of appearance: “the first delegation is trusted over the second one”.
  let delegations: [Delegation]

  init(_ signed: MetadataFields) throws(Refusal) {
    header = try MetadataHeader(signed, type: "targets")
    let listed = try signed.object("targets")
    var targets: [TargetDescription] = []
    for name in listed.names { targets.append(try TargetDescription(try listed.object(name), path: name)) }
    self.targets = targets
    delegations = try Self.delegations(signed)
  }

  private static func delegations(_ signed: MetadataFields) throws(Refusal) -> [Delegation] {
    guard signed.has("delegations") else { return [] }
    let fields = try signed.object("delegations")
    let keys = try fields.listedKeys()
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
        throw .roleTwice(file: signed.file, role: delegation.role)
      }
      delegations.append(delegation)
    }
    return delegations
  }
}
