import Basics
import Foundation
import Testing
import TransparencyLog

/// Vectors that others publish, read from a folder that holds clones of their repositories, or of these parts of them.
///
/// | folder | from | what |
/// |---|---|---|
/// | `merkle/testdata/{inclusion,consistency}/…/*.json` | transparency-dev/merkle | proofs that verify, and that must not |
/// | `tessera/testdata/log/…`, `tessera/testdata/build_log.sh` | transparency-dev/tessera | a tiled log, and its public key |
/// | `torchwood/cmd/litewitness/testdata/*.txt` | FiloSottile/torchwood | checkpoints of real logs, and requests to a witness |
enum PublicVectors {
  static let folder = ProcessInfo.processInfo.environment["SUTURE_TLOG_VECTORS"]
  static let reason: Comment = "NOT RUN: no folder of transparency logs' vectors is named in SUTURE_TLOG_VECTORS"

  static func files(_ path: String, ending: String) throws -> [String] {
    let base = "\(try #require(folder))/\(path)"
    let all = FileManager.default.enumerator(atPath: base)?.compactMap { $0 as? String } ?? []
    return all.filter { $0.hasSuffix(ending) }.sorted().map { "\(base)/\($0)" }
  }

  static func bytes(_ path: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: "\(try #require(folder))/\(path)")))
  }
}

@Suite(.enabled(if: PublicVectors.folder != nil, PublicVectors.reason))
struct PublicVectorTests {
  struct Inclusion: Decodable {
    let leafIdx: UInt64, treeSize: UInt64
    let root: Data?, leafHash: Data?
    let proof: [Data]?
    let desc: String
    let wantErr: Bool
  }

  struct Consistency: Decodable {
    let size1: UInt64, size2: UInt64
    let root1: Data?, root2: Data?
    let proof: [Data]?
    let desc: String
    let wantErr: Bool
  }

  /// A digest; what is none of 32 bytes is refused here before any proof is looked at.
  static func digests(_ data: [Data?]) throws -> [Digest] {
    struct NoDigest: Error {}
    return try data.map { data in
      guard let data, let digest = Digest(bytes: data) else { throw NoDigest() }
      return digest
    }
  }

  @Test func `inclusion proofs of transparency-dev's merkle verify as they should`() throws {
    var counts = [true: 0, false: 0]
    for file in try PublicVectors.files("merkle/testdata/inclusion", ending: ".json") {
      let vector = try JSONDecoder().decode(Inclusion.self, from: Data(contentsOf: URL(fileURLWithPath: file)))
      let isValid =
        (try? { () throws -> Void in
          let ends = try Self.digests([vector.leafHash, vector.root])
          let hashes = try Self.digests(vector.proof ?? [])
          let proof = InclusionProof(index: vector.leafIdx, size: vector.treeSize, hashes: hashes)
          try proof.verify(leafHash: ends[0], root: ends[1])
        }()) != nil
      #expect(isValid != vector.wantErr, "\(file): \(vector.desc)")
      counts[isValid, default: 0] += 1
    }
    #expect(counts[true, default: 0] >= 5 && counts[false, default: 0] >= 50)
    print(
      "FIGURE: inclusion proofs of transparency-dev/merkle: \(counts[true] ?? 0) verify, \(counts[false] ?? 0) are refused"
    )
  }

  @Test func `consistency proofs of transparency-dev's merkle verify as they should`() throws {
    var counts = [true: 0, false: 0]
    for file in try PublicVectors.files("merkle/testdata/consistency", ending: ".json") {
      let vector = try JSONDecoder().decode(Consistency.self, from: Data(contentsOf: URL(fileURLWithPath: file)))
      // Two equal texts of twelve bytes in the place of roots: not a question that can be asked of digests.
      if !vector.wantErr, vector.root1 == vector.root2, vector.root1?.count != Digest.byteCount { continue }
      let isValid =
        (try? { () throws -> Void in
          let ends = try Self.digests([vector.root1, vector.root2])
          let hashes = try Self.digests(vector.proof ?? [])
          let proof = ConsistencyProof(from: vector.size1, to: vector.size2, hashes: hashes)
          try proof.verify(formerRoot: ends[0], root: ends[1])
        }()) != nil
      #expect(isValid != vector.wantErr, "\(file): \(vector.desc)")
      counts[isValid, default: 0] += 1
    }
    #expect(counts[true, default: 0] >= 5 && counts[false, default: 0] >= 50)
    print(
      "FIGURE: consistency proofs of transparency-dev/merkle: \(counts[true] ?? 0) verify, \(counts[false] ?? 0) are refused"
    )
  }

