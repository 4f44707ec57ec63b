internal import Basics
internal import CanonicalJSON
internal import Improvements

/// What must hold of a file that a device reads, whatever its bytes are; anything else traps.
///
/// It lies in Suture's own package, since the domain's words are no product; only those who fuzz take it in.
///
/// - Parameters:
///   - kind: in ASCII the digits: 0 a manifest, 1 a withdrawal, 2 a rollout record, 3 an entry of the log; else a text as
///     a path, a letter, a serial and the like.
///   - bytes: the file.
public func check(kind: UInt8, _ bytes: [UInt8]) {
  do {
    switch kind {
    case 0: try manifest(bytes)
    case 1: try withdrawal(bytes)
    case 2: try record(bytes)
    case 3: try entry(bytes)
    default: words(String(decoding: bytes, as: UTF8.self))
    }
  } catch {
    let sentence = "\(error)"
    precondition(
      !sentence.isEmpty && !sentence.unicodeScalars.contains { isHidden($0) }, "a sentence that hides something")
  }
}

private func isHidden(_ scalar: Unicode.Scalar) -> Bool {
  [.control, .lineSeparator, .paragraphSeparator].contains(scalar.properties.generalCategory)
}

private func manifest(_ bytes: [UInt8]) throws {
  let manifest = try Manifest(parsing: bytes)
  let again = try Manifest(parsing: manifest.bytes)
  precondition(again == manifest && again.bytes == manifest.bytes, "a manifest has changed on its way")
  for baseline in manifest.baselines {
    precondition(manifest.payloadBytes(for: baseline) >= 0)
    for file in baseline.files { precondition(RelativePath("\(file.path)") == file.path, "a path left its root") }
  }
  guard let limit = manifest.rollout else { return }
  schedules(limit)
  precondition(limit.end != nil, "a limit that does not come to everybody")
}

private func withdrawal(_ bytes: [UInt8]) throws {
  let withdrawal = try Withdrawal(parsing: bytes)
  let again = try Withdrawal(parsing: withdrawal.bytes)
  precondition(again == withdrawal, "a withdrawal has changed on its way")
  let named = Stream.named(byWithdrawalPath: withdrawal.stream.withdrawalPath(withdrawal.serial))
  precondition(named?.stream == withdrawal.stream && named?.serial == withdrawal.serial)
}

private func record(_ bytes: [UInt8]) throws {
  let record = try RolloutRecord(parsing: bytes)
  let again = try RolloutRecord(parsing: record.bytes)
  precondition(again == record, "a record has changed on its way")
  for rollout in record.rollouts.prefix(4) {
    precondition(record.rollout(of: rollout.stream, rollout.serial) == rollout)
    schedules(rollout.schedules)
    let time = rollout.frozenAt ?? UTCTime(secondsSinceEpoch: 1_795_467_240)
    for number in [0, 4_999, 9_999] {
      guard let cohort = Cohort(number) else { preconditionFailure("a cohort") }
      let turn = RolloutTurn(of: cohort, in: .late, rollout: rollout, limit: rollout.schedules, at: time)
      let alone = RolloutTurn(of: cohort, in: .late, rollout: rollout, limit: nil, at: time)
      precondition(turn == alone, "a limit that is the ramp itself changes a turn")
    }
    for schedule in Ring.allCases.map({ rollout.schedules[$0] }) {
      guard let next = try? schedule.resumed(frozenAt: time, until: time.advanced(by: .seconds(3_600))) else {
        continue
      }
      precondition(next.isNoFaster(than: schedule), "a pause has made a ramp faster")
    }
  }
}

/// A cohort's turn comes at the first second at which the share is greater than its number.
private func schedules(_ schedules: RingSchedules) {
  for schedule in Ring.allCases.map({ schedules[$0] }) {
    for number in [0, 1, 5_000, 9_999] {
      guard let cohort = Cohort(number), let time = schedule.time(reaching: cohort) else { continue }
      precondition(schedule.share(at: time) > number, "a turn before its share")
      let before = time.advanced(by: .seconds(-1))
      precondition(before == time || schedule.share(at: before) <= number, "a turn after its share")
    }
  }
}

private func entry(_ bytes: [UInt8]) throws {
  let entry = try LogEntry(parsing: bytes)
  precondition(entry.bytes == bytes, "an entry has two spellings")
  precondition(RelativePath(entry.proofPath) != nil)
}

private func words(_ text: String) {
  if let (stream, serial) = Stream.named(byManifestPath: text) {
    precondition(stream.manifestPath(serial).utf8.elementsEqual(text.utf8), "a path of a manifest has two spellings")
    precondition(RelativePath(text) != nil && !stream.letters.isEmpty)
  }
  if let (stream, serial) = Stream.named(byWithdrawalPath: text) {
    precondition(stream.withdrawalPath(serial).utf8.elementsEqual(text.utf8), "a withdrawal's path has two spellings")
  }
  if let serial = Serial(text) { precondition(serial.description == text) }
  if let letter = Letter(text) { precondition(letter.description == text) }
  if let id = DeviceID(text) { precondition(id.description == text) }
  if let version = PackageVersion(text) { precondition(version.description == text) }
  guard let json = try? JSON(parsing: Array(text.utf8)) else { return }
  // What the control interface carries is read by other programs of Suture.
  _ = try? DeviceStatus(json)
  _ = ProgressEvent(json)
  _ = SettingInForce(json)
  _ = LogStanding(json)
}
