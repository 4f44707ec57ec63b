internal import Basics
internal import CanonicalJSON

/// What paths a delegated role may speak of.
public enum DelegatedPaths: Sendable, Hashable {
  /// Paths that match one of these patterns.
  case patterns([PathPattern])
  /// Paths whose SHA-256 digest in hexadecimal begins with one of these (specification 4.5, path_hash_prefixes).
  case hashPrefixes([String])

  /// Whether a path is among them.
  public func contains(_ path: TargetPath) -> Bool {
    switch self {
    case .patterns(let patterns):
      return patterns.contains { $0.matches(path) }
    case .hashPrefixes(let prefixes):
      let digits = Digest(of: path.description.utf8).hex.utf8
      return prefixes.contains { digits.starts(with: $0.utf8) }
    }
  }
}

/// One delegation of top-level targets: a role, its keys, and its paths (specification 4.5, DELEGATIONS).
struct Delegation {
  let role: String
  let keys: RoleKeys
  let paths: DelegatedPaths
  let isTerminating: Bool

  init(_ fields: MetadataFields, among listed: [KeyID: Key]) throws(Refusal) {
    role = try fields.string("name")
    guard Self.isRoleName(role) else { throw .badRoleName(file: fields.file, name: role) }
    keys = try RoleKeys(fields, role: role, among: listed)
    paths = try Self.paths(fields, role: role)
    isTerminating = try fields.optionalBool("terminating") ?? false
  }

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

  /// Whether a text may be the name of a delegated role: it becomes part of file names, so it is a word of ASCII letters,
  /// digits and `-_.+~@=`, does not begin with a dot, and cannot be mistaken for a top-level role, not even for a
  /// version of one (`3.root`).
  static func isRoleName(_ text: String) -> Bool {
    let marks = Array("-_.+~@=".utf8)
    let isWord = text.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
      default: marks.contains(byte)
      }
    }
    guard isWord, (1...Limits.roleNameByteCount).contains(text.utf8.count), !text.hasPrefix(".") else { return false }
    let rest = text.drop { $0.isNumber || $0 == "." }
    let reserved = TopLevelRole.allCases.map(\.rawValue) + ["mirrors"]
    return !reserved.contains(String(rest))
  }
}
