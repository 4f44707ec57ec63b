import Basics
import Testing
import TransparencyLog

@Suite struct MerkleTests {
  /// The entries and the roots of their trees that Certificate Transparency's implementations share.
  static let entries: [[UInt8]] = [
    [], [0x00], [0x10], [0x20, 0x21], [0x30, 0x31], [0x40, 0x41, 0x42, 0x43],
    [0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57], Array(0x60...0x6f),
  ]
  static let roots = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
  ]

  @Test func `the roots are those of Certificate Transparency's vectors`() throws {
    var frontier = Frontier()
    for (size, root) in Self.roots.enumerated() {
      #expect(frontier.root.hex == root && frontier.size == size)
      #expect(NaiveTree(Array(Self.entries.prefix(size))).root(size).hex == root)
      if size < Self.entries.count { try frontier.append(leafHash: Merkle.leafHash(of: Self.entries[size])) }
    }
  }

  @Test func `a proof from Certificate Transparency's vectors leads to the root`() throws {
    // Entry 5 in the tree of 8, and the tree of 6 in that of 8.
    let path = [
      "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
      "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ].compactMap { Digest($0) }
    let root = try #require(Digest(Self.roots[8]))
    let proof = InclusionProof(index: 5, size: 8, hashes: path)
    try proof.verify(leafHash: Merkle.leafHash(of: Self.entries[5]), root: root)
    let tree = NaiveTree(Self.entries)
    let between = try ConsistencyProof(from: 6, to: 8, with: tree)
    #expect(
      between.hashes.map(\.hex) == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
      ])
    try between.verify(formerRoot: try #require(Digest(Self.roots[6])), root: root)
  }

  @Test func `every inclusion proof up to 130 entries is RFC 6962's, verifies, and verifies nothing else`() throws {
    let tree = NaiveTree(count: 130)
    for size in 1...130 {
      let root = tree.root(size)
      for index in 0..<size where size < 20 || index % 13 == size % 13 {
        let proof = try InclusionProof(index: UInt64(index), size: UInt64(size), from: tree)
        #expect(proof.hashes == tree.path(index, 0..<size))
        try proof.verify(leafHash: tree.leaves[index], root: root)
        // The same hashes for another entry, another place, another size.
        #expect(throws: LogRefusal.self) { try proof.verify(leafHash: damaged(root), root: root) }
        for other in [index - 1, index + 1] where other >= 0 {
          let moved = InclusionProof(index: UInt64(other), size: UInt64(size), hashes: proof.hashes)
          #expect(throws: LogRefusal.self) { try moved.verify(leafHash: tree.leaves[index], root: root) }
        }
        let longer = InclusionProof(index: UInt64(index), size: UInt64(size), hashes: proof.hashes + [root])
        #expect(throws: LogRefusal.self) { try longer.verify(leafHash: tree.leaves[index], root: root) }
        for number in proof.hashes.indices {
          var hashes = proof.hashes
          hashes[number] = damaged(hashes[number], bit: (index * 31 + size) % 256)
          let wrong = InclusionProof(index: UInt64(index), size: UInt64(size), hashes: hashes)
          #expect(
            refusal { () throws(LogRefusal) in try wrong.verify(leafHash: tree.leaves[index], root: root) } != nil)
        }
      }
    }
  }

  @Test func `every consistency proof up to 70 entries is RFC 6962's, verifies, and verifies nothing else`() throws {
    let tree = NaiveTree(count: 70)
    let roots = (0...70).map { tree.root($0) }
    for size in 0...70 {
      for former in 0...size {
        let proof = try ConsistencyProof(from: UInt64(former), to: UInt64(size), with: tree)
        if former > 0 { #expect(proof.hashes == tree.proof(former, 0..<size)) }
        try proof.verify(formerRoot: roots[former], root: roots[size])
        #expect(throws: LogRefusal.self) { try proof.verify(formerRoot: damaged(roots[former]), root: roots[size]) }
        if former > 0 {
          #expect(throws: LogRefusal.self) { try proof.verify(formerRoot: roots[former], root: damaged(roots[size])) }
        }
        for number in proof.hashes.indices {
          var hashes = proof.hashes
          hashes[number] = damaged(hashes[number], bit: (former * 37 + size) % 256)
          let wrong = ConsistencyProof(from: UInt64(former), to: UInt64(size), hashes: hashes)
          let found = refusal { () throws(LogRefusal) in try wrong.verify(formerRoot: roots[former], root: roots[size])
          }
          #expect(found == .proofMismatch(what: "the consistency proof"))
        }
        for hashes in [proof.hashes + [roots[size]], Array(proof.hashes.dropLast())] where hashes != proof.hashes {
          let wrong = ConsistencyProof(from: UInt64(former), to: UInt64(size), hashes: hashes)
          #expect(throws: LogRefusal.self) { try wrong.verify(formerRoot: roots[former], root: roots[size]) }
        }
      }
    }
  }

  @Test func `a log that shrinks and one that forks are told apart`() {
    let (one, other) = (Digest(of: [1]), Digest(of: [2]))
    let shrunk = ConsistencyProof(from: 5, to: 4, hashes: [])
    #expect(
      refusal { () throws(LogRefusal) in try shrunk.verify(formerRoot: one, root: other) }
        == .shrunk(size: 4, former: 5))
    let forked = ConsistencyProof(from: 5, to: 5, hashes: [])
    #expect(refusal { () throws(LogRefusal) in try forked.verify(formerRoot: one, root: other) } == .forked(size: 5))
  }

  @Test func `sizes at the edge of numbers neither trap nor verify`() throws {
    let root = Digest(of: [])
    let hashes = Array(repeating: root, count: LogLimits.hashesPerProof)
    let edges: [UInt64] = [0, 1, 2, 1 << 32, 1 << 62, (1 << 63) - 2, (1 << 63) - 1, 1 << 63, .max - 1, .max]
    for index in edges {
      for size in edges {
        for count in [0, 1, 62, 63] {
          let part = Array(hashes.prefix(count))
          let inclusion = InclusionProof(index: index, size: size, hashes: part)
          let isLeafAlone = index == 0 && size == 1 && count == 0
          #expect(
            (refusal { () throws(LogRefusal) in try inclusion.verify(leafHash: root, root: root) } == nil)
              == isLeafAlone)
          let consistency = ConsistencyProof(from: index, to: size, hashes: part)
          let found = refusal { () throws(LogRefusal) in try consistency.verify(formerRoot: root, root: damaged(root)) }
          #expect((found == nil) == (index == 0 && (1...LogLimits.greatestNumber).contains(size) && count == 0))
        }
        if size <= LogLimits.greatestNumber, index < size {
          #expect(try ProofPlan.inclusion(of: index, inSize: size).nodes.count <= 63 * 63)
        }
      }
    }
  }

  @Test func `a frontier goes on from any size`() throws {
    let tree = NaiveTree(count: 80)
    for size in 0...80 {
      var frontier = try Frontier(size: UInt64(size), from: tree)
      #expect(frontier.root == tree.root(size))
      for next in size..<80 { try frontier.append(leafHash: tree.leaves[next]) }
      #expect(frontier.root == tree.root(80) && frontier.size == 80)
    }
  }
}
