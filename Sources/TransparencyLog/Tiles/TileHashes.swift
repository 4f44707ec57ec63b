public import Basics

/// The hashes of a tree, from tiles of it.
///
/// Tiles from elsewhere prove nothing by themselves: what is made of them is verified against a root that is trusted. A proof that
/// verifies, or a root that is equal, says that what it was made of is the tree's.
public struct TileHashes: TreeHashes, Sendable {
  /// The number of entries in the tree.
  public let size: UInt64
  private var tiles: [Tile: [Digest]] = [:]

  /// No tiles yet of a tree of some size.
  public init(size: UInt64) {
    self.size = size
  }

  /// Takes a tile as a tree of this size has it, or the full one in its place, which may stand for a partial one that is gone.
  public mutating func add(_ tile: Tile, bytes: [UInt8]) throws(LogRefusal) {
    let hashes = try tile.hashes(parsing: bytes)
    guard let wanted = TileLayout.tile(tile.content, tile.index, inSize: size), wanted.width <= tile.width,
      tile.content != .entries
    else { throw .malformed(what: tile.description, reason: "a tree of \(size) entries has no such tile of hashes") }
    tiles[wanted] = Array(hashes.prefix(wanted.width))
  }

  /// Whether a tile was taken, in its own form or as the full one.
  public func contains(_ tile: Tile) -> Bool {
    TileLayout.tile(tile.content, tile.index, inSize: size).map { tiles[$0] != nil } ?? false
  }

  /// The hash of a perfect subtree, joined from the hashes of one tile.
  public func hash(of node: TreeNode) throws(LogRefusal) -> Digest {
    guard let place = TileLayout.place(of: node, inSize: size), let hashes = tiles[place.tile] else {
      throw .missingHash(node)
    }
    var row = Array(hashes[place.range])
    while row.count > 1 {
      row = stride(from: 0, to: row.count, by: 2).map { Merkle.nodeHash(row[$0], row[$0 + 1]) }
    }
    return row[0]
  }
}
