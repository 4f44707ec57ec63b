package import Basics

/// The signed description of an improvement.
///
/// Which baselines it fits, which files it improves, why, and how it becomes live; `docs/formats/manifest.md` is the
/// reference.
package struct Manifest: Sendable, Hashable {
  /// The one format number that is read and written.
  package static let format: Int64 = 1
  /// The longest manifest, in bytes.
  package static let byteLimit = 1 << 20
  /// The most baselines in one manifest.
  package static let baselineLimit = 64
  /// The most files of one baseline.
  package static let fileLimit = 4_096
  /// The most advisories, omitted files or siblings.
  package static let noteLimit = 4_096

  /// The stream that it belongs to.
  package let stream: Stream
  /// Its number in the stream.
  package let serial: Serial
  /// When the publisher made it.
  package let created: UTCTime
  /// The source package and version whose build the improved files come from.
  package let source: Source
  /// Why: the weaknesses that it closes.
  package let advisories: [Advisory]
  /// How it becomes live.
  package let activation: ActivationClass
  /// Every baseline that it fits, at least one.
  package let baselines: [Baseline]
  /// Files of the new build that were left out on purpose, with the reason.
  package let omitted: [Omission]
  /// Other packages of the same source whose dependency on this one only follows the version.
  package let siblings: [String]
  /// The fastest ramp that a rollout may take; nil for no limit.
  package let rollout: RingSchedules?
  /// Questions to the machine that are asked before and during probation.
  package let probes: [Probe]
  /// How long its health is to be watched; nil for as long as a device watches anyway.
  package let probation: Duration?
  /// The services that keep what they read of files that nobody maps; nil where its publisher does not say.
  package let readers: [ServiceName]?
  /// Whether its files belong together beyond one program's start, so that they change places only while no program uses them.
  package let isCoherent: Bool
  /// The most readers.
  package static let readerLimit = 64
  /// How long a manifest may ask for, in seconds: up to a day.
  package static let probationSeconds: ClosedRange<Int64> = 10...86_400

  /// The source package and version whose build the improved files come from.
  package struct Source: Sendable, Hashable {
    /// The source package's name.
    package let name: String
    /// The version that contains the fix.
    package let version: PackageVersion

    /// Names a source package and its fixed version.
    package init(name: String, version: PackageVersion) {
      self.name = name
      self.version = version
    }
  }

  /// One baseline: named by version, recognised by the digests of its files.
  package struct Baseline: Sendable, Hashable {
    /// The version that names it.
    package let version: PackageVersion
    /// The improvement's letter on this baseline.
    package let letter: Letter
    /// The files that change, at least one, in path order.
    package let files: [File]

    /// Puts the files in path order.
    package init(version: PackageVersion, letter: Letter, files: [File]) {
      self.version = version
      self.letter = letter
      self.files = files.sorted { $0.path < $1.path }
    }
  }

  /// One file of a baseline and what replaces it.
  package struct File: Sendable, Hashable {
    /// dpkg's path with usr-merge applied, beneath the root.
    package let path: RelativePath
    /// The baseline's content.
    package let baseline: Content
    /// The improved content.
    package let improved: Content
    /// What travels.
    package let payload: Content

    /// Binds a path to its contents before and after, and to the payload that leads from one to the other.
    package init(path: RelativePath, baseline: Content, improved: Content, payload: Content) {
      self.path = path
      self.baseline = baseline
      self.improved = improved
      self.payload = payload
    }
  }

  /// Some content by digest and length.
  package struct Content: Sendable, Hashable {
    /// The longest file that an improvement may hold, in bytes.
    package static let byteLimit: Int64 = 1 << 30

    /// SHA-256.
    package let digest: Digest
    /// Length in bytes, 0…2^30.
    package let length: Int

    /// Names some content.
    package init(digest: Digest, length: Int) {
      self.digest = digest
      self.length = length
    }
  }

  /// A file of the new build that was left out on purpose.
  package struct Omission: Sendable, Hashable {
    /// The file.
    package let path: RelativePath
    /// Why, in a few words.
    package let reason: String

    /// Names a file and the reason.
    package init(path: RelativePath, reason: String) {
      self.path = path
      self.reason = reason
    }
  }

  /// Describes an improvement, or throws what reading the same manifest would throw.
  package init(
    stream: Stream, serial: Serial, created: UTCTime, source: Source, advisories: [Advisory],
    activation: ActivationClass, baselines: [Baseline], omitted: [Omission] = [], siblings: [String] = [],
    rollout: RingSchedules? = nil, probes: [Probe] = [], probation: Duration? = nil, readers: [ServiceName]? = nil,
    isCoherent: Bool = false
  ) throws(ManifestError) {
    self.stream = stream
    self.serial = serial
    self.created = created
    self.source = source
    self.advisories = advisories
    self.activation = activation
    self.baselines = baselines
    self.omitted = omitted
    self.siblings = siblings
    self.rollout = rollout
    self.probes = probes
    self.probation = probation
    self.readers = readers
    self.isCoherent = isCoherent
    try check()
    try checkHealth()
    try checkReaders()
    try checkCoherence()
  }

  private func check() throws(ManifestError) {
    guard (1...Self.baselineLimit).contains(baselines.count) else {
      throw .malformed("it names \(baselines.count) baselines, and 1 to \(Self.baselineLimit) are allowed")
    }
    guard Set(baselines.map(\.version)).count == baselines.count else {
      throw .malformed("it names a baseline twice")
    }
    for baseline in baselines {
      guard (1...Self.fileLimit).contains(baseline.files.count) else {
        throw .malformed(
          "baseline \(baseline.version) has \(baseline.files.count) files, and 1 to \(Self.fileLimit) are allowed")
      }
      guard Set(baseline.files.map(\.path)).count == baseline.files.count else {
        throw .malformed("baseline \(baseline.version) names a file twice")
      }
    }
    for list in [advisories.count, omitted.count, siblings.count] where list > Self.noteLimit {
      throw .malformed("a list has \(list) entries, and \(Self.noteLimit) are allowed")
    }
    // Where no record says more, the limit alone decides: it must come to everybody.
    guard rollout.map({ $0.end != nil }) ?? true else {
      throw .malformed("its limit of the rollout does not reach everybody in both rings")
    }
  }

  private func checkCoherence() throws(ManifestError) {
    // A device that knows no such sets takes this for what restarts services, if it is said so.
    guard !isCoherent || activation == .relaunch || activation == .softReboot || activation == .reboot else {
      throw .malformed(
        "a coherent set becomes live by relaunch, soft-reboot or reboot, and not by \(activation.rawValue)")
    }
  }

  private func checkHealth() throws(ManifestError) {
    guard probes.count <= Probe.countLimit, Set(probes.map(\.description)).count == probes.count else {
      throw .malformed("it names more than \(Probe.countLimit) probes, or the same one twice")
    }
    guard let probation else { return }
    let seconds = probation.components.seconds
    guard Self.probationSeconds.contains(seconds), probation == .seconds(seconds) else {
      throw .malformed(
        "its probation is not \(Self.probationSeconds.lowerBound) to \(Self.probationSeconds.upperBound) whole seconds")
    }
  }

  private func checkReaders() throws(ManifestError) {
    guard let readers else { return }
    guard readers.count <= Self.readerLimit, Set(readers).count == readers.count else {
      throw .malformed("it names more than \(Self.readerLimit) readers, or the same one twice")
    }
  }

  /// The bytes of every payload for one baseline.
  package func payloadBytes(for baseline: Baseline) -> Int {
    baseline.payloads.reduce(0) { $0 + $1.payload.length }
  }
}
