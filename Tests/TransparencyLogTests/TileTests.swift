import Basics
import Testing
import TransparencyLog

@Suite struct TileTests {
  @Test func `paths are the specification's`() throws {
    let cases: [(String, Tile.Content, UInt64, Int)] = [
      ("tile/0/x001/x234/067", .hashes(level: 0), 1_234_067, 256), ("tile/0/000", .hashes(level: 0), 0, 256),
      ("tile/entries/x001/000.p/1", .entries, 1_000, 1), ("tile/3/999.p/255", .hashes(level: 3), 999, 255),
    ]
    for (path, content, index, width) in cases {
      let tile = try #require(Tile(content, index: index, width: width))
      #expect(tile.description == path && Tile(path: path) == tile)
    }
  }

  @Test(arguments: [
    "", "tile", "tile/0", "tile/0/", "tile/00/000", "tile/0/0", "tile/0/x000", "tile/0/x000/000", "tile/0/001/000",
    "tile/0/x001/x000", "tile/0/000.p", "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/01", "tile/0/000/1",
    "tile/64/000",
    "tile/-1/000", "tile/data/000", "Tile/0/000", "/tile/0/000", "tile/0/000/", "tile/0/+12", "tile/0/x+12/000",
    "tile/7/001", "tile/0/x999/x999/x999/x999/x999/x999/999", "tile/entries/x123/456.p/5/6",
  ])
  func `another spelling of a path is refused`(path: String) {
    #expect(Tile(path: path) == nil)
  }

  @Test func `a tree of 70,000 has the tiles that the specification counts`() {
    let tiles = TileLayout.newTiles(from: 0, to: 70_000)
    let full = { (level: Int) in tiles.filter { $0.content == .hashes(level: level) && !$0.isPartial }.count }
    #expect(full(0) == 273 && full(1) == 1 && full(2) == 0 && tiles.count == 273 + 1 + 3)
    #expect(tiles.filter(\.isPartial).map(\.description) == ["tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1"])
    #expect(TileLayout.edge(ofSize: 70_000) == tiles.filter(\.isPartial))
    #expect(TileLayout.newTiles(from: 0, to: 256).map(\.description) == ["tile/0/000", "tile/1/000.p/1"])
    #expect(
      TileLayout.newTiles(from: 255, to: 257, of: .entries).map(\.description) == [
        "tile/entries/000", "tile/entries/001.p/1",
      ])
    #expect(TileLayout.newTiles(from: 300, to: 300).isEmpty && TileLayout.newTiles(from: 0, to: 0).isEmpty)
  }

  @Test func `a log that grows by any steps has the naive tree's roots, and proofs come out of its tiles`() throws {
    let tree = NaiveTree(count: 1_100)
    let sizes = [0, 1, 2, 3, 100, 255, 256, 257, 300, 511, 512, 513, 700, 1_023, 1_024, 1_025, 1_100]
    var files: [String: [UInt8]] = [:]
    for (former, size) in zip(sizes, sizes.dropFirst()) {
      var edge: [Tile: [UInt8]] = [:]
      for tile in TileLayout.edge(ofSize: UInt64(former)) { edge[tile] = files[tile.description] }
      var appending = try TileAppending(size: UInt64(former), edge: edge)
      #expect(appending.root == tree.root(former))
      for index in former..<size { try appending.append(leafHash: tree.leaves[index]) }
      #expect(appending.root == tree.root(size) && appending.size == size)
      for (tile, bytes) in appending.tiles {
        #expect(try tile.hashes(parsing: bytes).count == tile.width && bytes.count == tile.byteLimit)
        files[tile.description] = bytes
      }
      for index in Set([0, former, size / 2, size - 1]) where index < size {
        let plan = try ProofPlan.inclusion(of: UInt64(index), inSize: UInt64(size))
        let proof = InclusionProof(
          index: UInt64(index), size: UInt64(size), hashes: try plan.hashes(from: hashes(plan, size, files)))
        try proof.verify(leafHash: tree.leaves[index], root: tree.root(size))
      }
      for older in sizes where older < size {
        let plan = try ProofPlan.consistency(from: UInt64(older), to: UInt64(size))
        let proof = ConsistencyProof(
          from: UInt64(older), to: UInt64(size), hashes: try plan.hashes(from: hashes(plan, size, files)))
        try proof.verify(formerRoot: tree.root(older), root: tree.root(size))
      }
    }
    // Every tile of the last size is there, a full one in a partial one's place too.
    for tile in TileLayout.newTiles(from: 0, to: 1_100) { #expect(files[tile.description] != nil) }
  }

  /// Only the tiles that a plan asks for.
  func hashes(_ plan: ProofPlan, _ size: Int, _ files: [String: [UInt8]]) throws -> TileHashes {
    var hashes = TileHashes(size: UInt64(size))
    for tile in TileLayout.tiles(for: plan, inSize: UInt64(size)) {
      try hashes.add(tile, bytes: try #require(files[tile.description]))
    }
    return hashes
  }

  @Test func `a full tile stands for a partial one that is gone`() throws {
    let tree = NaiveTree(count: 256)
    let full = try #require(Tile(.hashes(level: 0), index: 0))
    var hashes = TileHashes(size: 100)
    try hashes.add(full, bytes: Tile.bytes(of: tree.leaves))
    #expect(try Frontier(size: 100, from: hashes).root == tree.root(100))
  }

  @Test func `a tile of another length, of another tree, and a missing one are refused`() throws {
    let tile = try #require(Tile(.hashes(level: 0), index: 0, width: 2))
    for count in [0, 1, 31, 32, 63, 65, 96] {
      #expect(throws: LogRefusal.self) { try tile.hashes(parsing: [UInt8](repeating: 0, count: count)) }
    }
    var hashes = TileHashes(size: 3)
    #expect(throws: LogRefusal.self) { try hashes.add(tile, bytes: [UInt8](repeating: 0, count: 64)) }
    let node = try #require(TreeNode(level: 0, index: 2))
    #expect(refusal { () throws(LogRefusal) in _ = try hashes.hash(of: node) } == .missingHash(node))
    let outside = try #require(TreeNode(level: 1, index: 1))
    #expect(refusal { () throws(LogRefusal) in _ = try hashes.hash(of: outside) } == .missingHash(outside))
    #expect(throws: LogRefusal.self) { try TileAppending(size: 3, edge: [:]) }
    #expect(
      TreeNode(level: 63, index: 0) == nil && TreeNode(level: -1, index: 0) == nil
        && TreeNode(level: 62, index: 2) == nil)
    #expect(
      Tile(.hashes(level: 8), index: 0) == nil && Tile(.entries, index: .max) == nil
        && Tile(.entries, index: 0, width: 0) == nil)
  }

  @Test func `an entry bundle holds exactly the entries that its name says`() throws {
    let entries: [[UInt8]] = [[], [1], [UInt8](repeating: 7, count: 65_535)]
    let bytes = try Tile.bytes(of: entries)
    let bundle = try #require(Tile(.entries, index: 0, width: 3))
    #expect(try bundle.entries(parsing: bytes) == entries && bytes.count <= bundle.byteLimit)
    for width in [1, 2, 4] {
      #expect(throws: LogRefusal.self) { try Tile(.entries, index: 0, width: width)?.entries(parsing: bytes) }
    }
    for count in [0, 1, 2, 3, 4, 5, bytes.count - 1] {
      #expect(throws: LogRefusal.self) { try bundle.entries(parsing: Array(bytes.prefix(count))) }
    }
    #expect(throws: LogRefusal.self) { try Tile.bytes(of: [[UInt8](repeating: 0, count: 65_536)]) }
  }
}
