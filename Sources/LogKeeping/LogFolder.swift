internal import Basics
package import Linux
package import TransparencyLog

/// An append-only log in a folder: `checkpoint` and `tile/…` as c2sp tlog-tiles lays them out, served as they stand.
///
/// What is appended is in the log once the checkpoint says so. Bundles and tiles are written and synced before it, so that a
/// crash leaves the log as it was, with files that no checkpoint speaks of; the next appending writes over them.
package struct LogFolder: Sendable {
  /// Where it lies.
  package let directory: Directory
  private let key: SignerKey
  /// Held for as long as the log is open.
  private let lock: FileDescriptor
  private let willWrite: @Sendable (String) throws -> Void

  /// Makes an empty log in a folder that has none.
  package static func creating(in directory: Directory, key: SignerKey) throws -> LogFolder {
    let log = try LogFolder(locking: directory, key: key) { _ in }
    guard try directory.status(try path("checkpoint")) == nil else {
      throw LogKeepingError.alreadyThere(folder: directory.path)
    }
    let empty = try Checkpoint(origin: LogOrigin(key.verifier.name), size: 0, root: Merkle.emptyRoot)
    try directory.write(try SignedCheckpoint(empty, signedBy: key).bytes, to: try path("checkpoint"))
    return log
  }

  /// Opens a log; one program at a time may.
  ///
  /// - Parameter willWrite: told the path of each file before it is written; for tests, which stop there.
  package init(
    opening directory: Directory, key: SignerKey, willWrite: @escaping @Sendable (String) throws -> Void = { _ in }
  ) throws {
    guard try directory.status(try Self.path("checkpoint")) != nil else {
      throw LogKeepingError.noLog(place: directory.path)
    }
    try self.init(locking: directory, key: key, willWrite)
  }

  private init(
    locking directory: Directory, key: SignerKey, _ willWrite: @escaping @Sendable (String) throws -> Void
  ) throws {
    lock = try directory.lockFile(try Self.path(".lock"))
    do { try lock.lock() } catch {
      guard error.isLocked else { throw error }
      throw LogKeepingError.inUse(folder: directory.path)
    }
    self.directory = directory
    self.key = key
    self.willWrite = willWrite
  }

  /// The files, to be read.
  package var source: FolderSource { FolderSource(directory) }

  /// The checkpoint, which this log's key has signed.
  package func checkpoint() async throws -> SignedCheckpoint {
    try await LogView.checkpoint(of: source, keys: [key.verifier])
  }

  /// Appends entries and signs the checkpoint of the tree that they make.
  package func append(_ entries: [[UInt8]]) async throws -> SignedCheckpoint {
    let before = try await checkpoint()
    guard !entries.isEmpty else { return before }
    let size = before.checkpoint.size
    let view = LogView(before.checkpoint, in: source)
    var edge: [Tile: [UInt8]] = [:]
    for tile in TileLayout.edge(ofSize: size) { edge[tile] = try await view.bytes(of: tile) }
    var appending = try TileAppending(size: size, edge: edge)
    guard appending.root == before.checkpoint.root else {
      throw LogKeepingError.damaged(folder: directory.path, reason: "its tiles do not lead to the checkpoint's root")
    }
    for entry in entries { try appending.append(leafHash: Merkle.leafHash(of: entry)) }
    // The bundle at the edge goes on with what it holds.
    var bundled = entries
    if let last = TileLayout.tile(.entries, size / UInt64(Tile.fullWidth), inSize: size), last.isPartial {
      bundled = try last.entries(parsing: try await view.bytes(of: last)) + entries
    }
    var rest = bundled[...]
    for bundle in TileLayout.newTiles(from: size, to: appending.size, of: .entries) {
      try write(try Tile.bytes(of: rest.prefix(bundle.width)), to: "\(bundle)")
      rest = rest.dropFirst(bundle.width)
    }
    for (tile, bytes) in appending.tiles { try write(bytes, to: "\(tile)") }
    let after = try Checkpoint(origin: before.checkpoint.origin, size: appending.size, root: appending.root)
    let signed = try SignedCheckpoint(after, signedBy: key)
    try write(signed.bytes, to: "checkpoint")
    return signed
  }

  /// Puts cosignatures beside the log's own signature; the tree must be the one that the log stands at.
  package func show(_ cosigned: SignedCheckpoint) async throws {
    guard try await checkpoint().checkpoint == cosigned.checkpoint else {
      throw LogKeepingError.damaged(folder: directory.path, reason: "another program has appended to it meanwhile")
    }
    try write(cosigned.bytes, to: "checkpoint")
  }

  private func write(_ bytes: [UInt8], to text: String) throws {
    try willWrite(text)
    let path = try Self.path(text)
    // Made with every name on the disk: what is synced in a folder whose name is lost is lost with it.
    if let parent = path.parent { _ = try Directory.creating(path: directory.name(parent)) }
    try directory.write(bytes, to: path)
  }

  private static func path(_ text: String) throws -> RelativePath {
    guard let path = RelativePath(text) else { throw LogKeepingError.noLog(place: text) }
    return path
  }
}
