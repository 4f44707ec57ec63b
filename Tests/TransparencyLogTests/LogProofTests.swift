import Basics
import Testing
import TransparencyLog

@Suite struct LogProofTests {
  static let entries = (0..<5).map { Array("entry \($0)".utf8) }

  static func proof(of index: Int, extra: [UInt8]? = nil, by cosigners: [SignerKey] = []) throws -> LogProof {
    let tree = NaiveTree(entries)
    let log = try Town.log()
    let checkpoint = try Checkpoint(origin: LogOrigin(log.verifier.name), size: 5, root: tree.root(5))
    var signed = try SignedCheckpoint(checkpoint, signedBy: log)
    for key in cosigners { try signed.add(key.cosign(checkpoint, timestamp: 1_795_000_000)) }
    return try LogProof(InclusionProof(index: UInt64(index), size: 5, from: tree), in: signed, extra: extra)
  }

  static func policy() throws -> LogPolicy { try Town.policy(Town.example()) }
  static func quorum() throws -> [SignerKey] {
    let keys = try Town.witnesses()
    return [keys[0], keys[1], keys[3]]
  }

  @Test func `a proof verifies offline and comes out as it went in`() throws {
    for index in 0..<5 {
      let made = try Self.proof(of: index, extra: index == 2 ? [1, 2, 3] : nil, by: Self.quorum())
      let read = try LogProof(parsing: made.bytes)
      #expect(read == made && read.bytes == made.bytes && read.extra == (index == 2 ? [1, 2, 3] : nil))
      let found = try read.verify(leafHash: Merkle.leafHash(of: Self.entries[index]), policy: Self.policy())
      #expect(found.checkpoint.size == 5 && found.cosignatures.count == 3)
      for other in 0..<5 where other != index {
        #expect(throws: LogRefusal.self) {
          try read.verify(leafHash: Merkle.leafHash(of: Self.entries[other]), policy: Self.policy())
        }
      }
    }
  }

  @Test func `the form is the specification's`() throws {
    let proof = try Self.proof(of: 4, extra: Array("age".utf8))
    let text = String(decoding: proof.bytes, as: UTF8.self)
    #expect(text.hasPrefix("c2sp.org/tlog-proof@v1\nextra YWdl\nindex 4\n"))
    #expect(text.hasSuffix("\n\n" + String(decoding: proof.checkpoint.bytes, as: UTF8.self)))
  }

  @Test func `a proof with too few cosignatures is refused with who has cosigned`() throws {
    let keys = try Town.witnesses()
    let leaf = Merkle.leafHash(of: Self.entries[1])
    let proof = try Self.proof(of: 1, by: [keys[0], keys[3]])
    let policy = try Self.policy()
    let found = refusal { () throws(LogRefusal) in _ = try proof.verify(leafHash: leaf, policy: policy) }
    #expect(found == .quorumNotMet(witnesses: ["X1", "Y1"], quorum: "X-and-Y"))
    // Three of one operator are not two operators.
    let sided = try Self.proof(of: 1, by: Array(keys[..<3]))
    #expect(throws: LogRefusal.self) { try sided.verify(leafHash: leaf, policy: Self.policy()) }
  }

  @Test func `a proof of which any byte is another is refused`() throws {
    let bytes = try Self.proof(of: 3, by: Self.quorum()).bytes
    let (leaf, policy) = (Merkle.leafHash(of: Self.entries[3]), try Self.policy())
    for index in bytes.indices {
      for flip in [UInt8(1), 0x20, 0x80] {
        var wrong = bytes
        wrong[index] ^= flip
        let found = refusal { () throws(LogRefusal) in
          _ = try LogProof(parsing: wrong).verify(leafHash: leaf, policy: policy)
        }
        #expect(found != nil, "byte \(index) may be changed by \(flip)")
      }
    }
    for count in 0..<bytes.count {
      #expect(throws: LogRefusal.self) {
        try LogProof(parsing: Array(bytes.prefix(count))).verify(leafHash: leaf, policy: policy)
      }
    }
  }

  @Test(arguments: [
    ("wrong-header\nindex 0\n\n", "begin"), ("c2sp.org/tlog-proof@v1\nextra !!\nindex 0\n\n", "extra"),
    ("c2sp.org/tlog-proof@v1\nextra \nindex 0\n\n", "extra"), ("c2sp.org/tlog-proof@v1\n\n", "index"),
    ("c2sp.org/tlog-proof@v1\nindex x\n\n", "decimal"), ("c2sp.org/tlog-proof@v1\nindex -5\n\n", "decimal"),
    ("c2sp.org/tlog-proof@v1\nindex 05\n\n", "decimal"),
    ("c2sp.org/tlog-proof@v1\nindex 9223372036854775808\n\n", "2^63"),
    ("c2sp.org/tlog-proof@v1\nindex 0\n!!\n\n", "digest"), ("c2sp.org/tlog-proof@v1\nindex 0\nAAAA\n\n", "digest"),
    ("c2sp.org/tlog-proof@v1\nindex 0\nextra AAAA\n\n", "digest"), ("c2sp.org/tlog-proof@v1\nindex 0\n", "empty line"),
    ("\n\n", "begin"), ("", "empty line"),
  ])
  func `a proof that is not of its form is refused`(text: String, reason: String) throws {
    let tail = text.hasSuffix("\n\n") ? try Self.proof(of: 0).checkpoint.bytes : []
    let found = refusal { () throws(LogRefusal) in _ = try LogProof(parsing: Array(text.utf8) + tail) }
    #expect(found?.description.contains(reason) == true, "\(found?.description ?? "read")")
  }

  @Test func `parts that do not belong together make no proof`() throws {
    let signed = try Town.checkpoint(6, log: Town.log(), by: [])
    let inclusion = try InclusionProof(index: 0, size: 5, from: NaiveTree(Self.entries))
    #expect(throws: LogRefusal.self) { try LogProof(inclusion, in: signed) }
    let small = try Town.checkpoint(5, log: Town.log(), by: [])
    #expect(throws: LogRefusal.self) { try LogProof(inclusion, in: small, extra: []) }
  }
}
