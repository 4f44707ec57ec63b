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

  /// Whether some path might be among them that one of these patterns matches.
  ///
  /// A digest says nothing of the paths that have it: hash prefixes can only be told for a pattern that is one path.
  func meets(_ wanted: [WantedPattern]) -> Bool {
    switch self {
    case .patterns(let patterns):
      wanted.contains { wanted in patterns.contains { $0.meets(wanted.pattern) } }
    case .hashPrefixes:
      wanted.contains { wanted in wanted.path.map { contains($0) } ?? true }
    }
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

/// The hashed bins of TAP 15: 2 to the power of `bitLength` roles that share keys; a target's digest says which is its.
struct SuccinctRoles: Sendable {
  let keys: RoleKeys
  let bitLength: Int
  let namePrefix: String

  init(keys: RoleKeys, bitLength: Int, namePrefix: String) {
    self.keys = keys
    self.bitLength = bitLength
    self.namePrefix = namePrefix
  }

  init(_ fields: MetadataFields, among listed: [KeyID: Key]) throws(Refusal) {
    namePrefix = try fields.string("name_prefix")
    keys = try RoleKeys(fields, role: FileName.remote(namePrefix), among: listed)
    // TAP 15: “BIT_LENGTH … must be an integer between 1 and 32, inclusive.”
    bitLength = Int(try fields.integer("bit_length", in: 1...32))
    guard Delegation.isRoleName(namePrefix), Delegation.isRoleName(name(of: 0)) else {
      throw .badRoleName(file: fields.file, name: namePrefix)
    }
  }

  var count: Int { 1 << bitLength }

  /// The name of a bin: `PREFIX-NUMBER`, the number in as many hexadecimal digits as the greatest needs.
  func name(of bin: Int) -> String {
    let digits = String(bin, radix: 16)
    let width = (bitLength + 3) / 4
    return namePrefix + "-" + String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
  }

  /// The bin of a path: the first bits of its SHA-256 digest.
  func bin(of path: HashedPath) -> Delegation {
    let leading = path.digest.bytes.prefix(4).reduce(0) { $0 << 8 | Int($1) }
    return delegation(of: leading >> (32 - bitLength))
  }

  /// A bin as a delegation; every path has one bin and no other, so it is terminating.
  func delegation(of bin: Int) -> Delegation {
    Delegation(role: name(of: bin), keys: keys, paths: .hashPrefixes(prefixes(of: bin)), isTerminating: true)
  }

  /// The digits with which a bin's digests begin: one prefix, or several where the bits end within a digit.
  func prefixes(of bin: Int) -> [String] {
    let width = (bitLength + 3) / 4
    let spare = width * 4 - bitLength
    return (0..<(1 << spare)).map { rest in
      let digits = String(bin << spare | rest, radix: 16)
      return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
  }

  /// The number of a bin's name; nil for what is none of them.
  func bin(named role: String) -> Int? {
    guard role.hasPrefix(namePrefix + "-"), let bin = Int(role.dropFirst(namePrefix.count + 1), radix: 16),
      (0..<count).contains(bin), name(of: bin) == role
    else { return nil }
    return bin
  }
}

/// All that one targets file delegates, in order of trust: “the first delegation is trusted over the second one”.
enum Delegations: Sendable {
  case named([Delegation])
  case bins(SuccinctRoles)

  static let none = Delegations.named([])

  var isEmpty: Bool { if case .named(let delegations) = self { delegations.isEmpty } else { false } }

  /// The delegations that are asked for a path, in order; none after a terminating one.
  func asked(for path: HashedPath) -> [Delegation] {
    let allowing = allowing(path)
    return allowing.firstIndex(where: \.isTerminating).map { Array(allowing[...$0]) } ?? allowing
  }

  /// The delegations that allow a path, whether they are asked or not.
  func allowing(_ path: HashedPath) -> [Delegation] {
    switch self {
    case .named(let delegations): delegations.filter { $0.paths.contains(path) }
    case .bins(let bins): [bins.bin(of: path)]
    }
  }

  /// The delegations that may speak of a path that one of these patterns matches; of any path where there is none.
  func meeting(_ wanted: [WantedPattern]?) throws(Refusal) -> [Delegation] {
    switch self {
    case .named(let delegations):
      guard let wanted else { return delegations }
      return delegations.filter { $0.paths.meets(wanted) }
    case .bins(let bins):
      if let wanted, wanted.allSatisfy({ $0.path != nil }) {
        let numbers = Set(wanted.compactMap { $0.path.map { bins.bin(of: $0).role } }.compactMap(bins.bin(named:)))
        return numbers.sorted().map(bins.delegation)
      }
      guard bins.count <= Limits.rolesPerRefresh else { throw .tooManyRoles(limit: Limits.rolesPerRefresh) }
      return (0..<bins.count).map(bins.delegation)
    }
  }

  /// The delegation to a role of this name.
  func delegation(to role: String) -> Delegation? {
    switch self {
    case .named(let delegations): delegations.first { $0.role == role }
    case .bins(let bins): bins.bin(named: role).map(bins.delegation)
    }
  }
}
