package import Basics
package import TransparencyLog

/// A log as it is at one checkpoint, read tile by tile.
///
/// What a tile says is believed only where it leads to the checkpoint's root.
package struct LogView: Sendable {
  /// Where the files are.
  package let source: any LogSource
  /// The tree.
  package let checkpoint: Checkpoint

  /// A view of a tree.
  package init(_ checkpoint: Checkpoint, in source: any LogSource) {
    self.checkpoint = checkpoint
    self.source = source
  }

  /// Reads the checkpoint of a log and verifies that one of these keys signed it.
  package static func checkpoint(of source: any LogSource, keys: [VerifierKey]) async throws -> SignedCheckpoint {
    guard let bytes = try await source.read("checkpoint", limit: LogLimits.noteByteCount) else {
      throw LogKeepingError.noLog(place: source.place)
    }
    let signed = try SignedCheckpoint(parsing: bytes)
    let own = keys.filter { LogOrigin($0.name) == signed.checkpoint.origin }
    guard !own.isEmpty else { throw LogRefusal.unknownLog(origin: "\(signed.checkpoint.origin)") }
    _ = try signed.verify(with: own)
    guard signed.checkpoint.isPossible else {
      throw LogRefusal.malformed(what: "the checkpoint", reason: "its root is not the empty tree's")
    }
    return signed
  }

  /// The bytes of a tile; where a partial one is gone, its part of the full one.
  package func bytes(of tile: Tile) async throws -> [UInt8] {
    if let bytes = try await source.read("\(tile)", limit: tile.byteLimit) { return bytes }
    guard tile.isPartial, let whole = try await source.read("\(tile.full)", limit: tile.full.byteLimit) else {
      throw LogKeepingError.missingTile(place: source.place, path: "\(tile)")
    }
    if case .entries = tile.content {
      return try Tile.bytes(of: try tile.full.entries(parsing: whole).prefix(tile.width))
    }
    return Tile.bytes(of: try tile.full.hashes(parsing: whole).prefix(tile.width))
  }

  private func hashes(for plan: ProofPlan) async throws -> TileHashes {
    var hashes = TileHashes(size: checkpoint.size)
    for tile in TileLayout.tiles(for: plan, inSize: checkpoint.size) {
      try hashes.add(tile, bytes: try await bytes(of: tile))
    }
    return hashes
  }

  /// The proof that the tree holds an entry, verified against the checkpoint.
  package func inclusion(of leafHash: Digest, at index: UInt64) async throws -> InclusionProof {
    let plan = try ProofPlan.inclusion(of: index, inSize: checkpoint.size)
    let proof = try InclusionProof(index: index, size: checkpoint.size, from: try await hashes(for: plan))
    try proof.verify(leafHash: leafHash, root: checkpoint.root)
    return proof
  }

  /// The proof that the tree holds all of an older one.
  package func consistency(from former: UInt64) async throws -> ConsistencyProof {
    let plan = try ProofPlan.consistency(from: former, to: checkpoint.size)
    return try ConsistencyProof(from: former, to: checkpoint.size, with: try await hashes(for: plan))
  }

  /// The places of entries by their leaf hashes, the first of each, up to the entry `end`.
  package func places(of wanted: Set<Digest>) async throws -> [Digest: UInt64] {
    var found: [Digest: UInt64] = [:]
    for tile in TileLayout.newTiles(from: 0, to: checkpoint.size, of: .hashes(level: 0)) {
      guard found.count < wanted.count else { break }
      for (offset, hash) in try tile.hashes(parsing: try await bytes(of: tile)).enumerated()
      where wanted.contains(hash) && found[hash] == nil {
        found[hash] = tile.firstEntry + UInt64(offset)
      }
    }
    return found
  }
}
