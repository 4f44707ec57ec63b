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

  /// One component with an improvement.
  package struct Component: Sendable, Hashable {
    /// The component's stream.
    package let stream: Stream
    /// The serial that is meant or in place.
    package let serial: Serial
    /// The serial's letter on this machine's baseline.
    package let letter: Letter
    /// The baseline's version.
    package let baseline: PackageVersion
    /// The version whose fix it carries.
    package let fixedIn: PackageVersion
    /// Where it stands.
    package let state: ImprovementState
    /// Advisory identifiers.
    package let advisories: [String]
    /// The files it replaces.
    package let files: [RelativePath]
    /// Bytes that travelled for it.
    package let payloadBytes: Int
    /// When it reached its present state.
    package let since: UTCTime
    /// Processes that map one of its files, improved or not.
    package let processes: [ProcessReport]

    /// Gathers a component's account.
    package init(
      stream: Stream, serial: Serial, letter: Letter, baseline: PackageVersion, fixedIn: PackageVersion,
      state: ImprovementState, advisories: [String], files: [RelativePath], payloadBytes: Int, since: UTCTime,
      processes: [ProcessReport]
    ) {
      self.stream = stream
      self.serial = serial
      self.letter = letter
      self.baseline = baseline
      self.fixedIn = fixedIn
      self.state = state
      self.advisories = advisories
      self.files = files
      self.payloadBytes = payloadBytes
      self.since = since
      self.processes = processes
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
  /// Whether policy requires a public log (none exists in this form, so `required` refuses everything).
  package let transparencyRequired: Bool
  /// What could not be seen, one sentence each.
  package let limits: [String]

  /// Gathers a device's account.
  package init(
    verdict: Verdict, components: [Component], lastFreshLook: UTCTime?, automatic: Bool, transparencyRequired: Bool,
    limits: [String]
  ) {
    self.verdict = verdict
    self.components = components
    self.lastFreshLook = lastFreshLook
    self.automatic = automatic
    self.transparencyRequired = transparencyRequired
    self.limits = limits
  }

  /// What is said of the public log until there is one.
  package static let logAccount = "not logged"
}

/// One process that maps a file of a component.
package struct ProcessReport: Sendable, Hashable {
  /// What the process runs, as the kernel tells it.
  package enum Exposure: String, Sendable, Hashable {
    /// The improved code only.
    case protected
    /// The baseline's code, or a mixture.
    case exposed
    /// Exposed, and scheduled to stop being so.
    case pending
    /// Cannot be told.
    case unknown
  }

  /// The process number.
  package let pid: Int32
  /// The kernel's short name of it.
  package let name: String
  /// The service that it belongs to, where one is known.
  package let service: String?
  /// What it runs.
  package let exposure: Exposure
  /// The mapped file as the kernel names it.
  package let mapped: String
  /// The mapped file's device and inode, such as `254:0 1234`.
  package let identity: String

  /// Describes a process.
  package init(pid: Int32, name: String, service: String?, exposure: Exposure, mapped: String, identity: String) {
    self.pid = pid
    self.name = name
    self.service = service
    self.exposure = exposure
    self.mapped = mapped
    self.identity = identity
  }
}
