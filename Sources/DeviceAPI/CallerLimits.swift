internal import Linux
internal import Synchronization

/// Who may have how many connections, so that no user can keep the others, or root, from being heard.
final class CallerLimits: Sendable {
  private let limit: Int
  private let limitPerUser: Int
  private let connections = Mutex<[UInt32: Int]>([:])

  /// `limit` connections for all ordinary users together, `limitPerUser` for each; as many again as one user may have
  /// for root.
  init(limit: Int, limitPerUser: Int) {
    self.limit = limit
    self.limitPerUser = limitPerUser
  }

  /// Counts a connection; false, and nothing counted, where there are too many.
  func enter(_ caller: PeerCredentials) -> Bool {
    connections.withLock { connections in
      let own = connections[caller.user, default: 0]
      let ordinary = connections.filter { $0.key != 0 }.values.reduce(0, +)
      guard own < limitPerUser, caller.user == 0 || ordinary < limit else { return false }
      connections[caller.user] = own + 1
      return true
    }
  }

  /// Takes a connection out of the count.
  func leave(_ caller: PeerCredentials) {
    connections.withLock { connections in
      let own = connections[caller.user, default: 0] - 1
      connections[caller.user] = own > 0 ? own : nil
    }
  }
}
