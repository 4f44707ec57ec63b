package import Basics
package import Improvements
package import Linux

/// Where one improvement stands.
package struct ImprovementRecord: Sendable, Hashable {
  /// The signed description, as it was verified.
  package let manifest: Manifest
  /// The version of the baseline that was recognised on this machine.
  package let baseline: PackageVersion
  /// The state it is in.
  package let state: ImprovementState
  /// When it came into that state.
  package let since: UTCTime

  /// Describes where an improvement stands.
  package init(manifest: Manifest, baseline: PackageVersion, state: ImprovementState, since: UTCTime) {
    self.manifest = manifest
    self.baseline = baseline
    self.state = state
    self.since = since
  }

  /// The manifest's entry for the baseline of this machine.
  package var fitting: Manifest.Baseline? { manifest.baselines.first { $0.version == baseline } }
}

/// One file that was put in place at some time: the registry from which mapped files are recognised for ever.
package struct GraftedFile: Sendable, Hashable {
  /// The file's identity in the kernel.
  package let identity: FileIdentity
  /// Where it stood.
  package let path: RelativePath
  /// Whose it was.
  package let stream: Stream
  /// Of which serial.
  package let serial: Serial

  /// Describes a grafted file.
  package init(identity: FileIdentity, path: RelativePath, stream: Stream, serial: Serial) {
    self.identity = identity
    self.path = path
    self.stream = stream
    self.serial = serial
  }
}

/// One line of the history.
package struct HistoryEntry: Sendable, Hashable {
  /// When it happened.
  package let time: UTCTime
  /// What happened.
  package let event: ProgressEvent

  /// Describes a line.
  package init(time: UTCTime, event: ProgressEvent) {
    self.time = time
    self.event = event
  }
}
