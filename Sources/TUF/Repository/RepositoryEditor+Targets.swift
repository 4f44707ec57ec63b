public import Basics
public import CanonicalJSON

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
    guard role == "targets" || delegated[role] != nil else { throw .unknownRole(role) }
    guard allows(path, in: role) else { throw .outsidePaths(role: role, path: path) }
    var description: [String: JSON] = [
      "length": .integer(Int64(length)), "hashes": ["sha256": .string(sha256.hex)],
    ]
    if let custom { description["custom"] = custom }
    // Read back as a client would, so that nothing is described that no client takes.
    _ = try TargetDescription(
      try MetadataFields(file: role + ".json", signed: .object(description)), path: path.description)
    try edit(role) { members in
      var targets = members["targets"]?.object ?? [:]
      targets[path.description] = .object(description)
      members["targets"] = .object(targets)
    }
  }

  /// Takes a target out of a role's file; refused where the role describes no such target.
  public mutating func removeTarget(_ path: TargetPath, in role: String = "targets") throws(Refusal) {
    guard try targetsMetadata(of: role).targets.contains(where: { $0.path == path }) else {
      throw .unknownTarget(role: role, path: path)
    }
    try edit(role) { members in
      var targets = members["targets"]?.object ?? [:]
      targets[path.description] = nil
      members["targets"] = .object(targets)
    }
  }
}
