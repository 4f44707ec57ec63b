package import Basics
internal import BinaryDelta
package import Improvements
package import Linux
package import TUF

/// Looks at a repository in a folder with the client that devices use.
package struct RepositoryCheck: Sendable {
  let directory: Directory
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
    /// Every withdrawal, by path, with the roles that vouch for it.
    package let withdrawals: [(path: String, withdrawal: Withdrawal, by: [String])]
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
    let root = try root(of: directory, rootFile: rootFile)
    return try await RepositoryCheck(directory: directory).all(pinnedRoot: root, now: now)
  }

  /// The root in a file; without one the folder's own first.
  static func root(of directory: Directory, rootFile: String?) throws -> [UInt8] {
    if let rootFile { return try readFile(rootFile, limit: Workspace.fileByteLimit) }
    let first = try RepositoryFolder.metadata.file("1.root.json")
    guard let own = try directory.readIfPresent(first, limit: Workspace.fileByteLimit) else {
      throw PublishingError.missingFile("\(directory.path)/\(first)")
    }
    return own
  }

  /// Runs the client workflow; a delegated role that a device would leave out is an error here.
  @discardableResult
  package func metadata(pinnedRoot: [UInt8], now: UTCTime) async throws -> TrustedRepository {
    var update = try await update(pinnedRoot: pinnedRoot, now: now)
    return try await repository(&update)
  }

  private func update(pinnedRoot: [UInt8], now: UTCTime) async throws -> Update {
    let fetcher = FolderFetcher(directory: directory, overlay: overlay)
    return try await Client(pinnedRoot: pinnedRoot, fetcher: fetcher, store: NoStore()).update(now: now)
  }

  private func repository(_ update: inout Update) async throws -> TrustedRepository {
    let trusted = try await update.repository()
    if let left = trusted.refusals.first {
      throw PublishingError.roleLeftOut(role: left.role, reason: "\(left.reason)")
    }
    return trusted
  }

  /// Verifies everything: metadata, that builders and reviewers agree, every manifest, the presence and digest of every
  /// payload.
  package func all(pinnedRoot: [UInt8], now: UTCTime) async throws -> Account {
    var update = try await update(pinnedRoot: pinnedRoot, now: now)
    let trusted = try await repository(&update)
    var improvements: [Improvement] = []
    var withdrawals: [(path: String, withdrawal: Withdrawal, by: [String])] = []
    var seen: [Digest: PayloadHeader] = [:]
    for target in trusted.targets {
      guard let stream = Stream.named(byTargetPath: "\(target.path)") else {
        _ = try bytes(of: target, limit: Workspace.fileByteLimit)
        continue
      }
      let hearing = try await update.hearing(on: target.path)
      if let (_, serial) = Stream.named(byWithdrawalPath: "\(target.path)") {
        let by = try speakers(of: target, stream, hearing)
        withdrawals.append(("\(target.path)", try withdrawal(target, of: stream, serial), by))
      } else {
        _ = try agreement(on: target, stream, hearing)
        improvements.append(try improvement(target, &seen))
      }
    }
    return Account(roles: trusted.roles, improvements: improvements, withdrawals: withdrawals)
  }

  private func agreement(on target: VerifiedTarget, _ stream: Stream, _ hearing: Hearing) throws -> Agreement {
    do throws(Disagreement) { return try hearing.agreement(of: stream.roles) } catch {
      throw PublishingError.notAgreed(path: "\(target.path)", reason: "\(error)")
    }
  }

  /// Who vouches for a withdrawal: the recall role, or builders and reviewers.
  private func speakers(of target: VerifiedTarget, _ stream: Stream, _ hearing: Hearing) throws -> [String] {
    if (try? hearing.agreement(of: [Stream.recallRole])) != nil { return [Stream.recallRole] }
    return try agreement(on: target, stream, hearing).accounts.map(\.role)
  }

  private func withdrawal(_ target: VerifiedTarget, of stream: Stream, _ serial: Serial) throws -> Withdrawal {
    let bytes = try bytes(of: target, limit: Withdrawal.byteLimit)
    let withdrawal = try Withdrawal(parsing: bytes)
    guard withdrawal.stream == stream, withdrawal.serial == serial else {
      throw PublishingError.withdrawalUnsound(
        path: "\(target.path)", reason: "it is for \(withdrawal.stream) serial \(withdrawal.serial)")
    }
    return withdrawal
  }

  private func improvement(_ target: VerifiedTarget, _ seen: inout [Digest: PayloadHeader]) throws -> Improvement {
    let manifest = try manifest(target)
    var payloads: [Digest: Int] = [:]
    for named in manifest.baselines.flatMap(\.payloads) {
      let digest = named.payload.digest
      if seen[digest] == nil { seen[digest] = try header(of: named.payload) }
      guard let header = seen[digest], header.isMade(for: named.parts.map(Self.files)) else {
        let names = named.parts.flatMap(\.files).map { "\($0.path)" }.joined(separator: ", ")
        throw PublishingError.payloadUnsound(
          digest: digest, reason: "it is not made for \(names) of the manifest \(target.path)")
      }
      payloads[digest] = named.payload.length
    }
    return Improvement(
      path: "\(target.path)", manifest: manifest, payloadCount: payloads.count,
      payloadBytes: payloads.values.reduce(0, +))
  }

  /// The file of a verified target.
  func bytes(of target: VerifiedTarget, limit: Int) throws -> [UInt8] {
    let file = try RepositoryFolder.targets.file(target.filePath)
    guard let bytes = try directory.readIfPresent(file, limit: limit) else {
      throw PublishingError.missingFile("\(file)")
    }
    guard target.matches(bytes) else {
      throw PublishingError.manifestUnsound(
        path: "\(target.path)", reason: "its digest is not the one that is signed")
    }
    return bytes
  }

  /// The manifest of a verified target.
  private func manifest(_ target: VerifiedTarget) throws -> Manifest {
    func unsound(_ reason: String) -> PublishingError { .manifestUnsound(path: "\(target.path)", reason: reason) }
    let bytes = try bytes(of: target, limit: Manifest.byteLimit)
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

  private static func files(of part: ManifestPayload.Part) -> (baseline: PayloadFile, improved: PayloadFile) {
    (
      PayloadFile(length: part.baseline.length, digest: part.baseline.digest),
      PayloadFile(length: part.improved.length, digest: part.improved.digest)
    )
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
