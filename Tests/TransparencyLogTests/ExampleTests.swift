import Testing
import TransparencyLog

/// What the library's documentation shows, line by line; the tidy test holds the two together.
@Suite struct ExampleTests {
  @Test func `the documented examples log an entry, have it witnessed and prove it`() throws {
    let logName = try #require(KeyName("example.com/log"))
    let witnessName = try #require(KeyName("witness.example/w1"))
    let entry = Array("an entry".utf8)
    var files: [String: [UInt8]] = [:]

    let log = try SignerKey(name: logName, type: .ed25519)
    var growing = try TileAppending(size: 0, edge: [:])
    try growing.append(leafHash: Merkle.leafHash(of: entry))
    let checkpoint = try Checkpoint(origin: LogOrigin(logName), size: growing.size, root: growing.root)
    var signed = try SignedCheckpoint(checkpoint, signedBy: log)
    for (tile, bytes) in growing.tiles { files[tile.description] = bytes }
    #expect(files.keys.sorted() == ["tile/0/000.p/1"])

    let witness = try SignerKey(name: witnessName, type: .cosignature)
    try signed.add(witness.cosign(checkpoint, timestamp: 1_795_467_240))

    let read = try SignedCheckpoint(parsing: signed.bytes)
    let signatures = try read.verify(with: [log.verifier, witness.verifier])
    #expect(signatures.count == 2)
    let plan = try ProofPlan.inclusion(of: 0, inSize: read.checkpoint.size)
    var hashes = TileHashes(size: read.checkpoint.size)
    for tile in TileLayout.tiles(for: plan, inSize: hashes.size) {
      try hashes.add(tile, bytes: files[tile.description] ?? [])
    }
    let proof = InclusionProof(index: 0, size: hashes.size, hashes: try plan.hashes(from: hashes))
    try proof.verify(leafHash: Merkle.leafHash(of: entry), root: read.checkpoint.root)

    let file = try LogProof(proof, in: read).bytes
    let policy = try LogPolicy(
      parsing: Array("log \(log.verifier)\nwitness W \(witness.verifier)\nquorum W\n".utf8))
    let found = try LogProof(parsing: file).verify(leafHash: Merkle.leafHash(of: entry), policy: policy)
    #expect(found.cosignatures.map(\.witness.name.description) == ["W"])
  }
}
