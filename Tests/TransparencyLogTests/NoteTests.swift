import Basics
import Testing
import TransparencyLog

@Suite struct NoteTests {
  static let exampleKey = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
  /// The example of the specification (signed-note, verifier keys).
  static let example = """
    This is an example message.

    — example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=

    """
  /// The example of Go's `sumdb/note`, whose key is public.
  static let goSecret = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
  static let goText = Array(
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n".utf8)
  static let goLine =
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="

  static func note(_ text: String) throws(LogRefusal) -> SignedNote { try SignedNote(parsing: Array(text.utf8)) }

  @Test func `the specification's example verifies and comes out as it went in`() throws {
    let key = try VerifierKey(parsing: Self.exampleKey)
    #expect(key.description == Self.exampleKey && key.type == .ed25519 && key.id.description == "530d903a")
    let note = try Self.note(Self.example)
    #expect(note.bytes == Array(Self.example.utf8))
    #expect(String(decoding: note.text, as: UTF8.self) == "This is an example message.\n")
    #expect(try note.verify(with: [key]).map(\.key) == [key])
  }

  @Test func `Go's published key makes Go's published signature`() throws {
    let key = try SignerKey(parsing: Self.goSecret)
    #expect(key.secretText == Self.goSecret)
    #expect(key.verifier.description == "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    let note = try SignedNote(text: Self.goText, signedBy: key)
    #expect(note.signatures.map(\.description) == [Self.goLine])
    #expect(
      "\(key)".contains("AYEK") == false && "\(Mirror(reflecting: key).children.map(\.value))".contains("AYEK") == false
    )
  }

  @Test func `a note of which any byte is another is refused`() throws {
    let key = try VerifierKey(parsing: Self.exampleKey)
    let bytes = Array(Self.example.utf8)
    for index in bytes.indices {
      for flip in [UInt8(1), 0x20, 0x80] {
        var wrong = bytes
        wrong[index] ^= flip
        let found = refusal { () throws(LogRefusal) in _ = try SignedNote(parsing: wrong).verify(with: [key]) }
        #expect(found != nil, "byte \(index) may be changed by \(flip)")
      }
    }
    for count in 0..<bytes.count {
      #expect(throws: LogRefusal.self) { try SignedNote(parsing: Array(bytes.prefix(count))).verify(with: [key]) }
    }
  }

  @Test(arguments: [
    ("no signature block", "text\n"), ("nothing after the empty line", "text\n\n"),
    ("no newline at the end", "text\n\n— a AAAAAAE="), ("a control character", "te\u{1}xt\n\n— a AAAAAAE=\n"),
    ("a tab", "te\txt\n\n— a AAAAAAE=\n"), ("a name with a space", "text\n\n— a b AAAAAAE=\n"),
    ("a name with a no-break space", "text\n\n— a\u{a0}b AAAAAAE=\n"),
    ("a name with a plus", "text\n\n— a+b AAAAAAE=\n"),
    ("no name", "text\n\n—  AAAAAAE=\n"), ("a hyphen for a dash", "text\n\n- a AAAAAAE=\n"),
    ("a line that is no signature", "text\n\n— a AAAAAAE=\nmore\n"),
    ("no signature after the id", "text\n\n— a AAAAAA==\n"),
    ("base64 without padding", "text\n\n— a AAAAAAE\n"), ("base64 with bits left over", "text\n\n— a AAAAAAF=\n"),
    ("base64 of the other alphabet", "text\n\n— a AAAA-_E=\n"), ("a signature that is missing", "text\n\n— a\n"),
    ("an empty line among signatures", "text\n\n— a AAAAAAE=\n\n"),
  ])
  func `a note that is not of its form is refused`(reason: String, text: String) {
    #expect(throws: LogRefusal.self, "\(reason)") { try Self.note(text) }
  }

