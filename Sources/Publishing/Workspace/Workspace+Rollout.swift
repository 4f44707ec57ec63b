package import Basics
package import Improvements
internal import Linux
internal import TUF

/// What is to become of rollouts.
package enum RolloutChange: Sendable, Hashable {
  /// Nobody else is to be reached.
  case pause
  /// What was paused goes on from where it stood.
  case resume
  /// A ring's schedule begins now; a ring that is not named keeps its own.
  case ramp([Ring: Ramp])
}

/// One rollout, as people ask for it.
package struct RolloutAccount: Sendable, Hashable {
  /// The rollout as it is recorded.
  package let rollout: RolloutRecord.Rollout
  /// How many cohorts of each ring are reached, 0…10000.
  package let shares: [Ring: Int]

  init(_ rollout: RolloutRecord.Rollout, at now: UTCTime) {
    self.rollout = rollout
    let time = rollout.frozenAt.map { min($0, now) } ?? now
    shares = Dictionary(uniqueKeysWithValues: Ring.allCases.map { ($0, rollout.schedules[$0].share(at: time)) })
  }
}

extension Workspace {
  /// The role that signs the rollout record.
  static let rolloutRole = "rollout"

  /// What is being rolled out.
  package func rollouts(now: UTCTime) throws -> [RolloutAccount] {
    try record(in: editor())?.rollouts.map { RolloutAccount($0, at: now) } ?? []
  }

  /// Changes the rollout of a component's newest published improvement, or of all that are being rolled out, and signs.
  ///
  /// - Parameters:
  ///   - component: nil for all.
  ///   - serial: another improvement than the newest.
  /// - Returns: the rollouts that were asked for, as they are now.
  package func changeRollouts(
    _ change: RolloutChange, of component: String?, serial: Serial? = nil, now: UTCTime
  ) async throws -> [RolloutAccount] {
    let editor = try editor()
    guard editor.delegatedRoles.contains(Self.rolloutRole) else { throw PublishingError.noRolloutRole }
    let former = try record(in: editor)
    var rollouts = former?.rollouts ?? []
    let meant: [RolloutRecord.Rollout]
    if let component {
      meant = [try rollout(of: try configuration.stream(of: component), serial, in: rollouts, editor)]
    } else {
      meant = rollouts.filter { ($0.frozenAt == nil) == (change == .pause) }
    }
    guard !meant.isEmpty else { throw PublishingError.noRollouts }
    var accounts: [RolloutAccount] = []
    for rollout in meant {
      let limit = try manifest(rollout.stream, rollout.serial, editor).manifest.rollout
      let next = try Self.changed(rollout, by: change, limit: limit, now: now)
      rollouts.removeAll { $0.stream == next.stream && $0.serial == next.serial }
      rollouts.append(next)
      accounts.append(RolloutAccount(next, at: now))
    }
    try await write(rollouts, after: former, editor, now: now)
    return accounts
  }

  private static func changed(
    _ rollout: RolloutRecord.Rollout, by change: RolloutChange, limit: RingSchedules?, now: UTCTime
  ) throws -> RolloutRecord.Rollout {
    let component = rollout.stream.component
    switch change {
    case .pause:
      return rollout.frozenAt == nil ? rollout.with(rollout.schedules, frozenAt: now) : rollout
    case .resume:
      guard let since = rollout.frozenAt else { throw PublishingError.notPaused(component: component) }
      return rollout.with(
        RingSchedules(
          early: try rollout.schedules.early.resumed(frozenAt: since, until: now),
          late: try rollout.schedules.late.resumed(frozenAt: since, until: now)), frozenAt: nil)
    case .ramp(let ramps):
      guard rollout.frozenAt == nil else { throw PublishingError.rolloutPaused(component: component) }
      func schedule(_ ring: Ring) throws -> RolloutSchedule {
        try ramps[ring]?.schedule(from: now) ?? rollout.schedules[ring]
      }
      let next = RingSchedules(early: try schedule(.early), late: try schedule(.late))
      if let limit, !next.isNoFaster(than: limit) { throw PublishingError.rampTooFast(component: component) }
      return rollout.with(next, frozenAt: nil)
    }
  }

  /// Begins the rollout of improvements that are published for the first time and whose manifests set a limit: as fast as
  /// that allows, counted from now.
  ///
  /// Where the rollout key is not here nothing is done; the manifests' limits hold alone.
  func beginRollouts(of targets: [TargetDescription], now: UTCTime) async throws {
    let editor = try editor()
    guard editor.delegatedRoles.contains(Self.rolloutRole), atHand(try editor.keys(of: Self.rolloutRole)) else {
      return
    }
    let former = try record(in: editor)
    var rollouts = former?.rollouts ?? []
    let begun = try directory.creatingDirectory(try Self.path("begun"))
    var marks: [RelativePath] = []
    for target in targets {
      guard let (stream, serial) = Stream.named(byManifestPath: "\(target.path)"), let digest = target.sha256 else {
        continue
      }
      let mark = try Self.path(digest.hex)
      guard try begun.status(mark) == nil else { continue }
      marks.append(mark)
      let manifest = try self.manifest(stream, serial, editor).manifest
      guard let limit = manifest.rollout, !rollouts.contains(where: { $0.stream == stream && $0.serial == serial })
      else {
        continue
      }
      let begin = [limit.early, limit.late].compactMap(\.points.first?.time).min() ?? now
      rollouts.append(
        RolloutRecord.Rollout(
          stream: stream, serial: serial, manifest: digest,
          schedules: RingSchedules(
            early: try limit.early.delayed(from: begin, to: now), late: try limit.late.delayed(from: begin, to: now))))
    }
    if rollouts.count > former?.rollouts.count ?? 0 { try await write(rollouts, after: former, editor, now: now) }
    for mark in marks { try begun.write([], to: mark) }
  }

