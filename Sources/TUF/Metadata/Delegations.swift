/// All that one targets file delegates, in order of trust: “the first delegation is trusted over the second one”.
enum Delegations: Sendable {
  case named(NamedDelegations)
  case bins(SuccinctRoles)

  static let none = Delegations.named(NamedDelegations([]))

  var isEmpty: Bool { if case .named(let delegations) = self { delegations.all.isEmpty } else { false } }

  /// The delegations that are asked for a path, in order; none after a terminating one.
  func asked(for path: HashedPath) -> [Delegation] {
    let allowing = allowing(path)
    return allowing.firstIndex(where: \.isTerminating).map { Array(allowing[...$0]) } ?? allowing
  }

  /// The delegations that allow a path, whether they are asked or not.
  func allowing(_ path: HashedPath) -> [Delegation] {
    switch self {
    case .named(let delegations): delegations.allowing(path)
    case .bins(let bins): [bins.bin(of: path)]
    }
  }

  /// The delegations that may speak of a path that one of these patterns matches; of any path where there is none.
  func meeting(_ wanted: [WantedPattern]?, _ effort: inout Effort) throws(Refusal) -> [Delegation] {
    switch self {
    case .named(let delegations):
      guard let wanted else { return delegations.all }
      return try delegations.meeting(wanted, &effort)
    case .bins(let bins):
      if let wanted, wanted.allSatisfy({ $0.path != nil }) {
        let numbers = Set(wanted.compactMap { $0.path.map { bins.bin(of: $0).role } }.compactMap(bins.bin(named:)))
        return numbers.sorted().map(bins.delegation)
      }
      guard bins.count <= Limits.rolesPerRefresh else { throw .tooManyRoles(limit: Limits.rolesPerRefresh) }
      return (0..<bins.count).map(bins.delegation)
    }
  }

  /// All delegations.
  func all() throws(Refusal) -> [Delegation] {
    var effort = Effort()
    return try meeting(nil, &effort)
  }

  /// The delegation to a role of this name.
  func delegation(to role: String) -> Delegation? {
    switch self {
    case .named(let delegations): delegations.all.first { $0.role == role }
    case .bins(let bins): bins.bin(named: role).map(bins.delegation)
    }
  }
}

/// Delegations to roles by name, with an index: among a thousand roles, few are held against a path.
struct NamedDelegations: Sendable {
  /// How many of a pattern's components the index looks at: more would make it longer than the file.
  private static let indexedComponents = 4

  /// In order of appearance.
  let all: [Delegation]
  /// Which of them have a pattern that begins with these components without a wildcard, as far as these are indexed.
  private var byComponents: [[String]: [Int]] = [:]
  /// Which of them have a pattern that begins with these components and goes on without a wildcard.
  private var beyondComponents: [[String]: [Int]] = [:]
  /// Which of them have this hash prefix.
  private var byHashPrefix: [String: [Int]] = [:]
  /// The lengths of the hash prefixes that there are.
  private var hashPrefixLengths: Set<Int> = []
  /// Which of them have hash prefixes.
  private var hashed: [Int] = []

  init(_ all: [Delegation]) {
    self.all = all
    for (index, delegation) in all.enumerated() {
      switch delegation.paths {
      case .patterns(let patterns):
        for key in Set(patterns.map(Self.key)) {
          byComponents[key, default: []].append(index)
          for count in key.indices { beyondComponents[Array(key[..<count]), default: []].append(index) }
        }
      case .hashPrefixes(let prefixes):
        hashed.append(index)
        for prefix in Set(prefixes) {
          byHashPrefix[prefix, default: []].append(index)
          hashPrefixLengths.insert(prefix.utf8.count)
        }
      }
    }
  }

  private static func key(_ pattern: PathPattern) -> [String] {
    Array(pattern.leadingComponents.prefix(indexedComponents))
  }

  /// Those with a pattern whose indexed components begin some others.
  private func beginning(_ components: some Collection<String>) -> Set<Int> {
    guard !byComponents.isEmpty else { return [] }
    var key: [String] = []
    var indexes = Set(byComponents[key] ?? [])
    for component in components.prefix(Self.indexedComponents) {
      key.append(component)
      indexes.formUnion(byComponents[key] ?? [])
    }
    return indexes
  }

  /// The delegations that allow a path, in order.
  func allowing(_ path: HashedPath) -> [Delegation] {
    var indexes = beginning(path.path.components)
    for length in hashPrefixLengths {
      indexes.formUnion(byHashPrefix[String(decoding: path.digits.prefix(length), as: UTF8.self)] ?? [])
    }
    return indexes.sorted().map { all[$0] }.filter { $0.paths.contains(path) }
  }

  /// The delegations that may speak of a path that one of these patterns matches, in order.
  func meeting(_ wanted: [WantedPattern], _ effort: inout Effort) throws(Refusal) -> [Delegation] {
    var found: Set<Int> = []
    for pattern in wanted {
      let key = Self.key(pattern.pattern)
      let candidates = beginning(key).union(beyondComponents[key] ?? []).union(hashed)
      for index in candidates where !found.contains(index) {
        if try all[index].paths.meets([pattern], &effort) { found.insert(index) }
      }
    }
    return found.sorted().map { all[$0] }
  }
}
