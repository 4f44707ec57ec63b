public import Basics

/// The whole client workflow (specification 5) around the pure steps: fetches, verifies, keeps.
///
/// The store holds, byte for byte: every `N.root.json` after the pinned one, so that the chain is verified from the
/// pinned root again each time; `root.json`, a copy of the newest, which says under which keys the rest was trusted;
/// `timestamp.json`, `snapshot.json`, `targets.json`, and a file of each delegated role that was asked for.
///
/// An unchanged repository costs two requests: the next root, which is absent, and timestamp.
public struct Client: Sendable {
  private let pinnedRoot: [UInt8]
  private let files: MetadataFiles

  /// A client of the repository whose root is pinned.
  public init(pinnedRoot: [UInt8], fetcher: any MetadataFetcher, store: any MetadataStore) {
    self.pinnedRoot = pinnedRoot
    files = MetadataFiles(fetcher: fetcher, store: store)
  }

  /// Looks at the whole repository, with every delegated role, and returns what is verified.
  ///
  /// Throws ``Refusal`` for what is not trusted, and whatever the fetcher and the store throw. After an error the next
  /// refresh starts from what was verified until then.
  public func refresh(now: UTCTime) async throws -> TrustedRepository {
    var update = try await update(now: now)
    return try await update.repository()
  }

  /// Verifies root, timestamp, snapshot and top-level targets (5.1 to 5.6) and returns what can be asked for targets.
  ///
  /// Throws as ``refresh(now:)`` does.
  public func update(now: UTCTime) async throws -> Update {
    let root = try await trustRoot(now: now)
    let timestamp = try await trustTimestamp(root)
    let snapshot = try await trustSnapshot(timestamp)
    return Update(try await trustTargets(snapshot), files)
  }

  // MARK: 5.2 and 5.3

  private func trustRoot(now: UTCTime) async throws -> RootTrusted {
    let recordName = TopLevelRole.root.fileName
    let recorded = try await files.store.load(recordName, byteLimit: Limits.rootByteCount)
    var update = try RootUpdate(pinned: pinnedRoot, recorded: recorded, now: now)
    try await replayRoots(&update)
    var refused: Refusal?
    do { try await followRoots(&update) } catch let refusal as Refusal { refused = refusal }
    // 5.3.11: “If the timestamp and / or snapshot keys have been rotated, then delete the trusted timestamp and snapshot
    // metadata files.” Only then root.json follows: were the power to fail in between, the rotation would be seen again.
    if update.rotatesOnlineKeys {
      try await files.store.remove(TopLevelRole.timestamp.fileName)
      try await files.store.remove(TopLevelRole.snapshot.fileName)
    }
    if recorded != update.bytes { try await files.store.save(update.bytes, as: recordName) }
    if let refused { throw refused }
    // 5.3.10, the freeze attack, after 5.3.8, what is kept.
    return try update.settle()
  }

  /// Walks the stored chain; a stored root that is not trusted ends it, and the repository is asked instead.
  private func replayRoots(_ update: inout RootUpdate) async throws {
    while let bytes = try await files.load(update.nextRequest) {
      do { try update.advance(to: bytes) } catch { return }
    }
  }

  /// 5.3.3: until there is no next root, “or we have downloaded more than Y number of root metadata files”: then on with
  /// what there is.
  private func followRoots(_ update: inout RootUpdate) async throws {
    for _ in 0..<Limits.rootRotations {
      let request = update.nextRequest
      guard let bytes = try await files.fetch(request) else { return }
      try update.advance(to: bytes)
      // 5.3.8: each root is kept under its version, for the chain.
      try await files.save(bytes, request)
    }
  }

  // MARK: 5.4

  private func trustTimestamp(_ root: consuming RootTrusted) async throws -> TimestampTrusted {
    let request = root.timestampRequest
    let stored = root.recall(
      timestamp: try await files.load(request),
      snapshot: try await files.store.load(TopLevelRole.snapshot.fileName, byteLimit: Limits.snapshotByteCount))
    let known = stored.timestampBytes.map { Digest(of: $0) }
    let trusted: TimestampTrusted
    switch try await files.fetcher.fetch(request.name, byteLimit: request.byteLimit, unless: known) {
    case .bytes(let bytes): trusted = try root.timestamp(bytes, after: stored)
    case .unchanged: trusted = try root.unchangedTimestamp(stored)
    case .absent: throw Refusal.absent(file: request.name)
    }
    // 5.4.5
    if trusted.bytes != stored.timestampBytes { try await files.save(trusted.bytes, request) }
    return trusted
  }

  // MARK: 5.5

  private func trustSnapshot(_ timestamp: consuming TimestampTrusted) async throws -> SnapshotTrusted {
    let request = timestamp.snapshotRequest
    if let stored = try await files.load(request), let verified = try? timestamp.verify(stored) {
      return try timestamp.snapshot(verified)
    }
    let bytes = try await files.fetchRequired(request)
    let trusted = try timestamp.snapshot(bytes)
    // 5.5.7
    try await files.save(bytes, request)
    return trusted
  }

  // MARK: 5.6

  private func trustTargets(_ snapshot: consuming SnapshotTrusted) async throws -> TargetsTrusted {
    let request = snapshot.targetsRequest
    if let stored = try await files.load(request), let verified = try? snapshot.verify(stored) {
      return try snapshot.targets(verified)
    }
    let bytes = try await files.fetchRequired(request)
    let trusted = try snapshot.targets(bytes)
    // 5.6.6
    try await files.save(bytes, request)
    return trusted
  }
}

/// Metadata files of a repository and of the store, by what is asked for.
struct MetadataFiles: Sendable {
  let fetcher: any MetadataFetcher
  let store: any MetadataStore

  /// The stored file, which is still to be verified.
  func load(_ request: MetadataRequest) async throws -> [UInt8]? {
    try await store.load(request.storedName, byteLimit: request.byteLimit)
  }

  func save(_ bytes: [UInt8], _ request: MetadataRequest) async throws {
    try await store.save(bytes, as: request.storedName)
  }

  func fetchRequired(_ request: MetadataRequest) async throws -> [UInt8] {
    guard let bytes = try await fetch(request) else { throw Refusal.absent(file: request.name) }
    return bytes
  }

  /// The bytes of a file, nil where there is none; the limit is held here too, whatever the fetcher does.
  func fetch(_ request: MetadataRequest) async throws -> [UInt8]? {
    switch try await fetcher.fetch(request.name, byteLimit: request.byteLimit, unless: nil) {
    case .bytes(let bytes):
      guard bytes.count <= request.byteLimit else {
        throw Refusal.tooLong(file: request.name, limit: request.byteLimit)
      }
      return bytes
    case .absent, .unchanged:
      return nil
    }
  }
}
