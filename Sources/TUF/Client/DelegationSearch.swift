/// The pre-order, depth-first search of 5.6.7 for one target: which delegation is asked next.
struct DelegationSearch {
  /// One delegation on the way.
  struct Step {
    let delegation: Delegation
    /// The roles that lead to it, from top-level targets to the one that delegates.
    let delegators: [String]
    /// The role that delegates.
    var delegator: String { delegators.last ?? TopLevelRole.targets.rawValue }
    /// How many delegations lead to it; 1 for one of top-level targets.
    var depth: Int { delegators.count }
  }

  private let path: HashedPath
  private var stack: [Step]
  /// The roles that were asked.
  ///
  /// 5.6.7.1: “If this role has been visited before, then skip this role (so that cycles … are avoided).”
  private var visited: Set<String> = []

  init(_ path: HashedPath, from targets: TargetsMetadata) {
    self.path = path
    stack = targets.delegations.asked(for: path).reversed().map {
      Step(delegation: $0, delegators: [TopLevelRole.targets.rawValue])
    }
  }

  /// The next delegation to ask, nil after the last; refused beyond the limits, since nobody knows then what a role that
  /// was not asked would have said.
  mutating func next() throws(Refusal) -> Step? {
    while let step = stack.popLast() {
      guard visited.insert(step.delegation.role).inserted else { continue }
      guard visited.count <= Limits.rolesPerSearch else {
        throw .searchTooLong(path: path.path, limit: Limits.rolesPerSearch)
      }
      guard step.depth <= Limits.delegationDepth else {
        throw .tooDeep(role: step.delegation.shownRole, limit: Limits.delegationDepth)
      }
      return step
    }
    return nil
  }

  /// Goes on with what a role delegates, before anything that was still to be asked; instead of it where one of these
  /// delegations is terminating (5.6.7.2.1).
  mutating func descend(into role: TargetsMetadata, by step: Step) {
    let asked = role.delegations.asked(for: path)
    if asked.last?.isTerminating == true { stack = [] }
    stack += asked.reversed().map {
      Step(delegation: $0, delegators: step.delegators + [step.delegation.role])
    }
  }
}

/// A delegated role's file to get.
public struct RoleRequest: Sendable, Hashable {
  /// The role.
  public let role: String
  /// The roles that delegate to it, as far as they were met; the keys that one of them names must have signed the file.
  public var delegators: [String] { edges.map(\.delegator) }
  /// The file.
  public let file: MetadataRequest
  var edges: [Edge]

  /// One role's word on another.
  struct Edge: Sendable {
    let delegation: Delegation
    let delegator: String
  }

  /// Requests are equal where they ask for the same file on the same word.
  public static func == (left: RoleRequest, right: RoleRequest) -> Bool {
    (left.role, left.delegators, left.file) == (right.role, right.delegators, right.file)
  }

  /// Feeds what makes requests equal.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(role)
    hasher.combine(delegators)
    hasher.combine(file)
  }
}

/// What a search for one target came to, or needs.
public enum SearchStep: Sendable, Hashable {
  /// The search goes on with this file.
  case needs(RoleRequest)
  /// The target.
  case found(VerifiedTarget)
  /// No role describes such a target.
  case absent
}

/// What is known of all that roles say of one target, or what is needed to know it.
public enum StatementStep: Sendable, Hashable {
  /// The search goes on with this file.
  case needs(RoleRequest)
  /// What was said, in the order of trust.
  case made([VerifiedTarget])
}

/// All that trusted roles say of one target, and the roles that were asked and could not be heard.
public struct Hearing: Sendable, Hashable {
  /// What was said, in the order of trust.
  public let statements: [VerifiedTarget]
  /// Who vouches for each statement, in their order.
  public let accounts: [RoleAccount]
  /// The roles that were refused, and why.
  public let refusals: [RoleRefusal]
}

/// What is known of a hearing, or what is needed to know it.
public enum HearingStep: Sendable, Hashable {
  /// The hearing goes on with this file.
  case needs(RoleRequest)
  /// Every role was asked.
  case held(Hearing)
}
