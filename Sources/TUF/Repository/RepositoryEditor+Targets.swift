public import Basics
public import CanonicalJSON

/// A target as its publisher describes it.
public struct NewTarget: Sendable, Hashable {
  /// Where the file stands.
  public let path: TargetPath
  /// Its length in bytes.
  public let length: Int
  /// Its digest.
  public let sha256: Digest
  /// What the application says of it, an object; nil for nothing.
  public let custom: JSON?

  /// A target of a path, a length, a digest, and perhaps an object of the application's.
  public init(_ path: TargetPath, length: Int, sha256: Digest, custom: JSON? = nil) {
    self.path = path
    self.length = length
    self.sha256 = sha256
    self.custom = custom
  }

  var json: JSON {
    var members: [String: JSON] = ["length": .integer(Int64(length)), "hashes": ["sha256": .string(sha256.hex)]]
    members["custom"] = custom
    return .object(members)
  }
}

extension RepositoryEditor {
  /// Describes a target in a role's file, in place of what the role said of it before (specification 6.3.1).
  ///
  /// - Parameters:
  ///   - path: the target; a delegated role may only describe what every delegation on the way to it allows.
  ///   - length: its length in bytes.
  ///   - sha256: its digest.
  ///   - custom: what the application says of it, an object; nil for nothing.
  ///   - role: `targets`, or a delegated role.
  public mutating func setTarget(
    _ path: TargetPath, length: Int, sha256: Digest, custom: JSON? = nil, in role: String = "targets"
  ) throws(Refusal) {
    try setTargets([NewTarget(path, length: length, sha256: sha256, custom: custom)], in: role)
  }

  /// Describes several targets in a role's file, all of them or none.
  public mutating func setTargets(_ targets: [NewTarget], in role: String = "targets") throws(Refusal) {
    guard role == "targets" || delegated[role] != nil else { throw .unknownRole(role) }
    for target in targets {
      guard allows(target.path, in: role) else { throw .outsidePaths(role: role, path: target.path) }
      // Read back as a client would, so that nothing is described that no client takes.
      let fields = try MetadataFields(file: role + ".json", signed: target.json)
      _ = try TargetDescription(fields, path: target.path.description)
    }
    try edit(role) { members in
      var described = members["targets"]?.object ?? [:]
      for target in targets { described[target.path.description] = target.json }
      members["targets"] = .object(described)
    }
  }

  /// Describes targets in the hashed bins of a role, each in its own, all of them or none.
  public mutating func setTargets(_ targets: [NewTarget], inBinsOf delegator: String) throws(Refusal) {
    guard case .bins(let bins) = delegationsMade(by: delegator) else { throw .unknownRole(delegator) }
    var copy = self
    for (bin, group) in Dictionary(grouping: targets, by: { bins.bin(of: HashedPath($0.path)).role }) {
      try copy.setTargets(group, in: bin)
    }
    self = copy
  }

  /// Takes a target out of a role's file; refused where the role describes no such target.
  public mutating func removeTarget(_ path: TargetPath, in role: String = "targets") throws(Refusal) {
    guard try targetsMetadata(of: role).description(of: path) != nil else {
      throw .unknownTarget(role: role, path: path)
    }
    try edit(role) { members in
      var targets = members["targets"]?.object ?? [:]
      targets[path.description] = nil
      members["targets"] = .object(targets)
    }
  }
}