  // MARK: The record

  private func record(in editor: RepositoryEditor) throws -> RolloutRecord? {
    guard editor.delegatedRoles.contains(Self.rolloutRole),
      let target = try editor.targets(of: Self.rolloutRole).first(where: {
        $0.path.description == RolloutRecord.targetPath
      })
    else { return nil }
    let bytes = try directory.read(
      try RepositoryFolder.targets.file(target.filePath), limit: RolloutRecord.byteLimit)
    guard target.hashes.match(bytes) else { throw PublishingError.otherBytes(file: "targets/\(target.filePath)") }
    return try RolloutRecord(parsing: bytes)
  }

  /// The recorded rollout, or what holds where none is recorded.
  private func rollout(
    of stream: Stream, _ serial: Serial?, in rollouts: [RolloutRecord.Rollout], _ editor: RepositoryEditor
  ) throws -> RolloutRecord.Rollout {
    let (manifest, digest) = try manifest(stream, serial, editor)
    if let known = rollouts.first(where: { $0.stream == stream && $0.serial == manifest.serial }) { return known }
    return RolloutRecord.Rollout(
      stream: stream, serial: manifest.serial, manifest: digest,
      schedules: manifest.rollout
        ?? RingSchedules(early: .everybody(from: manifest.created), late: .everybody(from: manifest.created)))
  }

  /// A published manifest: the newest of its stream where no serial is named.
  private func manifest(
    _ stream: Stream, _ serial: Serial?, _ editor: RepositoryEditor
  ) throws -> (manifest: Manifest, digest: Digest) {
    let described =
      editor.delegatedRoles.contains(stream.buildRole) ? try editor.targets(of: stream.buildRole) : []
    let candidates = described.compactMap { target -> (serial: Serial, target: TargetDescription)? in
      guard let named = Stream.named(byManifestPath: "\(target.path)"), named.stream == stream else { return nil }
      return serial == nil || serial == named.serial ? (named.serial, target) : nil
    }
    guard let target = candidates.max(by: { $0.serial < $1.serial })?.target, let digest = target.sha256 else {
      guard let serial else { throw PublishingError.neverPublished(component: stream.component) }
      throw PublishingError.notPublished(component: stream.component, serial: "\(serial)")
    }
    let file = try RepositoryFolder.targets.file(target.filePath)
    let bytes = try directory.read(file, limit: Manifest.byteLimit)
    guard target.hashes.match(bytes) else { throw PublishingError.otherBytes(file: "\(file)") }
    return (try Manifest(parsing: bytes), digest)
  }

  /// Signs a record of these rollouts, without those that have reached everybody, and writes it into the repository.
  private func write(
    _ rollouts: [RolloutRecord.Rollout], after former: RolloutRecord?, _ published: RepositoryEditor, now: UTCTime
  ) async throws {
    let left = rollouts.filter { rollout in
      rollout.frozenAt != nil || (rollout.schedules.end.map { $0 > now } ?? true)
    }
    let record = try RolloutRecord(
      release: configuration.release, architecture: configuration.architecture,
      sequence: (former?.sequence ?? 0) + 1, rollouts: left)
    let bytes = record.bytes
    guard bytes.count <= RolloutRecord.byteLimit else {
      throw PublishingError.recordTooLong(count: bytes.count, limit: RolloutRecord.byteLimit)
    }
    let target = try writeTarget(bytes, at: RolloutRecord.targetPath)
    var editor = published
    try editor.setTarget(
      target.path, length: target.length, sha256: target.sha256, custom: target.custom, in: Self.rolloutRole)
    let files = try sign(&editor, now: now)
    try await RepositoryCheck(directory: directory, with: files).metadata(pinnedRoot: try firstRoot(), now: now)
    try write(files)
  }
}

extension RolloutRecord.Rollout {
  fileprivate func with(_ schedules: RingSchedules, frozenAt: UTCTime?) -> RolloutRecord.Rollout {
    RolloutRecord.Rollout(
      stream: stream, serial: serial, manifest: manifest, schedules: schedules, frozenAt: frozenAt)
  }
}

extension RolloutSchedule {
  /// The same ramp, as much later as one time is after another; as it is where it is not after it.
  fileprivate func delayed(from begin: UTCTime, to now: UTCTime) throws(RolloutError) -> RolloutSchedule {
    let delay = now.since(begin)
    guard delay > .zero else { return self }
    return try RolloutSchedule(points.map { .init($0.time.advanced(by: delay), $0.share) })
  }
}
