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
    let ended = try retireReplaced(progress)
    if !ended.isEmpty { try reconcile(progress) }
    for record in ended {
      // The graft is off; what goes wrong with one service is no reason to leave the others, or the look.
      do { try await restart(servicesMapping(record), record.manifest.stream, progress) } catch let error
        as CancellationError
      { throw error } catch {
        tell(ProgressEvent(.refuse, stream: record.manifest.stream, "a restart was not done: \(error)"), progress)
      }
    }
  }

  /// Journals that improvements have ended whose baseline is not on the disk any more, and that none of them is tried again;
  /// gives those that were in place.
  func retireReplaced(_ progress: Progress) throws -> [ImprovementRecord] {
    try dropReplaced(progress)
    var ended: [ImprovementRecord] = []
    for record in try parts.journal.improvements() where !record.state.isEnded {
      // What cannot be read is no reason to take something off, nor to pass over the others.
      guard let version = try? retirement(of: record) else { continue }
      let stream = record.manifest.stream
      try enter(.retired(version: version), record)
      guard record.state.isInPlace else { continue }
      tell(
        ProgressEvent(
          .remove, stream: stream,
          "\(stream.component) steps aside: its files on disk are not the baseline \(record.baseline) any more"),
        progress)
      ended.append(record)
    }
    return ended
  }

  /// With which version an improvement's baseline was replaced on the disk; nil where it is there.
  func retirement(of record: ImprovementRecord) throws -> PackageVersion? {
    switch try fit(of: record.manifest) {
    case .fits(let baseline, _) where baseline.version == record.baseline: nil
    case .alreadyImproved: record.manifest.source.version
    case .fits, .notInstalled, .unsupported: PackageVersion("unknown")
    }
  }
}
