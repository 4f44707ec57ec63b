/// How much work a role's delegations may make of finding out which of them concern some paths.
///
/// A role's keepers may write a file of a million patterns, each of which is to be held against each path that a device asks
/// for. Beyond the limit the role's delegations are left out, and nobody else's.
struct Effort {
  private let limit: Int
  private var left: Int

  /// - Parameter limit: in characters compared.
  init(limit: Int = Limits.effortPerRole) {
    self.limit = limit
    left = limit
  }

  /// Takes from what is left; refused where that is not enough.
  mutating func spend(_ count: Int) throws(Refusal) {
    guard count <= left else { throw .tooMuchEffort(limit: limit) }
    left -= count
  }
}

/// The roles that were left out and why; of one delegator no more than a person reads, the others counted.
struct RefusalList {
  private var told: [RoleRefusal] = []
  private var counts: [String: Int] = [:]

  /// All of them, and at the end how many more there are.
  var all: [RoleRefusal] {
    let more = counts.filter { $0.value > Limits.refusalsPerDelegator && !Self.isTold($0.key) }
    return told
      + more.sorted { $0.key < $1.key }.map { delegator, count in
        RoleRefusal(role: delegator, reason: .moreLeftOut(count: count - Limits.refusalsPerDelegator))
      }
  }

  mutating func add(_ refusal: RoleRefusal, of delegator: String) {
    counts[delegator, default: 0] += 1
    guard Self.isTold(delegator) || counts[delegator, default: 0] <= Limits.refusalsPerDelegator else { return }
    told.append(refusal)
  }

  // What top-level targets delegates to is told without exception: whoever asks for one of these roles must hear of it.
  private static func isTold(_ delegator: String) -> Bool { delegator == TopLevelRole.targets.rawValue }
}
