package import Basics
internal import BinaryDelta
package import Improvements
package import Linux
package import TUF

/// Looks at a repository in a folder with the client that devices use.
package struct RepositoryCheck: Sendable {
  private let directory: Directory
  /// Files that are not in the folder yet, by name.
  private let overlay: [String: [UInt8]]

  /// Looks at a folder, with some metadata files taken from elsewhere.
  package init(directory: Directory, overlay: [String: [UInt8]] = [:]) {
    self.directory = directory
    self.overlay = overlay
  }

  /// Looks at a folder as it will be once some files are written.
  init(directory: Directory, with files: [RepositoryFile]) {
    let named = files.map { ($0.name, $0.bytes) }
    self.init(directory: directory, overlay: Dictionary(named) { _, last in last })
  }

  /// What was verified.
  package struct Account: Sendable {
    /// Who vouches for which role.
    package let roles: [RoleAccount]
    /// Every improvement, by path.
    package let improvements: [Improvement]
  }

  /// One improvement as it was verified.
  package struct Improvement: Sendable {
    /// The manifest's target path.
    package let path: String
    /// The manifest.
    package let manifest: Manifest
    /// How many different payloads it names.
    package let payloadCount: Int
    /// Their bytes.
    package let payloadBytes: Int

    /// Baselines as people name them: `2.5.0-1+deb12u2 (a)`.
    package var baselineNames: [String] { manifest.baselines.map { "\($0.version) (\($0.letter))" } }
  }

  /// Verifies a folder from the root in a file; without one from the folder's own first root.
  package static func folder(_ path: String, rootFile: String?, now: UTCTime) async throws -> Account {
    let directory = try Directory(path: path)
    let first = try RepositoryFolder.metadata.file("1.root.json")
    let limit = Workspace.fileByteLimit
    let root: [UInt8]
    if let rootFile {
      root = try readFile(rootFile, limit: limit)
    } else {
      guard let own = try directory.readIfPresent(first, limit: limit) else {
        throw PublishingError.missingFile("\(path)/\(first)")
      }
      root = own
    }
    return try await RepositoryCheck(directory: directory).all(pinnedRoot: root, now: now)
  }

  /// Runs the client workflow; a delegated role that a device would leave out is an error here.
  @discardableResult
  package func metadata(pinnedRoot: [UInt8], now: UTCTime) async throws -> TrustedRepository {
    let fetcher = FolderFetcher(directory: directory, overlay: overlay)
    let trusted = try await Client(pinnedRoot: pinnedRoot, fetcher: fetcher, store: NoStore()).refresh(now: now)
    if let left = trusted.refusals.first {
      throw PublishingError.roleLeftOut(role: left.role, reason: "\(left.reason)")
    }
    return trusted
  }

  /// Verifies everything: metadata, every manifest, the presence and digest of every payload.
  package func all(pinnedRoot: [UInt8], now: UTCTime) async throws -> Account {
    let trusted = try await metadata(pinnedRoot: pinnedRoot, now: now)
    var improvements: [Improvement] = []
    var seen: [Digest: PayloadHeader] = [:]
    for target in trusted.targets {
      let manifest = try manifest(target)
      let signers = trusted.role(target.role)?.signers.count ?? 0
      guard signers >= 2 else { throw PublishingError.notTwoSigners(path: "\(target.path)", count: signers) }
      var payloads: [Digest: Int] = [:]
      for file in manifest.baselines.flatMap(\.files) {
        if seen[file.payload.digest] == nil { seen[file.payload.digest] = try header(of: file.payload) }
        guard let header = seen[file.payload.digest], fits(header, file) else {
          throw PublishingError.payloadUnsound(
            digest: file.payload.digest, reason: "it is not made for \(file.path) of the manifest \(target.path)")
        }
        payloads[file.payload.digest] = file.payload.length
      }
      improvements.append(
        Improvement(
          path: "\(target.path)", manifest: manifest, payloadCount: payloads.count,
          payloadBytes: payloads.values.reduce(0, +)))
    }
    return Account(roles: trusted.roles, improvements: improvements)
  }

  /// The manifest of a verified target.
  private func manifest(_ target: VerifiedTarget) throws -> Manifest {
    func unsound(_ reason: String) -> PublishingError { .manifestUnsound(path: "\(target.path)", reason: reason) }
    let file = try RepositoryFolder.targets.file(target.filePath)
    guard let bytes = try directory.readIfPresent(file, limit: Manifest.byteLimit) else {
      throw PublishingError.missingFile("\(file)")
    }
    guard target.matches(bytes) else { throw unsound("its digest is not the one that is signed") }
    let manifest: Manifest
    do { manifest = try Manifest(parsing: bytes) } catch { throw unsound("\(error)") }
    guard let named = Stream.named(byManifestPath: "\(target.path)"), named.stream == manifest.stream,
      named.serial == manifest.serial
    else { throw unsound("it is for \(manifest.stream) serial \(manifest.serial)") }
    return manifest
  }

  /// The header of a payload whose file is there with the digest that the manifest names.
  private func header(of payload: Manifest.Content) throws -> PayloadHeader {
    func unsound(_ reason: String) -> PublishingError { .payloadUnsound(digest: payload.digest, reason: reason) }
    let file = try RepositoryFolder.payloads.file(payload.digest.hex)
    guard let bytes = try directory.readIfPresent(file, limit: Int(Manifest.Content.byteLimit)) else {
      throw PublishingError.missingFile("\(file)")
    }
    guard bytes.count == payload.length, Digest(of: bytes) == payload.digest else {
      throw unsound("its bytes are not those of its name")
    }
    do { return try PayloadHeader(parsing: bytes) } catch { throw unsound("\(error)") }
  }

  private func fits(_ header: PayloadHeader, _ file: Manifest.File) -> Bool {
    let baseline = header.baseline.map { ($0.digest, $0.length) == (file.baseline.digest, file.baseline.length) }
    return (baseline ?? true)
      && (header.improved.digest, header.improved.length) == (file.improved.digest, file.improved.length)
  }

  /// Where a target's file stands beneath the targets folder: `DIR/HASH.NAME`.
  static func filePath(of path: TargetPath, sha256: Digest) -> String {
    (path.components.dropLast() + ["\(sha256.hex).\(path.components.last ?? "")"]).joined(separator: "/")
  }
}

/// Metadata from a folder.
private struct FolderFetcher: MetadataFetcher {
  let directory: Directory
  let overlay: [String: [UInt8]]

  func fetch(_ name: String, byteLimit: Int, unless known: Digest?) async throws -> FetchedMetadata {
    if let bytes = overlay[name] { return .bytes(bytes) }
    guard let bytes = try directory.readIfPresent(try RepositoryFolder.metadata.file(name), limit: byteLimit) else {
      return .absent
    }
    return .bytes(bytes)
  }
}

/// Remembers nothing: every look is a first one.
private struct NoStore: MetadataStore {
  func load(_ name: String, byteLimit: Int) async throws -> [UInt8]? { nil }
  func save(_ bytes: [UInt8], as name: String) async throws {}
  func remove(_ name: String) async throws {}
}
