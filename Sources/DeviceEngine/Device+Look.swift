internal import Activation
internal import Basics
internal import CanonicalJSON
internal import Delivery
internal import Grafting
internal import Improvements
internal import Journal
internal import Linux
internal import TUF

extension Device {
  /// Asks the repository what is current, verifies it, and records what fits this machine.
  package func look(_ progress: @escaping Progress = { _ in }) async throws {
    try await exclusively {
      try checkPackages()
      try await lookOnce(progress)
    }
  }

  func lookOnce(_ progress: Progress) async throws {
    do {
      try await verifyAndOffer(progress)
      lookFailure = nil
    } catch {
      let sentence = "the last look was refused: \(error)"
      refuse(sentence, isNews: lookFailure != sentence, progress)
      lookFailure = sentence
      throw error
    }
  }

  // What is refused look after look for the same reason stands in the history once: a host that is away would fill it.
  private func refuse(_ sentence: String, stream: Stream? = nil, isNews: Bool, _ progress: Progress) {
    let event = ProgressEvent(.refuse, stream: stream, sentence)
    if isNews { tell(event, progress) } else { show(event, progress) }
  }

  private func verifyAndOffer(_ progress: Progress) async throws {
    let started = clock.now
    var update = try await parts.courier.update(now: try lookTime())
    signedTime = update.signedTime
    let repository = try await update.repository(matching: try wantedPatterns())
    try parts.journal.recordFreshLook(at: parts.now())
    tell(
      ProgressEvent(
        .look, "\(counted(repository.roles.count, "role", "roles")) verified at \(parts.courier.address)",
        took: started.duration(to: clock.now), facts: ["roles": .array(repository.roles.map(Self.account))]),
      progress)
    let former = Set(lookRefusals)
    lookRefusals = []
    for refusal in repository.refusals { refuseInLook(refusal.description, former, progress) }
    let policy = TargetPath(Self.logPolicyTarget).flatMap(repository.target)
    for sentence in await followLogPolicy(policy, progress) { refuseInLook(sentence, former, progress) }
    try await bringRootProof(version: repository.role("root")?.version)
    let reviewed = try await reviewed(repository.targets, &update) { refuseInLook($1, stream: $0, former, progress) }
    named = reviewed.mapValues { Set($0.map(\.serial)) }
    try await stepAsideForUpdates(progress)
    try await followWithdrawals(
      repository.targets, reviewed, &update, refuse: { refuseInLook($1, stream: $0, former, progress) }, progress)
    try await followRollouts(repository, progress)
    try setAsideWhatIsNotNamed()
    for (stream, candidates) in reviewed.sorted(by: { $0.key < $1.key }) {
      do { try await offer(stream, candidates, progress) } catch {
        refuseInLook("\(stream.component) is refused: \(error)", stream: stream, former, progress)
      }
    }
  }

  // Shown until a look goes by without it; in the history once.
  private func refuseInLook(_ sentence: String, stream: Stream? = nil, _ former: Set<String>, _ progress: Progress) {
    lookRefusals.append(sentence)
    refuse(sentence, stream: stream, isNews: !former.contains(sentence), progress)
  }

  static func account(_ role: RoleAccount) -> JSON {
    [
      "role": .string(role.role), "version": .integer(Int64(role.version)),
      "threshold": .integer(Int64(role.threshold)),
      "signers": .array(role.signers.map { .string($0.description) }),
      "expires": .string(role.expires.description),
    ]
  }

  // What was offered once and is not named by verified metadata any more is not to be installed.
  private func setAsideWhatIsNotNamed() throws {
    for record in try parts.journal.improvements() where !record.state.isInPlace && !record.state.isEnded {
      if named?[record.manifest.stream]?.contains(record.manifest.serial) == true { continue }
      let reason = "the repository does not name it now"
      if record.state.detail != reason { try enter(.waiting(reason: reason), record) }
    }
  }

