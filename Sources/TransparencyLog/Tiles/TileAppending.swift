public import Basics

/// Adds entries to a tiled log: from the tiles at its right edge to the tiles that are new.
///
/// A log writes the new tiles and entry bundles first, then signs the checkpoint, and shows it last.
public struct TileAppending: Sendable {
  /// The number of entries before.
  public let former: UInt64
  private var frontier: Frontier
  /// What the last tile of each level held before, and what came after; full ones are taken off at the end.
  private var rows: [[Digest]]

  /// Begins with a log's right edge: the contents of the tiles that ``TileLayout/edge(ofSize:)`` names.
  public init(size: UInt64, edge: [Tile: [UInt8]]) throws(LogRefusal) {
    former = size
    rows = Array(repeating: [], count: Tile.highestLevel + 1)
    var hashes = TileHashes(size: size)
    for tile in TileLayout.edge(ofSize: size) {
      guard let bytes = edge[tile] else {
        throw .malformed(what: tile.description, reason: "it is at the log's right edge and was not given")
      }
      try hashes.add(tile, bytes: bytes)
      rows[tile.content.level] = try tile.hashes(parsing: bytes)
    }
    frontier = try Frontier(size: size, from: hashes)
  }

  /// The number of entries so far.
  public var size: UInt64 { frontier.size }

  /// The root of the tree so far; before anything is added, the one that the last checkpoint has to have.
  public var root: Digest { frontier.root }

  /// Adds the next entry by its leaf hash.
  public mutating func append(leafHash: Digest) throws(LogRefusal) {
    try frontier.append(leafHash: leafHash)
    var hash = leafHash
    for level in rows.indices {
      rows[level].append(hash)
      guard rows[level].count % Tile.fullWidth == 0 else { return }
      // A full tile is a hash of the level above.
      var row = Array(rows[level].suffix(Tile.fullWidth))
      while row.count > 1 {
        row = stride(from: 0, to: row.count, by: 2).map { Merkle.nodeHash(row[$0], row[$0 + 1]) }
      }
      hash = row[0]
    }
  }

  /// The tiles that are new, with their bytes, in the order in which to write them.
  public var tiles: [(tile: Tile, bytes: [UInt8])] {
    TileLayout.newTiles(from: former, to: size).map { tile in
      let level = tile.content.level
      // The row begins where the former tree's last partial tile begins.
      let base = former >> UInt64(Tile.height * (level + 1))
      let start = Int(tile.index - base) * Tile.fullWidth
      return (tile, Tile.bytes(of: rows[level][start..<start + tile.width]))
    }
  }
}
