internal import Basics

/// What paths a delegated role may speak of.
public enum DelegatedPaths: Sendable, Hashable {
  /// Paths that match one of these patterns.
  case patterns([PathPattern])
  /// Paths whose SHA-256 digest in hexadecimal begins with one of these (specification 4.5, path_hash_prefixes).
  case hashPrefixes([String])

  /// Whether a path is among them.
  public func contains(_ path: TargetPath) -> Bool { contains(HashedPath(path)) }

  func contains(_ path: HashedPath) -> Bool {
    switch self {
    case .patterns(let patterns): patterns.contains { $0.matches(path.path) }
    case .hashPrefixes(let prefixes): prefixes.contains { path.digits.starts(with: $0.utf8) }
    }
  }

  /// Whether some path might be among both these and others; a digest tells nothing of a pattern with a wildcard.
  func meets(_ other: DelegatedPaths, _ effort: inout Effort) throws(Refusal) -> Bool {
    switch (self, other) {
    case (_, .patterns(let patterns)): return try meets(patterns.map { WantedPattern($0) }, &effort)
    case (.patterns, .hashPrefixes): return try other.meets(self, &effort)
    case (.hashPrefixes(let mine), .hashPrefixes(let others)):
      for prefix in mine {
        try effort.spend(others.count)
        if others.contains(where: { $0.hasPrefix(prefix) || prefix.hasPrefix($0) }) { return true }
      }
      return false
    }
  }

  /// Whether some path might be among them that one of these patterns matches.
  ///
  /// A digest says nothing of the paths that have it: hash prefixes can only be told for a pattern that is one path.
  func meets(_ wanted: [WantedPattern], _ effort: inout Effort) throws(Refusal) -> Bool {
    switch self {
    case .patterns(let patterns):
      for wanted in wanted {
        for pattern in patterns where try pattern.meets(wanted.pattern, &effort) { return true }
      }
    case .hashPrefixes(let prefixes):
      for wanted in wanted {
        guard let path = wanted.path else { return true }
        try effort.spend(prefixes.count)
        if contains(path) { return true }
      }
    }
    return false
  }
}

/// A target's path with its SHA-256 digest, computed once for all delegations that it is held against.
struct HashedPath: Sendable {
  let path: TargetPath
  let digest: Digest
  let digits: [UInt8]

  init(_ path: TargetPath) {
    self.path = path
    digest = Digest(of: path.description.utf8)
    digits = Array(digest.hex.utf8)
  }
}

/// A pattern of paths that somebody asks for, with the path where it is only one.
struct WantedPattern: Sendable {
  let pattern: PathPattern
  let path: HashedPath?

  init(_ pattern: PathPattern) {
    self.pattern = pattern
    path = pattern.onlyPath.map { HashedPath($0) }
  }
}

/// One delegation: a role, its keys, and its paths (specification 4.5, DELEGATIONS).
struct Delegation: Sendable {
  let role: String
  let keys: RoleKeys
  let paths: DelegatedPaths
  let isTerminating: Bool

  init(role: String, keys: RoleKeys, paths: DelegatedPaths, isTerminating: Bool) {
    self.role = role
    self.keys = keys
    self.paths = paths
    self.isTerminating = isTerminating
  }

  init(_ fields: MetadataFields, among listed: [KeyID: Key]) throws(Refusal) {
    role = try fields.string("name")
    guard Self.isRoleName(role) else { throw .badRoleName(file: fields.file, name: role) }
    keys = try RoleKeys(fields, role: FileName.remote(role), among: listed)
    paths = try Self.paths(fields, role: FileName.remote(role))
    isTerminating = try fields.optionalBool("terminating") ?? false
  }

  /// The role's name, fit for a sentence.
  var shownRole: String { FileName.remote(role) }

  /// The role's file without a version, as sentences name it.
  var fileName: String { shownRole + ".json" }

  /// The paths of a delegation, given in exactly one of two ways.
  ///
  /// 4.5: “The "path_hash_prefixes" and "paths" attributes are OPTIONAL, if used, exactly one of them should be set.”
  /// A role with neither could never say anything, and is refused as the mistake that it is.
  private static func paths(_ fields: MetadataFields, role: String) throws(Refusal) -> DelegatedPaths {
    guard fields.has("paths") != fields.has("path_hash_prefixes") else {
      throw .pathsUnclear(file: fields.file, role: role)
    }
    let texts = try fields.strings(fields.has("paths") ? "paths" : "path_hash_prefixes")
    guard texts.count <= Limits.patternsPerRole else {
      throw .tooManyPatterns(file: fields.file, role: role, count: texts.count, limit: Limits.patternsPerRole)
    }
    if fields.has("paths") {
      var patterns: [PathPattern] = []
      for text in texts {
        guard let pattern = PathPattern(text) else { throw .badPattern(file: fields.file, role: role, text: text) }
        patterns.append(pattern)
      }
      return .patterns(patterns)
    }
    for text in texts where !isHashPrefix(text) {
      throw .badPattern(file: fields.file, role: role, text: text)
    }
    return .hashPrefixes(texts)
  }

  private static func isHashPrefix(_ text: String) -> Bool {
    (1...64).contains(text.utf8.count)
      && text.utf8.allSatisfy {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
      }
  }

  /// Whether a text may be the name of a delegated role.
  ///
  /// Anything of bounded length may that cannot be mistaken for a top-level role, not even for a version of one
  /// (`3.root`). ``FileName`` makes names of files of it.
  static func isRoleName(_ text: String) -> Bool {
    guard (1...Limits.roleNameByteCount).contains(text.utf8.count) else { return false }
    let marks = UInt8(ascii: "0")...UInt8(ascii: "9")
    let rest = text.utf8.drop { marks.contains($0) || $0 == UInt8(ascii: ".") }
    let reserved = TopLevelRole.allCases.map(\.rawValue) + ["mirrors"]
    return !reserved.contains { $0.utf8.elementsEqual(rest) }
  }

  /// Whether a text may name a role that is made here: a word that is its own file name everywhere, of ASCII letters,
  /// digits and `-_.+~@=`, without a dot in front.
  static func isPlainRoleName(_ text: String) -> Bool {
    isRoleName(text) && !text.hasPrefix(".") && text.utf8.count <= Limits.plainRoleNameByteCount
      && FileName.remote(text) == text
  }
}