  @Test func `Tessera's tiled log is read whole, and grows here to the same tiles`() throws {
    let script = String(decoding: try PublicVectors.bytes("tessera/testdata/build_log.sh"), as: UTF8.self)
    let line = try #require(script.split(separator: "\n").first { $0.hasPrefix("export LOG_PUBLIC_KEY=") })
    let key = try VerifierKey(parsing: String(line.split(separator: "\"")[1]))
    let read = { (path: String) in try PublicVectors.bytes("tessera/testdata/log/\(path)") }
    var edge: [Tile: [UInt8]] = [:]
    for size in UInt64(0)...15 {
      let signed = try SignedCheckpoint(parsing: read("checkpoint.\(size)"))
      #expect(try signed.verify(with: [key]).count == 1)
      #expect(signed.checkpoint.size == size && signed.checkpoint.origin.description == key.name.description)
      guard size > 0 else { continue }
      let bundle = try #require(TileLayout.tile(.entries, 0, inSize: size))
      let entries = try bundle.entries(parsing: read(bundle.description))
      var growing = try TileAppending(size: size - 1, edge: edge)
      try growing.append(leafHash: Merkle.leafHash(of: try #require(entries.last)))
      #expect(growing.root == signed.checkpoint.root)
      for (tile, bytes) in growing.tiles { #expect(try read(tile.description) == bytes, "\(tile)") }
      edge = Dictionary(uniqueKeysWithValues: growing.tiles.map { ($0.tile, $0.bytes) })
    }
  }

  @Test func `torchwood's requests to a witness are answered with its statuses`() throws {
    let text = String(
      decoding: try PublicVectors.bytes("torchwood/cmd/litewitness/testdata/litewitness.txt"), as: UTF8.self)
    let hex = try #require(text.components(separatedBy: "add-sigsum-log -key=").dropFirst().first).prefix(64)
    let publicKey = try #require(Hex.decode(hex, byteCount: 32))
    let name = try #require(KeyName("sigsum.org/v1/tree/\(Digest(of: publicKey))"))
    let key = try VerifierKey(name: name, type: .ed25519, publicKey: publicKey)
    var latest: Checkpoint?
    var answers: [Int] = []
    // Each request stands between fences; the status that is expected follows.
    let parts = text.components(separatedBy: "```\n")
    for (body, after) in zip(parts, parts.dropFirst()) where after.hasPrefix("HTTP ") {
      var wanted = Int(after.dropFirst(5).prefix(3))
      // The specification asks for 404 where this witness answers 403.
      if after.contains("unknown log") { wanted = 404 }
      let status: WitnessStatus
      var request: AddCheckpointRequest?
      do {
        let read = try AddCheckpointRequest(parsing: Array(body.utf8))
        request = read
        try read.check(latest: latest, keys: read.checkpoint.checkpoint.origin == LogOrigin(name) ? [key] : [])
        status = .ok
      } catch let refusal as WitnessRefusal {
        status = refusal.status
        if let size = refusal.latestSize { #expect(after.contains("body == \"\(size)\\n\"")) }
      } catch {
        // Base64 with bits left over makes the signature's line none; the witness is to say that nobody has signed.
        status = .badRequest
        if body.contains("WVrx6gx=") { wanted = 400 }
      }
      #expect(status.rawValue == wanted, "\(body)")
      if status == .ok { latest = request?.checkpoint.checkpoint }
      answers.append(status.rawValue)
    }
    #expect(answers.count >= 8 && latest?.size == 5)
    print("FIGURE: torchwood's requests to a witness: \(answers.map(String.init).joined(separator: " "))")
  }

  @Test func `the checkpoint of Go's checksum database that torchwood's witness is tested with verifies`() throws {
    let text = String(decoding: try PublicVectors.bytes("torchwood/cmd/litewitness/testdata/sumdb.txt"), as: UTF8.self)
    let command = try #require(
      text.split(separator: "\n").first { $0.contains("add-key") && $0.contains("sum.golang.org") })
    let key = try VerifierKey(parsing: String(try #require(command.split(separator: " ").last)))
    let body = try #require(text.components(separatedBy: "```\n").dropFirst().first)
    let checkpoint = try #require(body.range(of: "\n\n")).upperBound
    let signed = try SignedCheckpoint(parsing: Array(body[checkpoint...].utf8))
    #expect(try signed.verify(with: [key]).map(\.key) == [key])
  }
}
