import Basics
import CanonicalJSON
import TUF
import Testing

@Suite struct KeyTests {
  // The second test of RFC 8032, 7.1.
  private static let seed = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"
  private static let publicHalf = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
  private static let signature =
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"

  @Test func `signing gives what RFC 8032 says`() throws {
    let seed = try #require(Hex.decode(Self.seed, byteCount: 32))
    let key = try #require(SigningKey(seed: seed))
    #expect(key.key.json["keyval"]?["public"] == .string(Self.publicHalf))
    #expect(Hex.encode(key.sign([0x72])) == Self.signature)
    #expect(key.key.isValid(key.sign([0x72]), over: [0x72]))
    #expect(!key.key.isValid(key.sign([0x72]), over: [0x73]))
    #expect(!key.key.isValid([], over: [0x72]))
  }

  @Test func `a key id is the digest of the key's canonical JSON`() throws {
    let bytes = try #require(Hex.decode(Self.publicHalf, byteCount: 32))
    let key = try #require(Key(bytes: bytes))
    let text = #"{"keytype":"ed25519","keyval":{"public":"\#(Self.publicHalf)"},"scheme":"ed25519"}"#
    #expect(key.id.text == Digest(of: text.utf8).hex)
    #expect(KeyID(key.id.text) == key.id && KeyID(key.id.text.uppercased()) != key.id)
    #expect(Key(bytes: []) == nil && SigningKey(seed: []) == nil)
  }

  @Test func `a key file survives the round trip, and two new keys differ`() throws {
    let key = SigningKey()
    let copy = try SigningKey(keyFile: Array((key.keyFileText + "\n").utf8))
    #expect(copy.id == key.id && copy.sign([1]) == key.sign([1]))
    #expect(SigningKey().id != key.id)
  }

  @Test func `a secret does not leak into descriptions`() throws {
    let seed = try #require(Hex.decode(Self.seed, byteCount: 32))
    let key = try #require(SigningKey(seed: seed))
    var text = "\(key) \(String(reflecting: key))"
    dump(key, to: &text)
    #expect(!text.contains(Self.seed.prefix(8)) && text.contains(key.id.short))
  }

  @Test func `a key file that is not one is refused`() throws {
    let good: [String: JSON] = [
      "keytype": "ed25519", "scheme": "ed25519", "private": .string(Self.seed), "public": .string(Self.publicHalf),
    ]
    _ = try SigningKey(keyFile: Array(JSON.object(good).compactText.utf8))
    for (member, value) in [
      ("keytype", "rsa"), ("scheme", "ed25519ph"), ("private", ""), ("private", .string(Self.seed + "00")),
      ("private", .string(Self.publicHalf)), ("public", .string(Self.seed)), ("comment", "x"), ("private", nil),
    ] as [(String, JSON?)] {
      var bad = good
      bad[member] = value
      #expect(throws: Refusal.self) { try SigningKey(keyFile: Array(JSON.object(bad).compactText.utf8)) }
    }
    #expect(throws: Refusal.self) { try SigningKey(keyFile: []) }
  }

  /// What root is refused for after a change of its signed part.
  private func refusal(_ change: (inout SimulatedRepository) -> Void) async throws -> Refusal? {
    try await World { repository in
      change(&repository)
      repository.publishRoot()
    }.refusal()
  }

  private func replaceKey(_ repository: inout SimulatedRepository, id: String? = nil, _ key: JSON) {
    var keys = repository["root", "keys"]?.object ?? [:]
    keys[id ?? SimulatedRepository.key(4).id.text] = key
    repository["root", "keys"] = .object(keys)
  }

  private static let weak =
    ["00", "01"].map { $0 + String(repeating: "00", count: 31) }
    + ["ec", "ed", "ee", "ff"].map { $0 + String(repeating: "ff", count: 30) + "7f" }
    + [
      "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
      "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    ]

  @Test(arguments: weak, [false, true])
  func `a key under which anybody can sign is none`(text: String, isNegative: Bool) throws {
    var bytes = try #require(Hex.decode(text, byteCount: 32))
    if isNegative { bytes[31] |= 0x80 }
    #expect(Key(bytes: bytes) == nil)
  }

  @Test(arguments: ["", "00", String(repeating: "g", count: 64), String(repeating: "A", count: 64)])
  func `a public key that is not one is refused`(text: String) async throws {
    let refusal = try await refusal {
      replaceKey(&$0, ["keytype": "ed25519", "scheme": "ed25519", "keyval": ["public": .string(text)]])
    }
    #expect(
      refusal
        == .badPublicKey(file: "the pinned root", keyID: SimulatedRepository.key(4).id.text, type: "ed25519"))
  }

  private func setRole(_ repository: inout SimulatedRepository, _ keyIDs: [String], _ threshold: JSON) {
    var roles = repository["root", "roles"]?.object ?? [:]
    roles["timestamp"] = ["keyids": .array(keyIDs.map { .string($0) }), "threshold": threshold]
    repository["root", "roles"] = .object(roles)
  }

  @Test(arguments: [0, -1, true, "1", nil, 9_007_199_254_740_992] as [JSON])
  func `a threshold of zero, or one that is no number, is refused`(threshold: JSON) async throws {
    #expect(try await refusal { setRole(&$0, [SimulatedRepository.key(4).id.text], threshold) } != nil)
    #expect(try await refusal { setRole(&$0, [SimulatedRepository.key(4).id.text], 1) } == nil)
  }

  @Test(arguments: [2, 200, 9_007_199_254_740_991] as [Int64])
  func `a threshold that cannot be reached is never reached`(threshold: Int64) async throws {
    #expect(
      try await refusal { setRole(&$0, [SimulatedRepository.key(4).id.text], .integer(threshold)) }
        == .tooFewSignatures(file: "timestamp.json", role: "timestamp", valid: 1, threshold: Int(threshold)))
  }

  @Test func `a role whose keys are not listed, or named twice, is refused`() async throws {
    let id = SimulatedRepository.key(4).id
    let stranger = SimulatedRepository.key(88).id.text
    #expect(
      try await refusal { setRole(&$0, [id.text, stranger], 1) }
        == .unlistedKey(file: "the pinned root", role: "timestamp", keyID: stranger))
    #expect(
      try await refusal { setRole(&$0, [id.text, id.text], 2) }
        == .keyTwice(file: "the pinned root", role: "timestamp", keyID: id))
    #expect(
      try await refusal { setRole(&$0, [], 1) }
        == .tooFewSignatures(file: "timestamp.json", role: "timestamp", valid: 0, threshold: 1))
  }
}
