internal import Basics
internal import Grafting
internal import Improvements
internal import Journal
internal import Linux

extension Device {
  /// Ends improvements whose baseline is not on the disk any more: the operating system's own update wins.
  ///
  /// The graft ends, what mapped it restarts, and the improvement is *retired* (with the version that it brought the fix
  /// from where the disk now has the very files, else with `unknown`).
  func stepAsideForUpdates(_ progress: Progress) async throws {
    for record in try parts.journal.improvements() where !record.state.isEnded {
      guard let version = try retirement(of: record) else { continue }
      let stream = record.manifest.stream
      let stood = record.state.isInPlace
      try enter(.retired(version: version), record)
      guard stood else { continue }
      try reconcile(progress)
      tell(
        ProgressEvent(
          .remove, stream: stream,
          "\(stream.component) steps aside: its files on disk are not the baseline \(record.baseline) any more"),
        progress)
      try await restart(servicesMapping(record), stream, progress)
    }
  }

  private func retirement(of record: ImprovementRecord) throws -> PackageVersion? {
    switch try fit(of: record.manifest) {
    case .fits(let baseline, _) where baseline.version == record.baseline: nil
    case .alreadyImproved: record.manifest.source.version
    case .fits, .notInstalled, .unsupported: PackageVersion("unknown")
    }
  }
}
