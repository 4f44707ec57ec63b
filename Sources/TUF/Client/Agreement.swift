/// What several roles say alike of one target, none of them believed alone.
///
/// TUF's thresholds count keys of one role. Where two groups of people must both have said yes, each has a role of its own
/// over the same paths, and this is asked.
public struct Agreement: Sendable, Hashable {
  /// The target, as the first of the roles describes it.
  public let target: VerifiedTarget
  /// Who vouches for it: one account for each role, in the order in which they were asked for.
  public let accounts: [RoleAccount]
}

/// Why roles do not agree on a target.
public enum Disagreement: Error, Sendable, Hashable, CustomStringConvertible {
  /// A role does not speak of the target; the reason is there where its file was refused.
  case silent(role: String, reason: Refusal?)
  /// Two roles describe different files.
  case different(String, String)
  /// Two roles speak by the word of different delegators: one of them was slipped in under its name.
  case apart(String, String)
  /// One key signed for two roles, whatever it is called there.
  case sharedKey(String, String)

  /// One sentence, to follow a colon.
  public var description: String {
    switch self {
    case .silent(let role, nil): "the role \(FileName.remote(role)) does not name it"
    case .silent(let role, let reason?): "the role \(FileName.remote(role)) was left out: \(reason)"
    case .different(let one, let other):
      "the roles \(FileName.remote(one)) and \(FileName.remote(other)) name different files"
    case .apart(let one, let other):
      "the roles \(FileName.remote(one)) and \(FileName.remote(other)) are not delegated to by the same role"
    case .sharedKey(let one, let other):
      "one key signed for both \(FileName.remote(one)) and \(FileName.remote(other))"
    }
  }
}

extension Hearing {
  /// What these roles say alike: the same file, each by the word of the same delegators, and with no key in common.
  ///
  /// - Parameter roles: at least one name of a delegated role.
  public func agreement(of roles: [String]) throws(Disagreement) -> Agreement {
    var spoken: [(role: String, target: VerifiedTarget, account: RoleAccount)] = []
    for role in roles {
      guard let index = statements.firstIndex(where: { $0.role == role }) else {
        throw .silent(role: role, reason: refusals.first { $0.role == role }?.reason)
      }
      spoken.append((role, statements[index], accounts[index]))
    }
    guard let first = spoken.first else { throw .silent(role: "", reason: nil) }
    for (index, one) in spoken.enumerated() {
      for other in spoken.dropFirst(index + 1) {
        guard one.target.delegators == other.target.delegators else { throw .apart(one.role, other.role) }
        guard (one.target.length, one.target.hashes) == (other.target.length, other.target.hashes) else {
          throw .different(one.role, other.role)
        }
        guard !one.account.sharesSigner(with: other.account) else { throw .sharedKey(one.role, other.role) }
      }
    }
    return Agreement(target: first.target, accounts: spoken.map(\.account))
  }
}
