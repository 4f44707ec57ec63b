package import Improvements

/// What one person is asked to do at their desktop, so that none of their programs runs vulnerable code any more.
package struct RelaunchRequest: Sendable, Hashable {
  /// The person's number.
  package let user: UInt32
  /// Programs to be ended and started again, by the kernel's names for them, in order.
  package let programs: [String]
  /// Whether a new session is needed besides.
  package let needsSession: Bool

  /// One line.
  package static let title = "A security improvement waits for you"

  /// What is to be done, a line each.
  package var text: String {
    var lines: [String] = []
    if !programs.isEmpty { lines.append("Close and open again: \(programs.joined(separator: ", "))") }
    if needsSession { lines.append("Log out and in again") }
    return lines.joined(separator: "\n")
  }

  /// What is asked of each person whose programs are among what waits, in order of their numbers.
  ///
  /// Programs of containers, and those that belong to no session, are nobody's at a desktop.
  package static func all(for waiting: [RestartPlan.Step]) -> [RelaunchRequest] {
    var programs: [UInt32: Set<String>] = [:]
    var sessions: Set<UInt32> = []
    for step in waiting {
      guard case .program(let name) = step.subject, let user = step.user else { continue }
      switch step.place {
      case .session, .userUnit: break
      case .container, .unit, .unmanaged: continue
      }
      switch step.cost {
      case .relaunch: programs[user, default: []].insert(name)
      case .session: sessions.insert(user)
      default: continue
      }
    }
    return sessions.union(programs.keys).sorted().map { user in
      RelaunchRequest(user: user, programs: programs[user, default: []].sorted(), needsSession: sessions.contains(user))
    }
  }

  /// Whether something is asked here that was not asked before.
  package func asksMore(than before: RelaunchRequest?) -> Bool {
    guard let before else { return true }
    return !Set(programs).isSubset(of: before.programs) || needsSession && !before.needsSession
  }
}