  @Test func `bytes that are not UTF-8 are refused`() {
    #expect(throws: LogRefusal.self) { try SignedNote(parsing: [0xff] + Array(Self.example.utf8)) }
    #expect(throws: LogRefusal.self) { try SignedNote(parsing: [0xc0, 0x80] + Array(Self.example.utf8)) }
  }

  @Test func `the last empty line ends the text`() throws {
    let note = try Self.note("a\n\nb\n\n— a AAAAAAE=\n")
    #expect(note.text == Array("a\n\nb\n".utf8) && note.signatures.count == 1)
  }

  @Test func `signatures by unknown keys are ignored, also under a known name or a known id`() throws {
    let key = try SignerKey(parsing: Self.goSecret)
    var note = try SignedNote(text: Self.goText, signedBy: key)
    let other = try SignerKey(name: try #require(KeyName("PeterNeumann")), type: .ed25519)
    try note.add(other.sign(text: [1]))
    try note.add(NoteSignature(name: try #require(KeyName("Else")), keyID: key.verifier.id, signature: [1]))
    let read = try SignedNote(parsing: note.bytes)
    #expect(try read.verify(with: [key.verifier]).count == 1 && read.signatures.count == 3)
    // Once its key is known, the bad one refuses the note.
    let found = refusal { () throws(LogRefusal) in _ = try read.verify(with: [key.verifier, other.verifier]) }
    #expect(found == .badSignature(name: "PeterNeumann", id: other.verifier.id.description))
  }

  @Test func `a second signature by a known key must be right too, and counts once`() throws {
    let key = try SignerKey(parsing: Self.goSecret)
    let text = String(decoding: Self.goText, as: UTF8.self)
    let twice = try Self.note("\(text)\n\(Self.goLine)\n\(Self.goLine)\n")
    #expect(try twice.verify(with: [key.verifier]).count == 1)
    let wrong = NoteSignature(
      name: key.verifier.name, keyID: key.verifier.id, signature: [UInt8](repeating: 1, count: 64))
    let bad = try Self.note("\(text)\n\(Self.goLine)\n\(wrong)\n")
    #expect(throws: LogRefusal.self) { try bad.verify(with: [key.verifier]) }
  }

  @Test func `no signature by a known key is a refusal`() throws {
    let note = try Self.note(Self.example)
    let other = try SignerKey(parsing: Self.goSecret).verifier
    #expect(refusal { () throws(LogRefusal) in _ = try note.verify(with: [other]) } == .unsigned(what: "the note"))
    #expect(refusal { () throws(LogRefusal) in _ = try note.verify(with: []) } == .unsigned(what: "the note"))
  }

  @Test func `names that Unicode takes for one are two`() throws {
    let (composed, decomposed) = (try #require(KeyName("caf\u{e9}")), try #require(KeyName("cafe\u{301}")))
    #expect(composed != decomposed && composed.description == decomposed.description)
    #expect(LogOrigin(composed) != LogOrigin(decomposed))
  }

  @Test func `a note may carry sixteen signatures, and not more than the limit`() throws {
    let text = Array("text\n".utf8)
    var note = try SignedNote(text: text, signedBy: SignerKey(name: try #require(KeyName("a")), type: .ed25519))
    for number in 1..<LogLimits.signaturesPerNote {
      try note.add(NoteSignature(name: try #require(KeyName("a")), keyID: KeyID(UInt32(number)), signature: [1]))
    }
    #expect(try SignedNote(parsing: note.bytes).signatures.count == LogLimits.signaturesPerNote)
    let more = NoteSignature(name: try #require(KeyName("b")), keyID: KeyID(1), signature: [1])
    #expect(throws: LogRefusal.self) { try note.add(more) }
    #expect(throws: LogRefusal.self) { try SignedNote(parsing: note.bytes + Array("\(more)\n".utf8)) }
    #expect(throws: LogRefusal.self) {
      try SignedNote(parsing: [UInt8](repeating: 0x61, count: LogLimits.noteByteCount) + note.bytes)
    }
  }
}
