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
  /// How many serials of a stream are tried, newest first, for one that fits.
  static let serialsTried = 8

  /// Asks the repository what is current, verifies it, and records what fits this machine.
  package func look(_ progress: @escaping Progress = { _ in }) async throws {
    try await exclusively { try await lookOnce(progress) }
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
    let repository = try await parts.courier.refresh(now: parts.now())
    try parts.journal.recordFreshLook(at: parts.now())
    tell(
      ProgressEvent(
        .look, "\(counted(repository.roles.count, "role", "roles")) verified at \(parts.courier.address)",
        took: started.duration(to: clock.now), facts: ["roles": .array(repository.roles.map(Self.account))]),
      progress)
    let former = Set(lookRefusals)
    lookRefusals = repository.refusals.map(\.description)
    for sentence in lookRefusals { refuse(sentence, isNews: !former.contains(sentence), progress) }
    let candidates = candidates(repository.targets)
    named = candidates.mapValues { Set($0.map(\.serial)) }
    try await stepAsideForUpdates(progress)
    try setAsideWhatIsNotNamed()
    for (stream, targets) in candidates.sorted(by: { $0.key < $1.key }) where try isInstalled(stream) {
      do { try await offer(stream, targets, repository, progress) } catch {
        let sentence = "\(stream.component) is refused: \(error)"
        lookRefusals.append(sentence)
        refuse(sentence, stream: stream, isNews: !former.contains(sentence), progress)
      }
    }
  }

  private static func account(_ role: RoleAccount) -> JSON {
    [
      "role": .string(role.role), "version": .integer(Int64(role.version)),
      "threshold": .integer(Int64(role.threshold)),
      "signers": .array(role.signers.map { .string($0.description) }),
      "expires": .string(role.expires.description),
    ]
  }

  // Targets of this release and architecture by stream, newest serial first.
  private func candidates(_ targets: [VerifiedTarget]) -> [Stream: [(serial: Serial, target: VerifiedTarget)]] {
    var candidates: [Stream: [(serial: Serial, target: VerifiedTarget)]] = [:]
    for target in targets {
      guard let (stream, serial) = Stream.named(byManifestPath: target.path.description),
        stream.release == settings.release, stream.architecture == settings.architecture
      else { continue }
      candidates[stream, default: []].append((serial, target))
    }
    return candidates.mapValues { $0.sorted { $0.serial > $1.serial } }
  }

  // Where dpkg keeps its lists, a component without one is not installed, and its manifest need not be fetched.
  private func isInstalled(_ stream: Stream) throws -> Bool {
    guard let info = RelativePath("var/lib/dpkg/info"), try parts.root.status(info)?.kind == .directory else {
      return true
    }
    for name in ["\(stream.component).list", "\(stream.component):\(stream.architecture).list"] {
      if let path = info.appending(name), try parts.root.status(path) != nil { return true }
    }
    return false
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
    _ stream: Stream, _ targets: [(serial: Serial, target: VerifiedTarget)], _ repository: TrustedRepository,
    _ progress: Progress
  ) async throws {
    let started = clock.now
    let known = try parts.journal.improvements().filter { $0.manifest.stream == stream }
    let floor = try parts.journal.highestConfirmed(stream)
    var unsupported: String?
    for (serial, target) in targets.prefix(Self.serialsTried) {
      // Anti-rollback: below what was confirmed there is nothing to go back to but by the owner's word.
      if let floor, serial < floor { break }
      let manifest = try await parts.courier.manifest(target)
      if let former = known.first(where: { $0.manifest.serial == serial }), former.manifest != manifest {
        throw DeviceError.refused(stream, reason: "serial \(serial) is not what it was when it was first seen")
      }
      switch try fit(of: manifest) {
      case .fits(let baseline, let modes):
        let record = ImprovementRecord(
          manifest: manifest, baseline: baseline.version, modes: modes, state: .offered, since: parts.now())
        guard record.isNews(among: known) else { return }
        let signed = repository.role(target.role).map(Self.account) ?? .null
        return try offer(record, signed: signed, started.duration(to: clock.now), progress)
      case .alreadyImproved, .notInstalled: return
      case .unsupported(let reason): unsupported = unsupported ?? reason
      }
    }
    if let unsupported { throw DeviceError.refused(stream, reason: unsupported) }
  }

  private func offer(
    _ offered: ImprovementRecord, signed: JSON, _ took: Duration, _ progress: Progress
  ) throws {
    let manifest = offered.manifest
    guard let baseline = offered.fitting else { return }
    var record = offered
    if let held = try parts.journal.held()[manifest.stream], manifest.serial <= held {
      let word = "removed by the owner; `suture reapply \(manifest.stream.component)` brings it back"
      record = offered.entering(.waiting(reason: word), at: parts.now())
    }
    if settings.transparencyRequired {
      record = offered.entering(.waiting(reason: DeviceError.notLogged), at: parts.now())
    }
    let former = try parts.journal.improvements().first {
      $0.manifest.stream == manifest.stream && $0.manifest.serial == manifest.serial
    }
    if let former, former.state == record.state, former.modes == record.modes { return }
    try parts.journal.record(record)
    try rememberBaseline(record)
    tell(
      ProgressEvent(
        .offer, stream: manifest.stream,
        "\(manifest.stream.component) \(baseline.version) (\(baseline.letter)) fits this machine", took: took,
        facts: [
          "serial": .integer(manifest.serial.number), "letter": .string(baseline.letter.description),
          "baseline": .string(baseline.version.description), "fixedIn": .string(manifest.source.version.description),
          "advisories": .array(manifest.advisories.map { .string($0.id) }),
          "payloadBytes": .integer(Int64(manifest.payloadBytes(for: baseline))), "signed": signed,
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
    case .rolledBack, .superseded, .withdrawn: return former.baseline != baseline
    default: return !former.state.isInPlace
    }
  }
}
