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
  func meeting(_ wanted: [WantedPattern]?) throws(Refusal) -> [Delegation] {
    switch self {
    case .named(let delegations):
      guard let wanted else { return delegations.all }
      return delegations.all.filter { $0.paths.meets(wanted) }
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
    case .named(let delegations): delegations.all.first { $0.role == role }
    case .bins(let bins): bins.bin(named: role).map(bins.delegation)
    }
  }
}

/// Delegations to roles by name, with an index: among a thousand roles, few are held against a path.
struct NamedDelegations: Sendable {
  /// In order of appearance.
  let all: [Delegation]
  /// Which of them have a pattern that begins with these components without a wildcard.
  private var byComponents: [[String]: [Int]] = [:]
  /// Which of them have this hash prefix.
  private var byHashPrefix: [String: [Int]] = [:]
  /// The lengths of the hash prefixes that there are.
  private var hashPrefixLengths: Set<Int> = []

  init(_ all: [Delegation]) {
    self.all = all
    for (index, delegation) in all.enumerated() {
      switch delegation.paths {
      case .patterns(let patterns):
        for key in Set(patterns.map(\.leadingComponents)) { byComponents[key, default: []].append(index) }
      case .hashPrefixes(let prefixes):
        for prefix in Set(prefixes) {
          byHashPrefix[prefix, default: []].append(index)
          hashPrefixLengths.insert(prefix.utf8.count)
        }
      }
    }
  }

  /// The delegations that allow a path, in order.
  func allowing(_ path: HashedPath) -> [Delegation] {
    var indexes: Set<Int> = []
    if !byComponents.isEmpty {
      var components: [String] = []
      indexes.formUnion(byComponents[components] ?? [])
      for component in path.path.components {
        components.append(component)
        indexes.formUnion(byComponents[components] ?? [])
      }
    }
    for length in hashPrefixLengths {
      indexes.formUnion(byHashPrefix[String(decoding: path.digits.prefix(length), as: UTF8.self)] ?? [])
    }
    return indexes.sorted().map { all[$0] }.filter { $0.paths.contains(path) }
  }
}
