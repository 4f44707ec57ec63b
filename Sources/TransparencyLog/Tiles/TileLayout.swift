/// Which tiles a tree of some size has, and which of them hold what (tlog-tiles, Merkle tree).
public enum TileLayout {
  /// The tile in a tree of `size` entries in which a perfect subtree's hash stands, or from whose hashes it is joined.
  ///
  /// nil where the subtree is not wholly in the tree.
  public static func tile(with node: TreeNode, inSize size: UInt64) -> Tile? {
    place(of: node, inSize: size)?.tile
  }

  /// The tile of a node, and the hashes in it that the node joins.
  static func place(of node: TreeNode, inSize size: UInt64) -> (tile: Tile, range: Range<Int>)? {
    guard size <= LogLimits.greatestNumber, node.level < 63, node.index < size >> UInt64(node.level) else { return nil }
    let level = node.level / Tile.height
    let inner = UInt64(node.level % Tile.height)
    let first = node.index << inner
    let index = first >> UInt64(Tile.height)
    let start = Int(first & UInt64(Tile.fullWidth - 1))
    guard let tile = tile(.hashes(level: level), index, inSize: size) else { return nil }
    return (tile, start..<start + 1 << Int(inner))
  }

  /// The tile at a place as a tree of `size` entries has it, full or partial; nil where the tree has none there.
  public static func tile(_ content: Tile.Content, _ index: UInt64, inSize size: UInt64) -> Tile? {
    guard (0...Tile.highestLevel).contains(content.level) else { return nil }
    let items = size >> UInt64(Tile.height * content.level)
    guard index <= items >> UInt64(Tile.height) else { return nil }
    let width = min(items - index << UInt64(Tile.height), UInt64(Tile.fullWidth))
    return width > 0 ? Tile(content, index: index, width: Int(width)) : nil
  }

  /// The tiles that hold what a plan asks for in a tree of `size` entries, each once, in the order of the plan.
  public static func tiles(for plan: ProofPlan, inSize size: UInt64) -> [Tile] {
    var seen: Set<Tile> = []
    return plan.nodes.compactMap { tile(with: $0, inSize: size) }.filter { seen.insert($0).inserted }
  }

  /// The partial tiles at the right edge of a tree: what appending to it has to read.
  public static func edge(ofSize size: UInt64) -> [Tile] {
    (0...Tile.highestLevel).compactMap { level in
      let items = size >> UInt64(Tile.height * level)
      let width = Int(items & UInt64(Tile.fullWidth - 1))
      return width > 0 ? Tile(.hashes(level: level), index: items >> UInt64(Tile.height), width: width) : nil
    }
  }

  /// The tiles that a tree of `size` entries has and one of `former` has not, level by level, partial ones of `size` last.
  ///
  /// - Parameters:
  ///   - former: the size before.
  ///   - size: the size now.
  ///   - content: only tiles of this content; nil for hashes of all levels.
  public static func newTiles(from former: UInt64, to size: UInt64, of content: Tile.Content? = nil) -> [Tile] {
    let contents = content.map { [$0] } ?? (0...Tile.highestLevel).map { .hashes(level: $0) }
    return contents.flatMap { content -> [Tile] in
      let shift = UInt64(Tile.height * content.level)
      let (old, new) = (former >> shift, size >> shift)
      guard old < new else { return [] }
      let first = old >> UInt64(Tile.height)
      let last = (new - 1) >> UInt64(Tile.height)
      return (first...last).compactMap { tile(content, $0, inSize: size) }
    }
  }
}
