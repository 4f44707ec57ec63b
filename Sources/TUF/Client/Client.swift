public import Basics

/// The whole client workflow (specification 5.1 to 5.6) around the pure steps: fetches, verifies, keeps.
///
/// The store holds, byte for byte: every `N.root.json` after the pinned one, so that the chain is verified from the
/// pinned root again each time; `root.json`, a copy of the newest, which says under which keys the rest was trusted;
/// `timestamp.json`, `snapshot.json`, `targets.json`, and `ROLE.json` of each delegated role.
///
/// An unchanged repository costs two requests: the next root, which is absent, and timestamp.
public struct Client: Sendable {
  private let pinnedRoot: [UInt8]
  private let fetcher: any MetadataFetcher
  private let store: any MetadataStore

  /// A client of the repository whose root is pinned.
  public init(pinnedRoot: [UInt8], fetcher: any MetadataFetcher, store: any MetadataStore) {
    self.pinnedRoot = pinnedRoot
    self.fetcher = fetcher
    self.store = store
  }

  /// Looks at the repository and returns what is verified.
  ///
  /// Throws ``Refusal`` for what is not trusted, and whatever the fetcher and the store throw. After an error the next
  /// refresh starts from what was verified until then.
  public func refresh(now: UTCTime) async throws -> TrustedRepository {
    let root = try await trustRoot(now: now)
    let timestamp = try await trustTimestamp(root)
    let snapshot = try await trustSnapshot(timestamp)
    let targets = try await trustTargets(snapshot)
    return try await trustDelegated(targets)
  }

  // MARK: 5.2 and 5.3

  private func trustRoot(now: UTCTime) async throws -> RootTrusted {
    let recordName = TopLevelRole.root.fileName
    let recorded = try await store.load(recordName, byteLimit: Limits.rootByteCount)
    var update = try RootUpdate(pinned: pinnedRoot, recorded: recorded, now: now)
    try await replayRoots(&update)
    // 5.3.3: “or we have downloaded more than Y number of root metadata files”: go on with what there is.
    for _ in 0..<Limits.rootRotations {
      guard let bytes = try await fetch(update.nextRequest) else { break }
      let name = update.nextRequest.storedName
      try update.advance(to: bytes)
      // 5.3.8: each root is kept under its version, for the chain.
      try await store.save(bytes, as: name)
    }
    let bytes = update.bytes
    let rotatesOnlineKeys = update.rotatesOnlineKeys
    let trusted = try update.settle()
    // 5.3.11: “If the timestamp and / or snapshot keys have been rotated, then delete the trusted timestamp and snapshot
    // metadata files.” Only then root.json follows: were the power to fail in between, the rotation would be seen again.
    if rotatesOnlineKeys {
      try await store.remove(TopLevelRole.timestamp.fileName)
      try await store.remove(TopLevelRole.snapshot.fileName)
    }
    if recorded != bytes { try await store.save(bytes, as: recordName) }
    return trusted
  }

  /// Walks the stored chain; a stored root that is not trusted ends it, and the repository is asked instead.
  private func replayRoots(_ update: inout RootUpdate) async throws {
    while let bytes = try await store.load(update.nextRequest.storedName, byteLimit: Limits.rootByteCount) {
      do { try update.advance(to: bytes) } catch { return }
    }
  }

  // MARK: 5.4

  private func trustTimestamp(_ root: consuming RootTrusted) async throws -> TimestampTrusted {
    let request = root.timestampRequest
    let stored = root.recall(
      timestamp: try await store.load(request.storedName, byteLimit: request.byteLimit),
      snapshot: try await store.load(TopLevelRole.snapshot.fileName, byteLimit: Limits.snapshotByteCount))
    let known = stored.timestampBytes.map { Digest(of: $0) }
    let trusted: TimestampTrusted
    switch try await fetcher.fetch(request.name, byteLimit: request.byteLimit, unless: known) {
    case .bytes(let bytes): trusted = try root.timestamp(bytes, after: stored)
    case .unchanged: trusted = try root.unchangedTimestamp(stored)
    case .absent: throw Refusal.absent(file: request.name)
    }
    // 5.4.5
    if trusted.bytes != stored.timestampBytes { try await store.save(trusted.bytes, as: request.storedName) }
    return trusted
  }

  // MARK: 5.5

  private func trustSnapshot(_ timestamp: consuming TimestampTrusted) async throws -> SnapshotTrusted {
    let request = timestamp.snapshotRequest
    if let stored = try await store.load(request.storedName, byteLimit: request.byteLimit),
      let verified = try? timestamp.verify(stored)
    {
      return try timestamp.snapshot(verified)
    }
    let bytes = try await fetchRequired(request)
    let trusted = try timestamp.snapshot(bytes)
    // 5.5.7
    try await store.save(bytes, as: request.storedName)
    return trusted
  }

  // MARK: 5.6

  private func trustTargets(_ snapshot: consuming SnapshotTrusted) async throws -> TargetsTrusted {
    let request = snapshot.targetsRequest
    if let stored = try await store.load(request.storedName, byteLimit: request.byteLimit),
      let verified = try? snapshot.verify(stored)
    {
      return try snapshot.targets(verified)
    }
    let bytes = try await fetchRequired(request)
    let trusted = try snapshot.targets(bytes)
    // 5.6.6
    try await store.save(bytes, as: request.storedName)
    return trusted
  }

  private func trustDelegated(_ targets: consuming TargetsTrusted) async throws -> TrustedRepository {
    var fetchedByteCount = 0
    for role in targets.delegatedRoles where fetchedByteCount <= Limits.delegatedByteCount {
      do {
        let request = try targets.request(for: role)
        if let stored = try await store.load(request.storedName, byteLimit: request.byteLimit),
          let verified = try? targets.verify(stored, as: role)
        {
          try targets.delegated(verified, as: role)
          continue
        }
        let bytes = try await fetchRequired(request)
        fetchedByteCount += bytes.count
        try targets.delegated(bytes, as: role)
        try await store.save(bytes, as: request.storedName)
      } catch let refusal as Refusal {
        // A fetcher that stopped at the limit has read that much.
        if case .tooLong(_, let limit) = refusal { fetchedByteCount += limit }
        targets.refuse(role, refusal)
      }
    }
    guard fetchedByteCount <= Limits.delegatedByteCount else {
      throw Refusal.delegatedTooLong(limit: Limits.delegatedByteCount)
    }
    return targets.finish()
  }

  // MARK: Fetching

  private func fetchRequired(_ request: MetadataRequest) async throws -> [UInt8] {
    guard let bytes = try await fetch(request) else { throw Refusal.absent(file: request.name) }
    return bytes
  }

  /// The bytes of a file, nil where there is none; the limit is held here too, whatever the fetcher does.
  private func fetch(_ request: MetadataRequest) async throws -> [UInt8]? {
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
