import Basics
import Testing
import TransparencyLog

@Suite struct CheckpointTests {
  /// The specifications' example (tlog-checkpoint), and Go's checksum database, whose key is public, at a size that it signed.
  static let example = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
  static let goKey = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
  static let goCheckpoint = """
    go.sum database tree
    35225469
    vt5T6GaLCXvyHFl9VUvvItR43XZxfLgftEcTyO3eJCQ=

    — sum.golang.org Az3grpukl5AXaVfYkLiDGORx/DN2nlcS5kZHR5uYOBV2KA2HgXpD+gu9HHONebHLAyaKbbTM75QTtPydhKCExixSfwQ=

    """

  static func key(_ name: String, _ type: SignatureType, _ seed: UInt8) throws -> SignerKey {
    try SignerKey(name: try #require(KeyName(name)), type: type, seed: [UInt8](repeating: seed, count: 32))
  }

  @Test func `the specification's example is read and written`() throws {
    let checkpoint = try Checkpoint(text: Array(Self.example.utf8))
    #expect(checkpoint.origin.description == "example.com/behind-the-sofa" && checkpoint.size == 20_852_163)
    #expect(checkpoint.root.hex.hasPrefix("0ac5186a") && checkpoint.text == Array(Self.example.utf8))
  }

  @Test func `a checkpoint of Go's checksum database verifies`() throws {
    let signed = try SignedCheckpoint(parsing: Array(Self.goCheckpoint.utf8))
    #expect(signed.checkpoint.size == 35_225_469 && signed.bytes == Array(Self.goCheckpoint.utf8))
    #expect(try signed.verify(with: [try VerifierKey(parsing: Self.goKey)]).count == 1)
  }

  @Test func `extension lines are kept`() throws {
    let text = Array((Self.example + "more\nand more\n").utf8)
    let checkpoint = try Checkpoint(text: text)
    #expect(checkpoint.extensions == [Array("more".utf8), Array("and more".utf8)] && checkpoint.text == text)
  }

  @Test(arguments: [
    "", "a\n", "a\n1\n", "\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
    "a\n01\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n", "a\n-1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
    "a\n+1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n", "a\n\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
    "a\n9223372036854775808\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
    "a\n99999999999999999999999\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
    "a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=\n", "a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jx\n",
    "a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=", "a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\nx\n",
    "a\n1 \nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
  ])
  func `a text that is no checkpoint is refused`(text: String) {
    #expect(throws: LogRefusal.self) { try Checkpoint(text: Array(text.utf8)) }
  }

  @Test func `a witness's cosignature covers the time and the whole text`() throws {
    let log = try Self.key("example.com/log", .ed25519, 1)
    let witness = try Self.key("witness.example/w1", .cosignature, 2)
    let text = Array("example.com/log\n3\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\nextension\n".utf8)
    var signed = try SignedCheckpoint(Checkpoint(text: text), signedBy: log)
    let cosignature = try witness.cosign(signed.checkpoint, timestamp: 1_679_315_147)
    try signed.add(cosignature)
    let read = try SignedCheckpoint(parsing: signed.bytes)
    let found = try read.verify(with: [witness.verifier, log.verifier])
    #expect(found.map(\.key) == [log.verifier, witness.verifier])
    #expect(found.map(\.timestamp) == [nil, 1_679_315_147])
    // Another time, the same signature; another key of the same name.
    for index in cosignature.signature.indices {
      var bytes = cosignature.signature
      bytes[index] ^= 1
      var wrong = try SignedCheckpoint(Checkpoint(text: text), signedBy: log)
      try wrong.add(NoteSignature(name: cosignature.name, keyID: cosignature.keyID, signature: bytes))
      #expect(throws: LogRefusal.self) { try wrong.verify(with: [witness.verifier]) }
    }
    // Without its extension line it is another text.
    var shorter = try SignedCheckpoint(Checkpoint(text: Array(text.dropLast(10))), signedBy: log)
    try shorter.add(cosignature)
    #expect(throws: LogRefusal.self) { try shorter.verify(with: [witness.verifier]) }
  }

  @Test func `the cosigned message is the specification's`() throws {
    // The signature of the same key as a note's, over the message written out.
    let name = "witness.example/w1"
    let (witness, plain) = (try Self.key(name, .cosignature, 2), try Self.key(name, .ed25519, 2))
    let checkpoint = try Checkpoint(text: Array(Self.example.utf8))
    let message = Array("cosignature/v1\ntime 1679315147\n\(Self.example)".utf8)
    let expected = [0, 0, 0, 0, 0x64, 0x18, 0x50, 0xcb] + (try plain.sign(text: message)).signature
    #expect(try witness.cosign(checkpoint, timestamp: 1_679_315_147).signature == expected)
  }

  @Test func `a key does only the work of its kind`() throws {
    let (log, witness) = (try Self.key("a", .ed25519, 1), try Self.key("b", .cosignature, 2))
    let checkpoint = try Checkpoint(text: Array(Self.example.utf8))
    #expect(throws: LogRefusal.self) { try witness.sign(text: checkpoint.text) }
    #expect(throws: LogRefusal.self) { try log.cosign(checkpoint, timestamp: 1) }
    #expect(throws: LogRefusal.self) { try witness.cosign(checkpoint, timestamp: 1 << 63) }
  }

  @Test func `a witness's answer is read as lines of signatures`() throws {
    let witness = try Self.key("witness.example/w1", .cosignature, 2)
    let line = try witness.cosign(try Checkpoint(text: Array(Self.example.utf8)), timestamp: 5)
    #expect(try NoteSignature.parse(lines: Array("\(line)\n\(line)\n".utf8)) == [line, line])
    for text in ["", "\n", "\(line)", "\(line)\n\n", "x\n"] {
      #expect(throws: LogRefusal.self) { try NoteSignature.parse(lines: Array(text.utf8)) }
    }
  }
}
