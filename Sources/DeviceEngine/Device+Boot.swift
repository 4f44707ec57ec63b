internal import Activation
internal import Basics
internal import Improvements
internal import Journal
internal import Linux

extension Device {
  /// Puts in place, as the machine boots, what is to stand; to be called once for each boot, before services start.
  ///
  /// After a boot that failed some is left out, until one comes up.
  package func begin(_ progress: @escaping Progress = { _ in }) async throws {
    guard !parts.isWithoutGrafts else {
      // The owner's word for this boot alone: it tells nothing of what was tried in others.
      return tell(ProgressEvent(.rollBack, Self.withoutGrafts), progress)
    }
    isStarting = true
    defer { isStarting = false }
    try switchAtStart(progress)
    let record = try parts.journal.bootRecord().beginning(with: Set(inPlace().values.map(\.name)))
    // Before the first file is covered: if this boot fails, the next one must know with what.
    try parts.journal.record(boot: record)
    for record in try inPlace().values.sorted(by: { $0.manifest.stream < $1.manifest.stream }) {
      if let sentence = try leavingOut(record) {
        tell(ProgressEvent(.rollBack, stream: record.manifest.stream, sentence), progress)
      }
    }
    try await recover(progress)
  }

  /// Takes note that the machine has come up, and tries again what this boot did without.
  ///
  /// - Parameter isSure: whether it has, whatever the service manager says: it runs for so long already.
  /// - Returns: whether that is so, or was noted before.
  @discardableResult
  package func concludeBoot(isSure: Bool = false, _ progress: @escaping Progress = { _ in }) async throws -> Bool {
    guard !parts.isWithoutGrafts, try parts.journal.bootRecord().tried != nil else { return true }
    if !isSure { guard try await parts.manager.hasStarted() else { return false } }
    let boot = try parts.journal.bootRecord()
    let atStart = try inPlace().values.filter { $0.manifest.switchMoment == .start }.map(\.name)
    let next = boot.provenGood(waiting: Set(atStart))
    try parts.journal.record(boot: next)
    let again = try inPlace().values.filter { boot.leftOut.contains($0.name) && !next.leftOut.contains($0.name) }
    if !again.isEmpty {
      try reconcile(progress)
      for stream in again.map(\.manifest.stream).sorted() {
        tell(ProgressEvent(.graft, stream: stream, "\(stream.component) is tried again: the machine came up"), progress)
        leftBehind[stream] = nil
      }
      isSettlingDue = true
      if !isBusy { try await finishSettling(progress) }
    }
    return true
  }

  /// Those of these improvements that this boot may have in place.
  func admitted(toBoot standing: some Collection<ImprovementRecord>) throws -> [ImprovementRecord] {
    guard !parts.isWithoutGrafts else { return [] }
    let leftOut = try parts.journal.bootRecord().leftOut
    return standing.filter { !leftOut.contains($0.name) }
  }

  /// Why an improvement does not stand in this boot, as a sentence; nil where the boot is not why.
  func leavingOut(_ record: ImprovementRecord) throws -> String? {
    guard !parts.isWithoutGrafts else { return Self.withoutGrafts }
    let boot = try parts.journal.bootRecord()
    guard boot.leftOut.contains(record.name) else { return nil }
    if record.manifest.switchMoment == .start, boot.tried == nil {
      return "\(record.manifest.stream.component) was left out of this start and is tried again with the next;"
        + " `suture reboot` does that"
    }
    let failures = counted(boot.failures, "boot", "boots")
    return "\(record.manifest.stream.component) is left out: \(failures) before this did not come up;"
      + " it is tried again when this one has"
  }

  static let withoutGrafts =
    "the machine was started without improvements (suture.baseline=1); the next start without that has them again"
}

extension ImprovementRecord {
  var name: ImprovementName { ImprovementName(manifest.stream, manifest.serial) }
}
