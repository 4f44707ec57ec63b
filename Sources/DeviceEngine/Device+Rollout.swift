internal import Basics
internal import Delivery
internal import Improvements
internal import Journal
internal import TUF

/// Whether it is this device's turn to take an improvement by itself (docs/formats/rollout.md).
extension Device {
  private static let role = "rollout"

  /// The time by which turns are decided: the newest signed one, so that no clock that is wrong brings a turn about or puts
  /// it off.
  ///
  /// The clock's only where a repository signs no times at all.
  private func turnTime() throws -> UTCTime {
    try [signedTime, parts.journal.timeFloor()].compactMap(\.self).max() ?? lookTime()
  }

  /// The time that was surely reached, for a manifest's limit.
  ///
  /// Whoever has every online key signs times too, and the limit holds against that: so it goes by the clock where that is
  /// behind. A clock that was set back cannot hold it up for ever, for what passed here since the manifest was first seen
  /// has passed in any case.
  private func limitTime(_ manifest: Manifest, _ digest: Digest?) throws -> UTCTime {
    let seen = manifestsSeen[digest ?? Digest(of: manifest.bytes)] ?? clock.now
    manifestsSeen[digest ?? Digest(of: manifest.bytes)] = seen
    let passed = manifest.created.advanced(by: seen.duration(to: clock.now))
    let agreed = min(try turnTime(), parts.now())
    return max(agreed, passed, try parts.journal.timeFloor() ?? agreed)
  }

  /// Learns in a look what the repository says of rollouts.
  ///
  /// What cannot be verified now does not stop the look: nothing is installed by itself until it can, for a pause that was
  /// not seen must not be outrun.
  func followRollouts(_ repository: TrustedRepository, _ progress: Progress) async throws {
    let former = rollouts.refusal
    rollouts = RolloutStanding()
    do { rollouts.word = try await rolloutWord(repository) } catch let error as CancellationError { throw error } catch
    {
      let sentence = "nothing is installed by itself, for the rollout record was not verified: \(error)"
      rollouts.refusal = sentence
      rollouts.notes = [sentence]
      let event = ProgressEvent(.refuse, sentence)
      if sentence != former { tell(event, progress) } else { show(event, progress) }
    }
  }

  private func rolloutWord(_ repository: TrustedRepository) async throws -> RolloutStanding.Word {
    guard let path = TargetPath(RolloutRecord.targetPath) else { return .unknown }
    if let refused = repository.refusals.first(where: { $0.role == Self.role || $0.role == path.description }) {
      throw DeviceError.rolloutRefused("\(refused)")
    }
    guard let target = repository.target(at: path) else {
      guard let account = repository.role(Self.role) else { return .nothing }
      guard let seen = try parts.journal.seenRollout(), seen.keys.isSubset(of: account.keys.map(\.text)) else {
        return .nothing
      }
      throw DeviceError.rolloutRefused("it is gone, and one of sequence \(seen.sequence) was there before")
    }
    let (record, digest) = try await parts.courier.rolloutRecord(target)
    guard record.release == settings.release, record.architecture == settings.architecture else {
      throw DeviceError.rolloutRefused(
        "it is for \(record.release)/\(record.architecture), and this machine is "
          + "\(settings.release)/\(settings.architecture)")
    }
    let keys = Set((repository.role(target.role)?.keys ?? []).map(\.text))
    try remember(SeenRollout(sequence: record.sequence, digest: digest, keys: keys))
    return .record(record)
  }

  // A key that is not trusted any more may have signed the greatest sequence of all: what it signed is forgotten.
  private func remember(_ now: SeenRollout) throws {
    let former = try parts.journal.seenRollout()
    if let seen = former, seen.keys.isSubset(of: now.keys) {
      guard now.sequence >= seen.sequence else {
        throw DeviceError.rolloutRefused("its sequence is \(now.sequence), and \(seen.sequence) was seen before")
      }
      guard now.sequence > seen.sequence || now.digest == seen.digest else {
        throw DeviceError.rolloutRefused("another one of the same sequence \(seen.sequence) was seen before")
      }
    }
    if now != former { try parts.journal.remember(now) }
  }

