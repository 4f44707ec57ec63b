import Basics
import Testing

@Suite struct DigestTests {
  @Test func `SHA-256 of abc is what FIPS 180-4 says`() {
    let digest = Digest(of: Array("abc".utf8))
    #expect(digest.hex == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(Digest(digest.hex) == digest)
    #expect(Digest(bytes: digest.bytes) == digest)
  }

  @Test func `pieces give the same digest as the whole`() {
    var hasher = Digest.Hasher()
    hasher.update(Array("a".utf8))
    hasher.update(Array("bc".utf8))
    #expect(hasher.finish() == Digest(of: "abc".utf8))
  }

  @Test(arguments: [
    "", "ba", String(repeating: "g", count: 64), String(repeating: "A", count: 64), String(repeating: "a", count: 65),
  ])
  func `a digest has one spelling`(text: String) {
    #expect(Digest(text) == nil)
  }

  @Test func `digests differ in every byte`() {
    let zero = Digest(bytes: [UInt8](repeating: 0, count: 32))
    for index in 0..<32 {
      var bytes = [UInt8](repeating: 0, count: 32)
      bytes[index] = 1
      #expect(Digest(bytes: bytes) != zero)
    }
  }
}
