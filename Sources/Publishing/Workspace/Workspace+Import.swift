package import Basics
internal import DebianArchive
package import Improvements
internal import Linux
internal import TUF

extension Workspace {
  /// What is to be imported.
  package struct ImportRequest: Sendable {
    /// The files of the old builds: the baselines.
    package var baselines: [String]
    /// The file of the fixed build.
    package var improved: String
    /// How the improvement becomes live; nil for what its files need: a restart of services, or of the machine for the C library.
    package var activation: ActivationClass?
    /// Whether its files belong together, so that they change places only while no program uses them.
    package var isCoherent = false
    /// The fastest ramp that a rollout may take in each ring, from now on; a ring without one is everybody at once, and none
    /// at all is no limit.
    package var fastest: [Ring: Ramp] = [:]
    /// Advisories besides those that the changelog names.
    package var advisories: [String] = []
    /// The services that keep what they read of files that nobody maps; nil where that is not said.
    package var readers: [String]?
    /// As whom it is signed.
    package var hats: [Hat] = [.build, .review]
    /// Whether it is described in drafts, for people elsewhere to sign.
    package var isDraft = false

    /// Baselines and the fixed build by their files.
    package init(baselines: [String], improved: String) {
      self.baselines = baselines
      self.improved = improved
    }

    func readerNames() throws(PublishingError) -> [ServiceName]? {
      guard let readers else { return nil }
      var names: [ServiceName] = []
      for text in readers {
        guard let name = ServiceName(text) else { throw .badReader(text) }
        names.append(name)
      }
      return names
    }

    func limit(from now: UTCTime) throws -> RingSchedules? {
      guard !fastest.isEmpty else { return nil }
      func schedule(_ ring: Ring) throws -> RolloutSchedule {
        try fastest[ring]?.schedule(from: now) ?? .everybody(from: now)
      }
      return RingSchedules(early: try schedule(.early), late: try schedule(.late))
    }
  }

  /// What an import came to.
  package enum ImportOutcome: Sendable {
    /// A gate refused; the verdict of each baseline, in order.
    case refused([Verdict])
    /// The improvement is in the workspace, signed.
    case staged(StagedImprovement)
  }

  /// An improvement that was made and signed.
  package struct StagedImprovement: Sendable {
    /// The verdict of each baseline, in order.
    package let verdicts: [Verdict]
    /// The manifest.
    package let manifest: Manifest
    /// How each file travels.
    package let files: [ImprovementBuilder.BuiltFile]
    /// Bytes of the fixed build's package.
    package let packageBytes: Int
    /// Bytes of all payloads, each once.
    package let payloadBytes: Int
    /// Who signed for it so far.
    package let signing: Signing
    /// Baselines that the previous serial fitted and this one does not.
    package let droppedBaselines: [String]
    /// What the publisher should know, such as that no advisory is known.
    package let note: String?
  }

