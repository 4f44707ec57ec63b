internal import Basics
internal import Improvements
internal import Linux
internal import LogKeeping
internal import TransparencyLog

extension Publication {
  /// Copies proofs, then tiles and bundles, then the checkpoint that speaks of them.
  func publishLog(_ account: inout Account) async throws {
    guard let log = try workspace.log() else { return }
    let signed = try await log.checkpoint()
    let view = LogView(signed.checkpoint, in: log.source)
    let size = signed.checkpoint.size
    for entry in try workspace.entries() {
      let path = try Workspace.path(entry.proofPath)
      guard let bytes = try workspace.directory.readIfPresent(path, limit: LogLimits.noteByteCount) else { continue }
      if try replace(bytes, at: path, &account) { account.proofs += 1 }
    }
    for tile in TileLayout.newTiles(from: 0, to: size, of: .entries) + TileLayout.newTiles(from: 0, to: size) {
      let path = try RepositoryFolder.log.file("\(tile)")
      guard try destination.status(path)?.size != tile.byteLimit else { continue }
      let bytes = try await view.bytes(of: tile)
      if let parent = path.parent { _ = try Directory.creating(path: destination.name(parent)) }
      try writeOnce(bytes, to: path, in: destination)
    }
    _ = try replace(signed.bytes, at: try RepositoryFolder.log.file("checkpoint"), &account)
  }
}
