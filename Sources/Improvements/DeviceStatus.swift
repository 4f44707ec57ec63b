package import Basics

/// What a device says of itself: it ends in memory, not on disk.
package struct DeviceStatus: Sendable, Hashable {
  /// The verdict over the whole machine.
  package enum Verdict: String, Sendable, Hashable {
    /// Every applicable improvement is in place and no process runs anything else.
    case protected
    /// At least one process runs the baseline's code, or an applicable improvement is not in place.
    case exposed
    /// Every exposed process is scheduled to stop being so.
    case pending
    /// An improvement concerns this machine, and Suture cannot tell whether it fits or who runs what.
    case unknown
    /// No improvement is known that fits this machine.
    case nothingToProtect = "nothing-to-protect"
  }

  /// An earlier improvement that stands while a later one does not.
  package struct Standing: Sendable, Hashable {
    /// Its serial.
    package let serial: Serial
    /// The serial's letter on this machine's baseline.
    package let letter: Letter
    /// Where it stands.
    package let state: ImprovementState
    /// When it reached its present state.
    package let since: UTCTime
    /// Identifiers of the advisories that it closes.
    package let advisories: [String]

    /// Describes an improvement that stands.
    package init(serial: Serial, letter: Letter, state: ImprovementState, since: UTCTime, advisories: [String]) {
      self.serial = serial
      self.letter = letter
      self.state = state
      self.since = since
      self.advisories = advisories
    }
  }

  /// One component with an improvement.
  package struct Component: Sendable, Hashable {
    /// The component's stream.
    package let stream: Stream
    /// The highest serial that fits this machine, whether it is in place or not.
    package let serial: Serial
    /// The serial's letter on this machine's baseline.
    package let letter: Letter
    /// The baseline's version.
    package let baseline: PackageVersion
    /// The version whose fix it carries.
    package let fixedIn: PackageVersion
    /// Where it stands.
    package let state: ImprovementState
    /// The earlier improvement that is in place instead; nil where none is.
    package let standing: Standing?
    /// Advisory identifiers.
    package let advisories: [String]
    /// The files it replaces.
    package let files: [RelativePath]
    /// Bytes that travelled for it.
    package let payloadBytes: Int
    /// When it reached its present state.
    package let since: UTCTime
    /// Processes that map one of its files, improved or not, and those that read one by its publisher's word.
    package let processes: [ProcessReport]
    /// What of it is read and not mapped; nil where nothing is.
    package let read: ReadReport?
    /// Copies of its files that are *elsewhere*, and the processes that map them.
    package let copies: [CopyReport]
    /// What the last look said of the device's turn; nil where it said nothing.
    package let turn: TurnReport?
    /// What is known of it in the public log.
    package let log: LogStanding
    /// How its health is watched, or what follows from it; nil where neither is.
    package let health: HealthReport?
    /// Whether its owner pinned it.
    package let isPinned: Bool

    /// Gathers a component's account.
    package init(
      stream: Stream, serial: Serial, letter: Letter, baseline: PackageVersion, fixedIn: PackageVersion,
      state: ImprovementState, advisories: [String], files: [RelativePath], payloadBytes: Int, since: UTCTime,
      processes: [ProcessReport], copies: [CopyReport] = [], standing: Standing? = nil, turn: TurnReport? = nil,
      log: LogStanding = .notLogged(reason: nil), health: HealthReport? = nil, isPinned: Bool = false,
      read: ReadReport? = nil
    ) {
      self.stream = stream
      self.serial = serial
      self.letter = letter
      self.baseline = baseline
      self.fixedIn = fixedIn
      self.state = state
      self.standing = standing
      self.advisories = advisories
      self.files = files
      self.payloadBytes = payloadBytes
      self.since = since
      self.processes = processes
      self.copies = copies
      self.turn = turn
      self.log = log
      self.health = health
      self.isPinned = isPinned
      self.read = read
    }

    /// Whether it stands, or an earlier one, and nobody says who has what is read of it.
    package var isUntold: Bool {
      guard let read, state.isInPlace || standing != nil else { return false }
      return read.readers == nil
    }

    /// The advisories that this improvement would close and that what stands does not; none where it is in place.
    package var openAdvisories: [String] {
      guard !state.isInPlace else { return [] }
      return advisories.filter { standing?.advisories.contains($0) != true }
    }
  }

  /// The machine's verdict.
  package let verdict: Verdict
  /// Every component with an improvement, in stream order.
  package let components: [Component]
  /// When verified metadata last said what is current; nil before the first look.
  package let lastFreshLook: UTCTime?
  /// Whether improvements install by themselves.
  package let automatic: Bool
  /// The device's ring in rollouts.
  package let ring: Ring
  /// Whether policy requires a public log.
  package let transparencyRequired: Bool
  /// What could not be seen, one sentence each.
  package let limits: [String]
  /// Rollbacks that did not come to a good end, one sentence each.
  package let alarms: [String]

  /// Gathers a device's account.
  package init(
    verdict: Verdict, components: [Component], lastFreshLook: UTCTime?, automatic: Bool, transparencyRequired: Bool,
    limits: [String], ring: Ring = .late, alarms: [String] = []
  ) {
    self.verdict = verdict
    self.components = components
    self.lastFreshLook = lastFreshLook
    self.automatic = automatic
    self.ring = ring
    self.transparencyRequired = transparencyRequired
    self.limits = limits
    self.alarms = alarms
  }

  /// What is said of the public log over all components.
  package var logAccount: String {
    let logged = components.count { $0.log.isLogged }
    if logged == 0 { return "not logged" }
    return logged == components.count ? "logged" : "\(logged) of \(components.count) logged"
  }
}
