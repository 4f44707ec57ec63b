internal import Basics
internal import CanonicalJSON
internal import Delivery
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
    do { try await verifyAndOffer(progress) } catch {
      try? tell(ProgressEvent(.refuse, "the look was refused: \(error)"), progress)
      throw error
    }
  }

  private func verifyAndOffer(_ progress: Progress) async throws {
    let started = clock.now
    let repository = try await parts.courier.refresh(now: parts.now())
    try parts.journal.recordFreshLook(at: parts.now())
    let candidates = candidates(repository.targets)
    try tell(
      ProgressEvent(
        .look, "\(counted(repository.roles.count, "role", "roles")) verified at \(parts.courier.address)",
        took: started.duration(to: clock.now), facts: ["roles": .array(repository.roles.map(Self.account))]),
      progress)
    lookRefusals = repository.refusals.map(\.description)
    for sentence in lookRefusals { try tell(ProgressEvent(.refuse, sentence), progress) }
    for (stream, targets) in candidates.sorted(by: { $0.key < $1.key }) where try isInstalled(stream) {
      do { try await offer(stream, targets, progress) } catch {
        let sentence = "\(stream.component) is refused: \(error)"
        lookRefusals.append(sentence)
        try tell(ProgressEvent(.refuse, stream: stream, sentence), progress)
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

  private func offer(
    _ stream: Stream, _ targets: [(serial: Serial, target: VerifiedTarget)], _ progress: Progress
  ) async throws {
    let started = clock.now
    let known = try parts.journal.improvements().filter { $0.manifest.stream == stream }
    var unsupported: String?
    for (serial, target) in targets.prefix(Self.serialsTried) {
      // Anti-rollback: below what has stood here there is nothing to go back to but by the owner's word.
      if let highest = known.filter(\.state.hasStood).map(\.manifest.serial).max(), serial < highest { break }
      let manifest = try await parts.courier.manifest(target)
      if let former = known.first(where: { $0.manifest.serial == serial }), former.manifest != manifest {
        throw DeviceError.refused(stream, reason: "serial \(serial) is not what it was when it was first seen")
      }
      switch try BaselineFit.find(for: manifest, beneath: parts.root) {
      case .fits(let baseline, _):
        return try record(manifest, baseline, known, started.duration(to: clock.now), progress)
      case .alreadyImproved, .notInstalled: return
      case .unsupported(let reason): unsupported = unsupported ?? reason
      }
    }
    if let unsupported { throw DeviceError.refused(stream, reason: unsupported) }
  }

  private func record(
    _ manifest: Manifest, _ baseline: Manifest.Baseline, _ known: [ImprovementRecord], _ took: Duration,
    _ progress: Progress
  ) throws {
    let held = try parts.journal.held()[manifest.stream]
    let state: ImprovementState
    if settings.transparencyRequired {
      state = .waiting(reason: "policy requires a public log, and this improvement is \(DeviceStatus.logAccount)")
    } else if let held, manifest.serial <= held {
      state = .waiting(reason: "removed by the owner; `suture apply \(manifest.stream.component)` brings it back")
    } else {
      state = .offered
    }
    let former = known.first { $0.manifest.serial == manifest.serial }
    if let former, former.state.isInPlace { return }
    if let former, former.state.name == state.name, former.state.detail == state.detail { return }
    // What failed before it was in place may go better now, after another look. What was rolled back is tried again
    // only by hand, until retries exist.
    if case .rolledBack = former?.state { return }
    if case .superseded = former?.state { return }
    try parts.journal.record(
      ImprovementRecord(manifest: manifest, baseline: baseline.version, state: state, since: parts.now()))
    try tell(
      ProgressEvent(
        .offer, stream: manifest.stream,
        "\(manifest.stream.component) \(baseline.version) (\(baseline.letter)) fits this machine", took: took,
        facts: [
          "serial": .integer(manifest.serial.number), "letter": .string(baseline.letter.description),
          "baseline": .string(baseline.version.description), "fixedIn": .string(manifest.source.version.description),
          "advisories": .array(manifest.advisories.map { .string($0.id) }),
          "payloadBytes": .integer(Int64(manifest.payloadBytes(for: baseline))),
        ]), progress)
  }
}
