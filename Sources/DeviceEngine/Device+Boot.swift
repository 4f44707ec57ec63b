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
    let again = try inPlace().values.filter { next.again.contains($0.name) }
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

  /// Takes note that the machine bears what was put back since it came up.
  package func concludeTrial() throws {
    guard !parts.isWithoutGrafts else { return }
    let boot = try parts.journal.bootRecord()
    if !boot.again.isEmpty { try parts.journal.record(boot: boot.borne()) }
  }

  /// Takes note that an improvement is not to stand any more by its owner's word: what is put back by name is tried as if it
  /// were new.
  func forgetBoots(of record: ImprovementRecord) throws {
    let boot = try parts.journal.bootRecord()
    let next = boot.forgetting(record.name)
    if next != boot { try parts.journal.record(boot: next) }
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
    let component = record.manifest.stream.component
    let suspicion = boot.suspicions[record.name] ?? BootRecord.Suspicion()
    let ends = counted(suspicion.failures, "boot", "boots") + " with it did not come up"
    // Not put back as soon as this boot has come up.
    let isLater = record.manifest.switchMoment == .start || suspicion.isHeldBack
    guard boot.tried != nil else {
      let next =
        suspicion.waits > 0
        ? "when \(counted(suspicion.waits, "more boot has", "more boots have")) come up without it"
        : "with the next; `suture reboot` does that"
      if suspicion.isHeldBack {
        return "\(component) is left out: the machine ended right after it was put back; it is tried again \(next)"
      }
      let why = suspicion.waits > 0 ? ", since \(ends); it is" : " and is"
      return "\(component) was left out of this start\(why) tried again \(next)"
    }
    guard boot.failures > 0 else {
      return "\(component) is left out of the beginning of this boot: \(ends);"
        + (isLater ? " it is tried again with a later boot" : " it is put back when this one has")
    }
    let failures = counted(boot.failures, "boot", "boots")
    return "\(component) is left out: \(failures) before this did not come up; it is tried again "
      + (isLater ? "with a later boot" : "when this one has")
  }

  static let withoutGrafts =
    "the machine was started without improvements (suture.baseline=1); the next start without that has them again"
}

extension ImprovementRecord {
  var name: ImprovementName { ImprovementName(manifest.stream, manifest.serial) }
}
