package import Basics
internal import Linux
internal import TUF

// The changes that a publisher may stage, each of them as drafts of the roles that it concerns.
extension Workspace {
  /// Delegates path patterns to a new role, or to one that another role delegates to already.
  package func stagingDelegation(
    to role: String, from delegator: String, keyFiles: [String], threshold: Int, patterns: [String],
    isTerminating: Bool, now: UTCTime
  ) throws -> [DraftAccount] {
    let keys = try roleKeys(keyFiles, threshold)
    let paths = try patterns.map { text in
      guard let pattern = PathPattern(text) else { throw PublishingError.badPattern(text) }
      return pattern
    }
    return try staging(now: now) { editor in
      try editor.delegate(
        to: role, from: delegator, keys: keys, paths: .patterns(paths), isTerminating: isTerminating)
    }
  }

  /// Delegates all paths of a role to 2^`bitLength` hashed bins that share keys.
  package func stagingBins(
    prefix: String, bitLength: Int, from delegator: String, keyFiles: [String], threshold: Int, now: UTCTime
  ) throws -> [DraftAccount] {
    let keys = try roleKeys(keyFiles, threshold)
    return try staging(now: now) { editor in
      try editor.delegateToBins(prefix: prefix, bitLength: bitLength, from: delegator, keys: keys)
    }
  }

  /// Ends a delegation.
  package func stagingEnd(of role: String, from delegator: String, now: UTCTime) throws -> [DraftAccount] {
    try staging(now: now) { try $0.endDelegation(to: role, from: delegator) }
  }

  /// Gives a role other keys, at every role that delegates to it or at one.
  package func stagingKeys(
    of role: String, from delegator: String?, keyFiles: [String], threshold: Int, now: UTCTime
  ) throws -> [DraftAccount] {
    let keys = try roleKeys(keyFiles, threshold)
    return try staging(now: now) { try $0.setKeys(of: role, from: delegator, to: keys) }
  }

  /// Gives all hashed bins of a role other keys.
  package func stagingBinKeys(
    from delegator: String, keyFiles: [String], threshold: Int, now: UTCTime
  ) throws -> [DraftAccount] {
    let keys = try roleKeys(keyFiles, threshold)
    return try staging(now: now) { try $0.setBinKeys(from: delegator, to: keys) }
  }

  /// Begins new versions of roles with new expiries: of those that are named, or of all that expire within some days.
  ///
  /// Snapshot and timestamp are left to ``refresh(now:)``.
  package func stagingRenewal(of roles: [String], within days: Int, now: UTCTime) throws -> [DraftAccount] {
    let waiting = Set(try draftedRoles())
    let soon = now.advanced(by: .seconds(Int64(days) * 86_400))
    return try staging(now: now) { editor in
      let due = try editor.expiring(until: soon).filter { !["snapshot", "timestamp"].contains($0) }
      for role in roles where ["snapshot", "timestamp"].contains(role) {
        throw PublishingError.refreshedOnly(role: role)
      }
      for role in roles.isEmpty ? due.filter({ !waiting.contains($0) }) : roles {
        try editor.renew(role)
        // What waits already is begun anew as well where its role is named.
        try editor.setExpiry(of: role, to: now.advanced(by: Lifetimes.default.lifetime(of: role)))
      }
    }
  }

  /// Describes a plain file in a role, or in the hashed bins of a role, and keeps it in the workspace.
  package func stagingTarget(
    _ name: String, file: String, in role: String, binsOf delegator: String?, now: UTCTime
  ) throws -> [DraftAccount] {
    let bytes = try readFile(file, limit: Self.fileByteLimit)
    let digest = Digest(of: bytes)
    guard let path = TargetPath(name) else { throw PublishingError.unsafeName(name) }
    let place = try RepositoryFolder.targets.file(RepositoryCheck.filePath(of: path, sha256: digest))
    let target = NewTarget(path, length: bytes.count, sha256: digest)
    let drafts = try staging(now: now) { editor in
      if let delegator {
        try editor.setTargets([target], inBinsOf: delegator)
      } else {
        try editor.setTargets([target], in: role)
      }
    }
    if let parent = place.parent { _ = try directory.creatingDirectory(parent) }
    try writeOnce(bytes, to: place, in: directory)
    return drafts
  }

  /// Takes a target out of the role that describes it.
  package func stagingRemoval(of name: String, in role: String, now: UTCTime) throws -> [DraftAccount] {
    guard let path = TargetPath(name) else { throw PublishingError.unsafeName(name) }
    return try staging(now: now) { try $0.removeTarget(path, in: role) }
  }

  private func roleKeys(_ files: [String], _ threshold: Int) throws -> RoleKeys {
    try RoleKeys(try files.map { try KeyFiles.publicKey($0) }, threshold: threshold)
  }
}
