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
  /// The permission bits of each baseline file when it was recognised: those that its improved form stands with.
  package let modes: [RelativePath: UInt32]

  /// Describes where an improvement stands.
  package init(
    manifest: Manifest, baseline: PackageVersion, modes: [RelativePath: UInt32], state: ImprovementState,
    since: UTCTime
  ) {
    self.manifest = manifest
    self.baseline = baseline
    self.modes = modes
    self.state = state
    self.since = since
  }

  /// The manifest's entry for the baseline of this machine.
  package var fitting: Manifest.Baseline? { manifest.baselines.first { $0.version == baseline } }
}

/// One file that stood somewhere at some time: the registry from which mapped files are recognised for ever.
package struct KnownFile: Sendable, Hashable {
  /// What it is.
  package enum Kind: String, Sendable, Hashable {
    /// A baseline's file, as it lay on the disk.
    case baseline
    /// An improved file, put in place of the baseline's.
    case improved
  }

  /// What it is.
  package let kind: Kind
  /// The file's identity in the kernel.
  package let identity: FileIdentity
  /// The absolute name by which it was opened.
  package let name: String
  /// Where it stood.
  package let path: RelativePath
  /// Whose it was.
  package let stream: Stream
  /// Of which serial.
  package let serial: Serial

  /// Describes a file.
  package init(
    _ kind: Kind, identity: FileIdentity, name: String, path: RelativePath, stream: Stream, serial: Serial
  ) {
    self.kind = kind
    self.identity = identity
    self.name = name
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
