/// Where an improvement stands on a device.
///
/// Every change is journaled before its effect and is idempotent.
package enum ImprovementState: Sendable, Hashable {
  /// Verified metadata names it and it fits; nothing has been fetched.
  case offered
  /// It could be installed but for the reason given.
  case waiting(reason: String)
  /// Its payloads are being fetched.
  case fetching
  /// All that was fetched has its digest.
  case verified
  /// Its files are rebuilt, digest-checked and in the store.
  case staged
  /// Its files stand in place of the baseline's.
  case grafted
  /// The restart plan is being carried out.
  case activating
  /// Live, and watched.
  case probation
  /// Live, and found healthy.
  case confirmed
  /// Given up before it was live, for the reason given.
  case failed(reason: String)
  /// Taken off again because of bad health.
  case rolledBack(reason: String)
  /// A later serial stands in its place.
  case superseded(by: Serial)
  /// Taken off by the owner.
  case removed(by: String)
  /// Recalled by its publisher.
  case withdrawn(reason: String)
  /// The operating system's own update contains the fix.
  case retired(version: PackageVersion)

  /// The word for the state, without its data.
  package var name: String {
    switch self {
    case .offered: "offered"
    case .waiting: "waiting"
    case .fetching: "fetching"
    case .verified: "verified"
    case .staged: "staged"
    case .grafted: "grafted"
    case .activating: "activating"
    case .probation: "probation"
    case .confirmed: "confirmed"
    case .failed: "failed"
    case .rolledBack: "rolledBack"
    case .superseded: "superseded"
    case .removed: "removed"
    case .withdrawn: "withdrawn"
    case .retired: "retired"
    }
  }

  /// The state's data as text; empty where it has none.
  package var detail: String {
    switch self {
    case .waiting(let reason), .failed(let reason), .rolledBack(let reason), .withdrawn(let reason): reason
    case .superseded(let serial): serial.description
    case .removed(let owner): owner
    case .retired(let version): version.description
    default: ""
    }
  }

  /// Reads back what `name` and `detail` wrote; nil for anything else.
  package init?(name: String, detail: String) {
    switch name {
    case "offered": self = .offered
    case "waiting": self = .waiting(reason: detail)
    case "fetching": self = .fetching
    case "verified": self = .verified
    case "staged": self = .staged
    case "grafted": self = .grafted
    case "activating": self = .activating
    case "probation": self = .probation
    case "confirmed": self = .confirmed
    case "failed": self = .failed(reason: detail)
    case "rolledBack": self = .rolledBack(reason: detail)
    case "superseded":
      guard let serial = Serial(detail) else { return nil }
      self = .superseded(by: serial)
    case "removed": self = .removed(by: detail)
    case "withdrawn": self = .withdrawn(reason: detail)
    case "retired":
      guard let version = PackageVersion(detail) else { return nil }
      self = .retired(version: version)
    default: return nil
    }
  }

  /// Whether the improvement's files may stand in place of the baseline's in this state.
  package var isInPlace: Bool {
    switch self {
    case .grafted, .activating, .probation, .confirmed: true
    default: false
    }
  }

  /// Whether nothing further happens by itself from here.
  package var isEnded: Bool {
    switch self {
    case .failed, .rolledBack, .superseded, .removed, .withdrawn, .retired: true
    default: false
    }
  }

  private var rank: Int {
    switch self {
    case .offered: 0
    case .waiting: 1
    case .fetching: 2
    case .verified: 3
    case .staged: 4
    case .grafted: 5
    case .activating: 6
    case .probation: 7
    case .confirmed: 8
    case .failed, .rolledBack, .superseded, .removed, .withdrawn, .retired: 9
    }
  }

  /// Whether an improvement may go from this state to another: forward along the one line, or off it to an end; back to
  /// the beginning only while nothing of it is in place.
  package func mayBecome(_ next: ImprovementState) -> Bool {
    // For ever, from wherever it was.
    if case .withdrawn = self { return next == self }
    if case .withdrawn = next { return true }
    // A superseded improvement's files stay in the store until the later one is confirmed: the fallback needs no fetch.
    if case .superseded = self, next == .grafted { return true }
    if isEnded { return next == self || next.rank <= 1 }
    // A watch that was cut off begins again with finding out who is exposed.
    if self == .probation, next == .activating { return true }
    switch next {
    case .offered: return !isInPlace
    case .rolledBack: return isInPlace
    case .failed: return !isInPlace
    case .superseded, .removed, .withdrawn, .retired: return true
    case .waiting: return rank <= 4
    default: return next.rank == rank || next.rank == rank + 1 || (self == .offered && next == .fetching)
    }
  }
}
