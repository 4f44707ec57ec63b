import Basics
import Testing
import TransparencyLog

@Suite struct VerifierKeyTests {
  static func refused(_ text: String) -> LogRefusal? {
    refusal { () throws(LogRefusal) in _ = try VerifierKey(parsing: text) }
  }

  @Test(arguments: [
    "", "example.com/foo", "example.com/foo+530d903a", "+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
    "example.com foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "example.com/foo+530d903a+",
    "example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
    "example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
    "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2",
    "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3Q==", "example.com/foo+530d903a+AQ==",
  ])
  func `a text that is no verifier key is refused`(text: String) {
    #expect(Self.refused(text) != nil)
  }

  @Test func `a key of another signature type is refused by its number`() {
    let key = "remora.n621.de+da77ade7+BuvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2"
    #expect(Self.refused(key) == .unknownKeyType(name: "remora.n621.de", type: 6))
  }

  @Test func `a key under which anybody can sign is refused`() throws {
    let name = try #require(KeyName("a"))
    for bytes in [[UInt8](repeating: 0, count: 32), [1] + [UInt8](repeating: 0, count: 31), [], [1, 2]] {
      let found = refusal { () throws(LogRefusal) in _ = try VerifierKey(name: name, type: .ed25519, publicKey: bytes) }
      #expect(found == .weakKey(name: "a"))
    }
  }

  @Test func `one key for notes and for cosignatures has two ids`() throws {
    let name = try #require(KeyName("witness.example/w1"))
    let seed = [UInt8](repeating: 3, count: 32)
    let (log, witness) = (
      try SignerKey(name: name, type: .ed25519, seed: seed), try SignerKey(name: name, type: .cosignature, seed: seed)
    )
    #expect(log.verifier.publicKey == witness.verifier.publicKey && log.verifier.id != witness.verifier.id)
    #expect(try VerifierKey(parsing: witness.verifier.description) == witness.verifier)
    #expect(try SignerKey(parsing: witness.secretText).verifier == witness.verifier)
    #expect(name.host == "witness.example" && KeyName("Only")?.host == "only")
  }

  @Test(arguments: [
    "PRIVATE+KEY+PeterNeumann+c74f20a4+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz",
    "PRIVATE+KEY+PeterNeumann+c74f20a3+BoEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz",
    "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEK", "PRIVATE+KEY+", "PeterNeumann+c74f20a3+AYEK",
  ])
  func `a text that is no signer key is refused`(text: String) {
    #expect(throws: LogRefusal.self) { try SignerKey(parsing: text) }
  }
}