  private func offer(
    _ stream: Stream, _ candidates: [Candidate], _ progress: Progress
  ) async throws {
    let started = clock.now
    let known = try parts.journal.improvements().filter { $0.manifest.stream == stream }
    let floor = try parts.journal.highestConfirmed(stream)
    let withdrawn = try parts.journal.withdrawals()[stream] ?? [:]
    var unsupported: String?
    for candidate in candidates.prefix(Self.serialsTried) where withdrawn[candidate.serial] == nil {
      let serial = candidate.serial
      // Anti-rollback: below what was confirmed there is nothing to go back to but by the owner's word.
      if let floor, serial < floor { break }
      let manifest = try await parts.courier.manifest(candidate.agreement.target)
      if let former = known.first(where: { $0.manifest.serial == serial }), former.manifest != manifest {
        throw DeviceError.refused(stream, reason: "serial \(serial) is not what it was when it was first seen")
      }
      switch try fit(of: manifest) {
      case .fits(let baseline, let modes):
        let record = ImprovementRecord(
          manifest: manifest, baseline: baseline.version, modes: modes, state: .offered, since: parts.now())
        let target = candidate.agreement.target
        let isNews = record.isNews(among: known)
        // Of what is in place already it is asked once, so that a look with nothing new stays two requests.
        if let digest = target.sha256,
          isNews || provenSince.insert(manifest.stream).inserted
        {
          try await bringProof(of: .publish(stream, serial, manifest: digest))
        }
        guard isNews else {
          // What waits to be tried again needs its turn like what is new, by what the publisher says now.
          if try parts.journal.probations()[stream]?.serial == serial {
            _ = awaitingTurn(record, digest: candidate.agreement.target.sha256)
          }
          return
        }
        let signed = JSON.array(candidate.agreement.accounts.map(Self.account))
        return try offer(record, signed: signed, digest: target.sha256, started.duration(to: clock.now), progress)
      case .alreadyImproved, .notInstalled: return
      case .unsupported(let reason): unsupported = unsupported ?? reason
      }
    }
    if let unsupported { throw DeviceError.refused(stream, reason: unsupported) }
  }

  private func offer(
    _ offered: ImprovementRecord, signed: JSON, digest: Digest?, _ took: Duration, _ progress: Progress
  ) throws {
    let manifest = offered.manifest
    guard let baseline = offered.fitting else { return }
    var record = offered
    if let held = try parts.journal.held()[manifest.stream], manifest.serial <= held {
      let word = "removed by the owner; `suture reapply \(manifest.stream.component)` brings it back"
      record = offered.entering(.waiting(reason: word), at: parts.now())
    }
    if let reason = try logHindrance(to: manifest) {
      record = offered.entering(.waiting(reason: reason), at: parts.now())
    }
    if record.state == .offered { record = awaitingTurn(record, digest: digest) }
    let former = try parts.journal.improvements().first {
      $0.manifest.stream == manifest.stream && $0.manifest.serial == manifest.serial
    }
    if let former, former.state == record.state, former.modes == record.modes { return }
    try parts.journal.record(record)
    try rememberBaseline(record)
    tell(
      ProgressEvent(
        .offer, stream: manifest.stream,
        "\(manifest.stream.component) \(baseline.version) (\(baseline.letter)) fits this machine,"
          + " \(try logStanding(of: manifest).account)", took: took,
        facts: [
          "serial": .integer(manifest.serial.number), "letter": .string(baseline.letter.description),
          "baseline": .string(baseline.version.description), "fixedIn": .string(manifest.source.version.description),
          "advisories": .array(manifest.advisories.map { .string($0.id) }),
          "payloadBytes": .integer(Int64(manifest.payloadBytes(for: baseline))), "signed": signed,
          "logged": try logStanding(of: manifest).json,
        ]), progress)
  }

  /// Remembers which files the baseline's are, so that a process that maps one is found even when it was replaced since.
  func rememberBaseline(_ record: ImprovementRecord) throws {
    var files: [KnownFile] = []
    for file in record.fitting?.files ?? [] {
      guard let opened = try parts.backend.openBaseline(file.path) else { continue }
      files.append(
        KnownFile(
          .baseline, identity: try opened.status().identity, name: parts.root.name(file.path), path: file.path,
          stream: record.manifest.stream, serial: record.manifest.serial))
    }
    try parts.journal.remember(files)
  }
}

extension ImprovementRecord {
  // What is in place, was superseded, or was taken off for bad health is not offered again by itself. What failed
  // before it was in place may go better now, after another look.
  func isNews(among known: [ImprovementRecord]) -> Bool {
    guard let former = known.first(where: { $0.manifest.serial == manifest.serial }) else { return true }
    switch former.state {
    case .superseded(let later):
      // What stood in its place may have been withdrawn since.
      let successor = known.first { $0.manifest.serial == later }
      return former.baseline != baseline || successor?.state.name == "withdrawn"
    case .rolledBack: return former.baseline != baseline
    case .withdrawn: return false
    // It waits for its moment.
    case .staged where manifest.switchMoment != .anytime: return former.baseline != baseline
    default: return !former.state.isInPlace
    }
  }
}
