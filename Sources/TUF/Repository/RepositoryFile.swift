/// One metadata file to write beneath the repository's metadata folder.
public struct RepositoryFile: Sendable, Hashable {
  /// The file's name: `7.snapshot.json`.
  public let name: String
  /// All that is to stand in it.
  public let bytes: [UInt8]
}

/// How long what is signed stays trusted, from the moment of signing.
///
/// Short lives make a freeze short; long ones spare the people who hold offline keys.
public struct Lifetimes: Sendable, Hashable {
  /// A year for root, half a year for top-level targets, a year for delegated roles, a week for snapshot, a day for
  /// timestamp.
  public static let `default` = Lifetimes()

  /// Of root.
  public var root: Duration
  /// Of top-level targets.
  public var targets: Duration
  /// Of each delegated role.
  public var delegated: Duration
  /// Of snapshot.
  public var snapshot: Duration
  /// Of timestamp.
  public var timestamp: Duration

  /// Lives of one's own; what is left out is as in ``default``.
  public init(
    root: Duration = .seconds(365 * 86_400), targets: Duration = .seconds(182 * 86_400),
    delegated: Duration = .seconds(365 * 86_400), snapshot: Duration = .seconds(7 * 86_400),
    timestamp: Duration = .seconds(86_400)
  ) {
    self.root = root
    self.targets = targets
    self.delegated = delegated
    self.snapshot = snapshot
    self.timestamp = timestamp
  }

  /// The lifetime of a role by its name; any name but a top-level role's is a delegated role's.
  public func lifetime(of role: String) -> Duration {
    switch TopLevelRole(rawValue: role) {
    case .root: root
    case .targets: targets
    case .snapshot: snapshot
    case .timestamp: timestamp
    case nil: delegated
    }
  }
}
