import Basics
import Testing
import TransparencyLog

@Suite struct AddCheckpointTests {
  static var tree: NaiveTree { NaiveTree(count: 12) }

  static func checkpoint(_ size: Int, root: Digest? = nil, log: SignerKey) throws -> SignedCheckpoint {
    let root = root ?? tree.root(size)
    return try SignedCheckpoint(
      try Checkpoint(origin: LogOrigin(log.verifier.name), size: UInt64(size), root: root), signedBy: log)
  }

  static func request(from former: Int, to size: Int, hashes: [Digest]? = nil) throws -> AddCheckpointRequest {
    let proof = try hashes ?? ConsistencyProof(from: UInt64(former), to: UInt64(size), with: tree).hashes
    return try AddCheckpointRequest(
      formerSize: UInt64(former), hashes: proof, checkpoint: checkpoint(size, log: Town.log()))
  }

  static func status(_ request: AddCheckpointRequest, latest: Int?, keys: [VerifierKey]? = nil) throws -> WitnessStatus
  {
    let log = try Town.log()
    let known = try latest.map { try checkpoint($0, log: log).checkpoint }
    do throws(WitnessRefusal) {
      try request.check(latest: known, keys: keys ?? [log.verifier])
      return .ok
    } catch {
      #expect(!error.description.isEmpty && error.body.hasSuffix("\n"))
      if error.status == .conflict { #expect(error.body == "\(latest ?? 0)\n") }
      return error.status
    }
  }

  @Test func `a request comes out as it went in`() throws {
    for (former, size) in [(0, 1), (0, 12), (3, 12), (12, 12)] {
      let request = try Self.request(from: former, to: size)
      #expect(try AddCheckpointRequest(parsing: request.bytes) == request)
      #expect(try AddCheckpointRequest(parsing: request.bytes).bytes == request.bytes)
      #expect(request.bytes.starts(with: Array("old \(former)\n".utf8)))
    }
  }

  @Test func `a witness cosigns what follows from its record and nothing else`() throws {
    for former in 0...12 {
      for size in former...12 where size > 0 {
        let request = try Self.request(from: former, to: size)
        for latest in [nil, 0, 1, former, size] as [Int?] {
          #expect(try Self.status(request, latest: latest) == (latest ?? 0 == former ? .ok : .conflict))
        }
      }
    }
  }

  @Test func `each refusal has the specification's status`() throws {
    let (log, other) = (try Town.log(), try Town.log("example.com/log", 9))
    let good = try Self.request(from: 3, to: 7)
    #expect(try Self.status(good, latest: 3, keys: []) == .notFound)
    #expect(try Self.status(good, latest: 3, keys: [other.verifier]) == .forbidden)
    #expect(try Self.status(Self.request(from: 7, to: 3, hashes: []), latest: 7) == .badRequest)
    #expect(try Self.status(good, latest: 4) == .conflict)
    #expect(try Self.status(Self.request(from: 3, to: 7, hashes: []), latest: 3) == .unprocessable)
    #expect(try Self.status(Self.request(from: 0, to: 7, hashes: [Self.tree.root(3)]), latest: nil) == .unprocessable)
    for number in good.hashes.indices {
      var hashes = good.hashes
      hashes[number] = damaged(hashes[number])
      #expect(try Self.status(Self.request(from: 3, to: 7, hashes: hashes), latest: 3) == .unprocessable)
    }
    // The same size and another root; an empty tree and another root than its own.
    let forked = try Self.checkpoint(7, root: damaged(Self.tree.root(7)), log: log)
    #expect(
      try Self.status(AddCheckpointRequest(formerSize: 7, hashes: [], checkpoint: forked), latest: 7) == .unprocessable)
    let empty = try Self.checkpoint(0, root: Self.tree.root(1), log: log)
    #expect(
      try Self.status(AddCheckpointRequest(formerSize: 0, hashes: [], checkpoint: empty), latest: nil) == .unprocessable
    )
    // A wrong signature of a known key beside a right one of another known key.
    var wrong = try Self.checkpoint(7, log: log)
    try wrong.add(
      NoteSignature(name: other.verifier.name, keyID: other.verifier.id, signature: [UInt8](repeating: 1, count: 64)))
    let request = try AddCheckpointRequest(formerSize: 3, hashes: good.hashes, checkpoint: wrong)
    #expect(try Self.status(request, latest: 3) == .ok)
    #expect(try Self.status(request, latest: 3, keys: [log.verifier, other.verifier]) == .forbidden)
  }

  @Test(arguments: ["", "old 1\n", "old\n\n", "old 01\n\n", "old -1\n\n", "new 1\n\n", "old 1\nAAAA\n\n", "old 1 \n\n"])
  func `a request that is not of its form is refused`(text: String) throws {
    let tail = text.hasSuffix("\n\n") ? try Self.checkpoint(7, log: Town.log()).bytes : []
    #expect(throws: LogRefusal.self) { try AddCheckpointRequest(parsing: Array(text.utf8) + tail) }
    let many = Array(repeating: Self.tree.root(1), count: LogLimits.hashesPerProof + 1)
    #expect(throws: LogRefusal.self) { try Self.request(from: 1, to: 7, hashes: many) }
  }

  @Test func `a witness shows its checkpoint under the digest of the origin`() throws {
    let origin = try #require(LogOrigin("example.com/log"))
    #expect(origin.hash == Digest(of: Array("example.com/log".utf8)))
  }
}