  /// An improvement that fits, waiting where it is not its turn; what is decided holds until the next look.
  ///
  /// - Parameter digest: of the manifest as it was verified.
  func awaitingTurn(_ record: ImprovementRecord, digest: Digest?) -> ImprovementRecord {
    let manifest = record.manifest
    let turn = decideTurn(manifest, digest)
    rollouts.turns[manifest.stream] = turn
    guard let reason = turn.reason else { return record }
    return record.entering(.waiting(reason: reason), at: parts.now())
  }

  private func decideTurn(_ manifest: Manifest, _ digest: Digest?) -> RolloutStanding.Turn {
    func waiting(_ report: TurnReport, _ reason: String) -> RolloutStanding.Turn {
      let component = manifest.stream.component
      return .init(
        serial: manifest.serial, report: report, reason: "\(reason); `suture apply \(component)` installs it now")
    }
    let cohort: Cohort
    do { cohort = Cohort(of: try parts.identity.id(), stream: manifest.stream, serial: manifest.serial) } catch {
      return waiting(.init(cohort: nil, word: .unknown), "its turn is not known: \(error)")
    }
    let unknown = TurnReport(cohort: cohort, word: .unknown)
    var rollout: RolloutRecord.Rollout?
    switch rollouts.word {
    case .unknown: return waiting(unknown, "its turn is not known, for the rollout record was not verified")
    case .nothing: break
    case .record(let record): rollout = record.rollout(of: manifest.stream, manifest.serial)
    }
    if let rollout, rollout.manifest != digest {
      return waiting(unknown, "its turn is not known, for the rollout record speaks of another manifest")
    }
    note(rollout, manifest)
    let turn: RolloutTurn
    do {
      turn = RolloutTurn(
        of: cohort, in: settings.ring, rollout: rollout, limit: manifest.rollout, at: try turnTime(),
        surelyAfter: try limitTime(manifest, digest))
    } catch { return waiting(unknown, "its turn is not known: \(error)") }
    let report = TurnReport(cohort: cohort, turn)
    switch turn {
    case .now: return .init(serial: manifest.serial, report: report, reason: nil)
    case .later(let time): return waiting(report, "its turn comes about \(time)")
    case .unscheduled: return waiting(report, "its turn has no time yet")
    case .paused(let since): return waiting(report, "its rollout is paused since \(since)")
    }
  }

  private func note(_ rollout: RolloutRecord.Rollout?, _ manifest: Manifest) {
    guard let rollout, let limit = manifest.rollout, !rollout.schedules.isNoFaster(than: limit) else { return }
    rollouts.notes.append(
      "the rollout record would be faster for \(manifest.stream.component) than its manifest allows, which is held to")
  }

  // MARK: What follows from it

  /// Whether the last look found that an improvement may be installed by itself.
  func isItsTurn(_ record: ImprovementRecord) -> Bool {
    rollouts.turn(of: record.manifest.stream, record.manifest.serial)?.report.word == .now
  }

  /// What waits for nothing but its turn, for an owner's own word goes before it.
  ///
  /// What is paused is taken by name only.
  func waitingForTurn() throws -> [ImprovementRecord] {
    try latestByStream().values.filter { record in
      guard case .waiting = record.state, try !isHeld(record),
        let turn = rollouts.turn(of: record.manifest.stream, record.manifest.serial), turn.reason != nil
      else { return false }
      return turn.report.word != .paused
    }
  }

  /// What is paused, one sentence each, for an owner who asks why nothing is applied.
  func pauses() throws -> [String] {
    try latestByStream().values.compactMap { record in
      guard case .waiting(let reason) = record.state,
        rollouts.turn(of: record.manifest.stream, record.manifest.serial)?.report.word == .paused
      else { return nil }
      return "\(record.manifest.stream.component): \(reason)"
    }.sorted()
  }
}
