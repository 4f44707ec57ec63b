internal import Basics
internal import Delivery
internal import Grafting
internal import Improvements
internal import Journal
internal import TUF

// What publishers take back (docs/formats/withdrawal.md).
extension Device {
  /// Learns in a look what is withdrawn, and falls back where a withdrawn improvement is in place.
  ///
  /// - Parameters:
  ///   - reviewed: what builders and reviewers name in the same look.
  ///   - refuse: told of each withdrawal that is not believed.
  func followWithdrawals(
    _ targets: [VerifiedTarget], _ reviewed: [Stream: [Candidate]], _ update: inout Update,
    refuse: (Stream, String) -> Void, _ progress: Progress
  ) async throws {
    let known = try parts.journal.withdrawals()
    for target in targets {
      guard let (stream, serial) = Stream.named(byWithdrawalPath: target.path.description),
        stream.release == settings.release, stream.architecture == settings.architecture,
        known[stream]?[serial] == nil
      else { continue }
      do {
        let (spoken, roles) = try await spokenWithdrawal(target.path, of: stream, &update)
        let withdrawal = try await parts.courier.withdrawal(spoken)
        let named = reviewed[stream]?.first { $0.serial == serial }?.agreement.target.sha256
        try requireMeant(withdrawal, named)
        try await requireLogged(.withdraw(stream, serial, manifest: withdrawal.manifest))
        try await withdraw(JournaledWithdrawal(withdrawal, by: roles, since: parts.now()), progress)
      } catch let error as CancellationError { throw error } catch let error as JournalError { throw error } catch {
        refuse(stream, "the withdrawal of \(stream.component) serial \(serial) is refused: \(error)")
      }
    }
    // A fallback that was cut off between two looks.
    for (stream, withdrawn) in try parts.journal.withdrawals() {
      for (serial, withdrawal) in withdrawn {
        if try inPlace()[stream]?.manifest.serial == serial { try await withdraw(withdrawal, progress) }
        named?[stream]?.remove(serial)
      }
    }
  }

  /// The recall role alone may say it, by the word of top-level targets; else builders and reviewers must agree.
  private func spokenWithdrawal(
    _ path: TargetPath, of stream: Stream, _ update: inout Update
  ) async throws -> (target: VerifiedTarget, roles: [String]) {
    let hearing = try await update.hearing(on: path)
    if let recall = try? hearing.agreement(of: [Stream.recallRole]), recall.target.delegators == ["targets"] {
      return (recall.target, [Stream.recallRole])
    }
    return (try hearing.agreement(of: stream.roles).target, stream.roles)
  }

  // No other improvement of that number is meant.
  private func requireMeant(_ withdrawal: Withdrawal, _ named: Digest?) throws {
    let record = try parts.journal.improvements().first {
      $0.manifest.stream == withdrawal.stream && $0.manifest.serial == withdrawal.serial
    }
    let known = [named, record.map { Digest(of: $0.manifest.bytes) }].compactMap(\.self)
    guard known.isEmpty || known.contains(withdrawal.manifest) else {
      throw DeviceError.refused(
        withdrawal.stream, reason: "it takes back another manifest than the one that is known here")
    }
  }

  /// Takes a withdrawn improvement off: to the last confirmed letter that is not withdrawn and still fits, else to the
  /// baseline.
  private func withdraw(_ withdrawal: JournaledWithdrawal, _ progress: Progress) async throws {
    let (stream, serial) = (withdrawal.stream, withdrawal.serial)
    let started = clock.now
    named?[stream]?.remove(serial)
    let record = try parts.journal.improvements().first {
      $0.manifest.stream == stream && $0.manifest.serial == serial
    }
    guard let record else { return try parts.journal.record(withdrawing: withdrawal) }
    let ended = record.entering(.withdrawn(reason: withdrawal.reason), at: parts.now())
    let letter = record.fitting.map { " (\($0.letter))" } ?? ""
    let account = "\(stream.component)\(letter) is withdrawn by its publisher: \(withdrawal.reason)"
    guard record.state.isInPlace else {
      try parts.journal.record(ended, withdrawing: withdrawal)
      return tell(ProgressEvent(.remove, stream: stream, account), progress)
    }
    let fallback = try fallback(from: record)?.entering(.grafted, at: parts.now())
    // One transaction: what is withdrawn does not stand, and what it falls back to does.
    if let fallback {
      try parts.journal.record(ended, fallback, withdrawing: withdrawal)
    } else {
      try parts.journal.record(ended, withdrawing: withdrawal)
    }
    try reconcile(progress)
    let now = fallback?.fitting.map { "(\($0.letter)) again" } ?? "the baseline \(record.baseline) again"
    tell(
      ProgressEvent(
        .remove, stream: stream, "\(account); \(stream.component) is \(now)", took: started.duration(to: clock.now)),
      progress)
    // What cannot be restarted or found healthy now is tried again by the next round, and is told there.
    _ = try? await restart(servicesMapping(ended), stream, progress)
    if let fallback { try? await activate(fallback, progress) }
  }

  /// The last letter that was confirmed before, is not withdrawn, still fits, and whose files are whole in the store.
  func fallback(from record: ImprovementRecord) throws -> ImprovementRecord? {
    let stream = record.manifest.stream
    let confirmed = try parts.journal.confirmedSerials(stream)
    let earlier = try parts.journal.improvements().filter { earlier in
      guard case .superseded = earlier.state else { return false }
      return earlier.manifest.stream == stream && earlier.manifest.serial < record.manifest.serial
        && confirmed.contains(earlier.manifest.serial) && earlier.baseline == record.baseline
    }
    return try earlier.sorted { $0.manifest.serial > $1.manifest.serial }.first { earlier in
      guard case .fits(let baseline, _) = try fit(of: earlier.manifest), baseline.version == earlier.baseline else {
        return false
      }
      return try baseline.files.allSatisfy { try parts.store.isWhole(earlier.key(of: $0)) }
    }
  }

  /// Whether a stream's serial was withdrawn, and why.
  func withdrawalReason(_ record: ImprovementRecord) throws -> String? {
    try parts.journal.withdrawals()[record.manifest.stream]?[record.manifest.serial]?.reason
  }

  /// One sentence for each improvement that was in place or offered here and is withdrawn.
  func withdrawalNotes() -> [String] {
    let records = (try? parts.journal.improvements()) ?? []
    return records.compactMap { record in
      guard case .withdrawn(let reason) = record.state, let letter = record.fitting?.letter else { return nil }
      let component = record.manifest.stream.component
      return "\(component) (\(letter)) was withdrawn by its publisher at \(record.since): \(reason)"
    }
  }
}
