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
    #expect(Hex.encode(key.key.bytes) == Self.publicHalf)
    #expect(Hex.encode(key.sign([0x72])) == Self.signature)
    #expect(key.key.isValid(key.sign([0x72]), over: [0x72]))
    #expect(!key.key.isValid(key.sign([0x72]), over: [0x73]))
    #expect(!key.key.isValid([], over: [0x72]))
  }

  @Test func `a key id is the digest of the key's canonical JSON`() throws {
    let bytes = try #require(Hex.decode(Self.publicHalf, byteCount: 32))
    let key = try #require(Key(bytes: bytes))
    let text = #"{"keytype":"ed25519","keyval":{"public":"\#(Self.publicHalf)"},"scheme":"ed25519"}"#
    #expect(key.id.digest == Digest(of: text.utf8))
    #expect(KeyID(key.id.hex) == key.id && KeyID(key.id.hex.uppercased()) == nil)
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
    keys[id ?? SimulatedRepository.key(4).id.hex] = key
    repository["root", "keys"] = .object(keys)
  }

  @Test func `a key of another type or scheme is refused`() async throws {
    let hex = Hex.encode(SimulatedRepository.key(4).key.bytes)
    for (type, scheme) in [("rsa", "rsassa-pss-sha256"), ("ecdsa", "ed25519"), ("ed25519", "ed25519ph")] {
      let refusal = try await refusal {
        replaceKey(
          &$0,
          ["keytype": .string(type), "scheme": .string(scheme), "keyval": ["public": .string(hex)]])
      }
      #expect(
        refusal
          == .wrongKeyType(
            file: "the pinned root", keyID: SimulatedRepository.key(4).id.hex, type: type, scheme: scheme))
    }
  }

  @Test func `a key under an id that is not its digest is refused`() async throws {
    let other = SimulatedRepository.key(77)
    let listed = SimulatedRepository.key(4).id.hex
    #expect(
      try await refusal { replaceKey(&$0, other.key.json) }
        == .wrongKeyID(file: "the pinned root", listed: listed, computed: other.id))
    // One key under a second id would count twice towards a threshold.
    let second = String(repeating: "0", count: 64)
    let key = SimulatedRepository.key(4)
    #expect(
      try await refusal { replaceKey(&$0, id: second, key.key.json) }
        == .wrongKeyID(file: "the pinned root", listed: second, computed: key.id))
    #expect(
      try await refusal { replaceKey(&$0, id: key.id.hex.uppercased(), key.key.json) }
        == .wrongKeyID(file: "the pinned root", listed: key.id.hex.uppercased(), computed: key.id))
  }

  @Test func `a member of no meaning does not give a key a second id`() async throws {
    let key = SimulatedRepository.key(4)
    let decorated = JSON.object((key.key.json.object ?? [:]).merging(["note": "x"]) { $1 })
    let id = Digest(of: decorated.canonicalBytes).hex
    #expect(
      try await refusal { replaceKey(&$0, id: id, decorated) }
        == .wrongKeyID(file: "the pinned root", listed: id, computed: key.id))
    #expect(try await refusal { replaceKey(&$0, decorated) } == nil)
  }

  @Test(arguments: ["", "00", String(repeating: "g", count: 64), String(repeating: "A", count: 64)])
  func `a public key that is not one is refused`(text: String) async throws {
    let refusal = try await refusal {
      replaceKey(&$0, ["keytype": "ed25519", "scheme": "ed25519", "keyval": ["public": .string(text)]])
    }
    #expect(refusal == .badPublicKey(file: "the pinned root", keyID: SimulatedRepository.key(4).id.hex))
  }

  private func setRole(_ repository: inout SimulatedRepository, _ keyIDs: [String], _ threshold: JSON) {
    var roles = repository["root", "roles"]?.object ?? [:]
    roles["timestamp"] = ["keyids": .array(keyIDs.map { .string($0) }), "threshold": threshold]
    repository["root", "roles"] = .object(roles)
  }

  @Test(arguments: [0, -1, 2, 200, true, "1", nil] as [JSON])
  func `a threshold of zero, or one that cannot be reached, is refused`(threshold: JSON) async throws {
    #expect(try await refusal { setRole(&$0, [SimulatedRepository.key(4).id.hex], threshold) } != nil)
    #expect(try await refusal { setRole(&$0, [SimulatedRepository.key(4).id.hex], 1) } == nil)
  }

  @Test func `a role whose keys are not listed, or named twice, is refused`() async throws {
    let id = SimulatedRepository.key(4).id
    let stranger = SimulatedRepository.key(88).id.hex
    #expect(
      try await refusal { setRole(&$0, [id.hex, stranger], 1) }
        == .unlistedKey(file: "the pinned root", role: "timestamp", keyID: stranger))
    #expect(
      try await refusal { setRole(&$0, [id.hex, id.hex], 2) }
        == .keyTwice(file: "the pinned root", role: "timestamp", keyID: id))
    #expect(
      try await refusal { setRole(&$0, [], 1) }
        == .unreachableThreshold(role: "timestamp", threshold: 1, keyCount: 0))
  }
}