  /// Judges, builds and signs; nothing is published yet.
  package func importing(_ request: ImportRequest, now: UTCTime) async throws -> ImportOutcome {
    let new = try DebPackage(file: request.improved)
    guard new.architecture == configuration.architecture || new.architecture == "all" else {
      throw PublishingError.otherArchitecture(
        package: new.name, architecture: new.architecture, expected: configuration.architecture)
    }
    var judged: [(pair: PackagePair, verdict: Verdict)] = []
    for file in request.baselines {
      let pair = try PackagePair(old: try DebPackage(file: file), new: new)
      judged.append((pair, try Gates.judge(pair)))
    }
    guard let oldest = judged.map(\.pair.old.version).min() else { throw PublishingError.nothingToPublish }
    guard judged.allSatisfy(\.verdict.isEligible) else { return .refused(judged.map(\.verdict)) }
    if let empty = judged.map(\.verdict).first(where: \.changed.isEmpty) {
      throw PublishingError.nothingToImprove(package: empty.package, from: empty.from, to: empty.to)
    }

    let stream = try configuration.stream(of: new.name)
    let earlier = try manifests(of: stream)
    var (advisories, note) = Advisories.closed(by: new, since: oldest, now: now)
    if !request.advisories.isEmpty { note = nil }
    for id in request.advisories where !advisories.contains(where: { $0.id == id }) {
      advisories.append(try Advisories.named(id, now: now))
    }
    let builder = ImprovementBuilder(
      stream: stream, earlier: earlier, now: now, activation: request.activation,
      limit: try request.limit(from: now), readers: try request.readerNames(), isCoherent: request.isCoherent)
    let built = try await builder.build(judged, advisories: advisories)
    let signing = try await stage(built, as: request.hats, asDraft: request.isDraft, now: now)
    let kept = Set(built.manifest.baselines.map(\.version))
    let former = earlier.last?.baselines.map(\.version) ?? []
    return .staged(
      StagedImprovement(
        verdicts: judged.map(\.verdict), manifest: built.manifest, files: built.files,
        packageBytes: try lengthOfFile(request.improved),
        payloadBytes: built.payloads.values.reduce(0) { $0 + $1.count }, signing: signing,
        droppedBaselines: former.filter { !kept.contains($0) }.map(\.description), note: note))
  }

  /// Only judges: the verdict of each baseline, in order.
  package func judging(_ request: ImportRequest) throws -> [Verdict] {
    let new = try DebPackage(file: request.improved)
    return try request.baselines.map { try Gates.import(old: try DebPackage(file: $0), new: new) }
  }

  /// Writes payloads and manifest, then has the roles describe it.
  private func stage(
    _ built: ImprovementBuilder.Built, as hats: [Hat], asDraft: Bool, now: UTCTime
  ) async throws -> Signing {
    for (digest, bytes) in built.payloads {
      try writeOnce(bytes, to: try RepositoryFolder.payloads.file(digest.hex), in: directory)
    }
    let target = try writeTarget(
      built.manifest.bytes, at: built.manifest.stream.manifestPath(built.manifest.serial))
    return try await describe(target, of: built.manifest.stream, as: hats, asDraft: asDraft, now: now)
  }

  /// Writes a target's file under the name that says its digest.
  func writeTarget(_ bytes: [UInt8], at name: String) throws -> NewTarget {
    let digest = Digest(of: bytes)
    guard let path = TargetPath(name) else { throw PublishingError.unsafeName(name) }
    let file = try RepositoryFolder.targets.file(RepositoryCheck.filePath(of: path, sha256: digest))
    if let parent = file.parent { _ = try directory.creatingDirectory(parent) }
    try writeOnce(bytes, to: file, in: directory)
    return NewTarget(path, length: bytes.count, sha256: digest)
  }
}

extension Workspace.StagedImprovement {
  /// The stream.
  package var stream: String { "\(manifest.stream)" }
  /// The serial.
  package var serial: String { "\(manifest.serial)" }
  /// The digest that is signed for.
  package var manifestDigest: String { Digest(of: manifest.bytes).hex }
  /// Baselines as people name them: `2.5.0-1+deb12u2 (a)`.
  package var baselineNames: [String] { manifest.baselines.map { "\($0.version) (\($0.letter))" } }
  /// The identifiers of the advisories.
  package var advisoryNames: [String] { manifest.advisories.map(\.id) }
  /// Packages of the same source.
  package var siblingNames: [String] { manifest.siblings }
  /// How many files of its baselines programs read and do not map.
  package var readCount: Int { Set(verdicts.flatMap(\.read)).count }
  /// What there is to say of them; nil where there are none.
  package var readAccount: String? {
    guard readCount > 0 else { return nil }
    let report = ReadReport(files: readCount, readers: manifest.readers?.map(\.description))
    return report.readers == nil
      ? "\(report.account) (--reader): machines say *unknown* and not *protected*" : report.account
  }
  /// How many changed files were left out.
  package var omittedCount: Int { manifest.omitted.count }
}
