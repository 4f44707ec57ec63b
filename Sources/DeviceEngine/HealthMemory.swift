internal import Activation
internal import Improvements

/// What is remembered between two looks at health, while the daemon runs.
struct HealthMemory: Sendable {
  /// When the last look was that counted, by the time that the machine was awake; nil before the first.
  var lookedAt: Duration?
  /// How each watched service was, by stream.
  var seen: [Stream: [String: ServiceStatus]] = [:]
  /// Whose processes map watched files, by their number.
  var mapping: [Int32: Mapping] = [:]
  /// When processes are next looked through.
  var scanDue: Duration = .zero
  /// Crashes that no look has counted yet.
  var crashes: [CrashedProcess] = []
  /// When each stream's probes are next asked.
  var probesDue: [Stream: Duration] = [:]
  /// Probations as they stand, where only the time that is left is not written down yet.
  var unwritten: [Stream: Unwritten] = [:]
  /// When each service was last started again.
  var startedAt: [String: Duration] = [:]

  /// A probation that is a little further than it was written down.
  struct Unwritten: Sendable, Hashable {
    /// As it was written down.
    let written: Probation
    /// As it stands.
    let current: Probation
    /// When it was written down, by the time that the machine was awake.
    let at: Duration
  }

  /// One process that maps watched files.
  struct Mapping: Sendable, Hashable {
    /// Who it counts for.
    let subject: Ailment.Subject
    /// The streams whose watched files it maps.
    var streams: Set<Stream>
  }
}
