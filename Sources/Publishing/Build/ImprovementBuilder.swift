package import Basics
internal import BinaryDelta
package import DebianArchive
package import Improvements

/// Makes an improvement out of judged builds: payloads for the changed files of each baseline, and the manifest.
package struct ImprovementBuilder {
  /// The stream that it goes to.
  package let stream: Stream
  /// The stream's earlier manifests, by serial.
  package let earlier: [Manifest]
  /// When it is made.
  package let now: UTCTime
  /// How it becomes live; nil for what its files need.
  package let activation: ActivationClass?
  /// The fastest ramp of its rollout; nil for no limit.
  package let limit: RingSchedules?
  /// The services that keep what they read of files that nobody maps; nil where that is not said.
  package let readers: [ServiceName]?
  /// Whether its files belong together, so that they change places only while no program uses them.
  package let isCoherent: Bool

  /// A builder for a stream with a history.
  package init(
    stream: Stream, earlier: [Manifest], now: UTCTime, activation: ActivationClass? = nil,
    limit: RingSchedules? = nil, readers: [ServiceName]? = nil, isCoherent: Bool = false
  ) {
    self.stream = stream
    self.earlier = earlier
    self.now = now
    self.activation = activation
    self.limit = limit
    self.readers = readers
    self.isCoherent = isCoherent
  }

  /// What was made.
  package struct Built: Sendable {
    /// The manifest.
    package let manifest: Manifest
    /// Every payload by its digest.
    package let payloads: [Digest: [UInt8]]
    /// For each file of each baseline how it travels, for people.
    package let files: [BuiltFile]
  }

  /// How one file travels.
  package struct BuiltFile: Sendable, Hashable {
    /// The baseline's version.
    package let baseline: String
    /// The file.
    package let path: RelativePath
    /// Bytes of the improved file.
    package let improvedBytes: Int
    /// How many bytes of its payload are its own; together they are the payloads'.
    package let payloadBytes: Int
    /// How it is carried: whole or as a delta.
    package let method: String
  }

  /// The serial that the next improvement gets: one more than the highest.
  package func nextSerial() throws(PublishingError) -> Serial {
    guard let last = earlier.map(\.serial).max() else { return .first }
    guard let next = last.next else { throw .serialsExhausted(stream: "\(stream)") }
    return next
  }

  /// The letter that the next improvement gets on a baseline: one more than the highest that it ever had there.
  package func nextLetter(on version: PackageVersion) throws(PublishingError) -> Letter {
    let letters = earlier.flatMap(\.baselines).filter { $0.version == version }.map(\.letter)
    guard let last = letters.max() else { return .a }
    guard let next = last.next else { throw .serialsExhausted(stream: "\(stream)") }
    return next
  }

  /// Refuses a build that is older than what the stream contains already: an improvement is cumulative.
  package func requireCumulative(_ version: DebianVersion) throws(PublishingError) {
    guard let last = earlier.max(by: { $0.serial < $1.serial }),
      let published = try? DebianVersion("\(last.source.version)"), version < published
    else { return }
    throw .olderThanPublished(
      version: version.text, published: published.text, serial: "\(last.serial)")
  }

  /// Makes the improvement; every pair's verdict must be eligible.
  func build(
    _ judged: [(pair: PackagePair, verdict: Verdict)], advisories: [Advisory]
  ) async throws -> Built {
    guard let first = judged.first else { throw PublishingError.nothingToPublish }
    try requireCumulative(first.pair.new.sourceVersion)
    var payloads: [Digest: [UInt8]] = [:]
    var files: [BuiltFile] = []
    var baselines: [Manifest.Baseline] = []
    for (pair, verdict) in judged {
      let version = try Self.version(pair.old.version.text)
      guard !baselines.contains(where: { $0.version == version }) else {
        throw PublishingError.baselineTwice(version: pair.old.version.text)
      }
      let (made, found) = try await makePayloads(pair, verdict.changed)
      for payload in found { payloads[Digest(of: payload)] = payload }
      for file in made {
        files.append(
          BuiltFile(
            baseline: pair.old.version.text, path: file.reference.path, improvedBytes: file.reference.improved.length,
            payloadBytes: file.share, method: file.method))
      }
      baselines.append(
        Manifest.Baseline(version: version, letter: try nextLetter(on: version), files: made.map(\.reference)))
    }
    do throws(ManifestError) {
      let manifest = try Manifest(
        stream: stream, serial: try serial(), created: now,
        source: Manifest.Source(name: first.pair.new.source, version: try source(first.pair.new)),
        advisories: advisories, activation: activation ?? needed(by: baselines), baselines: baselines,
        omitted: Self.union(judged.flatMap(\.verdict.omitted)),
        siblings: Self.union(judged.flatMap(\.verdict.siblings)),
        rollout: limit, readers: readers, isCoherent: isCoherent)
      return Built(manifest: manifest, payloads: payloads, files: files)
    } catch {
      throw PublishingError.manifestRefused(reason: "\(error)")
    }
  }

  private func needed(by baselines: [Manifest.Baseline]) -> ActivationClass {
    if baselines.contains(where: { $0.files.contains { Manifest.isOfLoader($0.path) } }) { return .softReboot }
    return isCoherent ? .relaunch : .restart
  }

  private func serial() throws(ManifestError) -> Serial {
    do { return try nextSerial() } catch { throw .malformed("\(error)") }
  }

  private func source(_ package: DebPackage) throws(ManifestError) -> PackageVersion {
    guard let version = PackageVersion(package.sourceVersion.text) else {
      throw .malformed("the version \(package.sourceVersion) is too long")
    }
    return version
  }

  private static func version(_ text: String) throws(PublishingError) -> PackageVersion {
    guard let version = PackageVersion(text) else { throw .manifestRefused(reason: "the version \(text) is too long") }
    return version
  }

  private static func union<T: Hashable>(_ values: [T]) -> [T] {
    var seen: Set<T> = []
    return values.filter { seen.insert($0).inserted }
  }
}
