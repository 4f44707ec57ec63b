package import Basics
internal import CanonicalJSON

/// The signed schedule that says which rings and cohorts improvements have reached, and where one is frozen.
///
/// It can slow and pause what manifests allow, and nothing else: it names improvements, and brings or takes away none.
/// `docs/formats/rollout.md` is the reference.
package struct RolloutRecord: Sendable, Hashable {
  /// The one format number that is read and written.
  package static let format: Int64 = 1
  /// The longest record, in bytes.
  package static let byteLimit = 1 << 18
  /// The most rollouts in one record.
  package static let rolloutLimit = 1_024
  /// Its target path: one record for a repository.
  package static let targetPath = "rollout/record.json"

  /// The operating system and release that it is for, such as `debian-12`.
  package let release: String
  /// The architecture that it is for, such as `amd64`.
  package let architecture: String
  /// Greater than that of every record before: a device goes back to none.
  package let sequence: Int64
  /// What is being rolled out, in stream and serial order.
  package let rollouts: [Rollout]

  /// One improvement's rollout.
  package struct Rollout: Sendable, Hashable {
    /// The stream.
    package let stream: Stream
    /// The serial.
    package let serial: Serial
    /// The digest of the one manifest that is meant.
    package let manifest: Digest
    /// When which share of each ring is reached.
    package let schedules: RingSchedules
    /// Since when nobody else is reached; nil while the rollout goes on.
    package let frozenAt: UTCTime?

    /// Describes a rollout.
    package init(
      stream: Stream, serial: Serial, manifest: Digest, schedules: RingSchedules, frozenAt: UTCTime? = nil
    ) {
      self.stream = stream
      self.serial = serial
      self.manifest = manifest
      self.schedules = schedules
      self.frozenAt = frozenAt
    }
  }

  /// Describes what is being rolled out, or throws what reading the same record would throw.
  package init(
    release: String, architecture: String, sequence: Int64, rollouts: [Rollout]
  ) throws(RolloutError) {
    self.release = release
    self.architecture = architecture
    self.sequence = sequence
    self.rollouts = rollouts.sorted { ($0.stream, $0.serial) < ($1.stream, $1.serial) }
    try check()
  }

  private func check() throws(RolloutError) {
    guard Stream(release: release, architecture: architecture, component: "any") != nil else {
      throw .malformed("\(JSON.quoted("\(release)/\(architecture)")) cannot begin the name of a stream")
    }
    guard (1...Serial.greatest).contains(sequence) else {
      throw .malformed("its sequence is \(sequence), and 1 to \(Serial.greatest) are allowed")
    }
    guard rollouts.count <= Self.rolloutLimit else {
      throw .malformed("it has \(rollouts.count) rollouts, and \(Self.rolloutLimit) are allowed")
    }
    for rollout in rollouts where rollout.stream.release != release || rollout.stream.architecture != architecture {
      throw .malformed("it is for \(release)/\(architecture), and speaks of \(rollout.stream)")
    }
    for (one, next) in zip(rollouts, rollouts.dropFirst()) where (one.stream, one.serial) == (next.stream, next.serial)
    {
      throw .malformed("it speaks of \(one.stream) serial \(one.serial) twice")
    }
  }

  /// The rollout of an improvement; nil where none is recorded.
  package func rollout(of stream: Stream, _ serial: Serial) -> Rollout? {
    rollouts.first { $0.stream == stream && $0.serial == serial }
  }
}
