import Basics
import CanonicalJSON
import Foundation
import Testing

@testable import TUF

/// Keys of every kind, and what is no signature of theirs.
@Suite struct PublicKeyTests {
  private static func bytes(_ hex: String) -> [UInt8] { Hex.decode(hex, byteCount: hex.utf8.count / 2) ?? [] }

  private func isValid(_ key: Key?, _ hex: String, over message: [UInt8] = KeyVectors.message) throws -> Bool {
    try #require(key).isValid(Self.bytes(hex), over: message)
  }

  // MARK: RSA

  @Test func `RSA-PSS signatures of every salt are verified`() throws {
    let key = Key(rsaPSS: KeyVectors.rsa2048)
    for signature in [KeyVectors.rsa2048Salt32, KeyVectors.rsa2048Salt0, KeyVectors.rsa2048Salt222] {
      #expect(try isValid(key, signature))
      #expect(try !isValid(key, signature, over: KeyVectors.message + [0]))
    }
    #expect(try isValid(Key(rsaPSS: KeyVectors.rsa2049), KeyVectors.rsa2049Salt32))
    #expect(try isValid(Key(rsaPSS: KeyVectors.rsa4096), KeyVectors.rsa4096Salt32))
  }

  @Test func `RSA signatures in another padding or digest are none`() throws {
    let key = Key(rsaPSS: KeyVectors.rsa2048)
    for signature in [KeyVectors.rsa2048PKCS1, KeyVectors.rsa2048SHA512, KeyVectors.rsa2048OtherMask, ""] {
      #expect(try !isValid(key, signature))
    }
    #expect(try !isValid(Key(rsaPSS: KeyVectors.rsa4096), KeyVectors.rsa2048Salt32))
  }

  @Test func `an RSA signature that is longer, shorter, or not below the modulus is none`() throws {
    let key = try #require(Key(rsaPSS: KeyVectors.rsa2048))
    let signature = Self.bytes(KeyVectors.rsa2048Salt32)
    let modulus = try #require(PEM.publicKey(KeyVectors.rsa2048)).dropFirst(33).prefix(256)
    // The same number modulo the modulus, where it fits.
    var sum = [UInt8](repeating: 0, count: 256)
    var carry = 0
    for index in (0..<256).reversed() {
      let total = Int(signature[index]) + Int(modulus[modulus.startIndex + index]) + carry
      sum[index] = UInt8(total & 0xff)
      carry = total >> 8
    }
    for bad in [[0] + signature, Array(signature.dropFirst()), signature + [0], sum, Array(modulus), []] {
      #expect(!key.isValid(bad, over: KeyVectors.message))
    }
    #expect(!key.isValid([UInt8](repeating: 0, count: 256), over: KeyVectors.message))
    #expect(!key.isValid([UInt8](repeating: 0xff, count: 256), over: KeyVectors.message))
  }

  @Test func `no bit of an RSA signature may change`() throws {
    let key = try #require(Key(rsaPSS: KeyVectors.rsa2048))
    let signature = Self.bytes(KeyVectors.rsa2048Salt32)
    for bit in stride(from: 0, to: 2_048, by: 37) {
      var changed = signature
      changed[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(!key.isValid(changed, over: KeyVectors.message))
    }
  }

  /// Vectors of Project Wycheproof: a folder with files such as `rsa_pss_2048_sha256_mgf1_32_test.json`.
  private static let vectors = ProcessInfo.processInfo.environment["SUTURE_WYCHEPROOF"]

  @Test(
    .enabled(if: vectors != nil, "NOT RUN: no folder of Wycheproof's vectors is named in SUTURE_WYCHEPROOF"),
    arguments: ["2048_sha256_mgf1_0", "2048_sha256_mgf1_32", "3072_sha256_mgf1_32", "4096_sha256_mgf1_32"])
  func `Wycheproof's vectors of RSA-PSS verify as they should`(name: String) throws {
    let file = "\(try #require(Self.vectors))/rsa_pss_\(name)_test.json"
    let json = try JSON(parsing: Array(try Data(contentsOf: URL(fileURLWithPath: file))))
    var counts = [true: 0, false: 0]
    for group in try #require(json["testGroups"]?.array) {
      let pem = try #require(group["keyPem"]?.string ?? group["publicKeyPem"]?.string)
      let key = try #require(Key(rsaPSS: pem))
      for test in try #require(group["tests"]?.array) {
        // The file's salt length is part of its question, and any length is taken here.
        let flags = (test["flags"]?.array ?? []).compactMap(\.string)
        guard !flags.contains(where: { $0.contains("Salt") }), test["comment"]?.string?.contains("s_len") != true else {
          continue
        }
        let isGood = test["result"]?.string == "valid"
        let message = Self.bytes(try #require(test["msg"]?.string))
        #expect(
          try isValid(key, try #require(test["sig"]?.string), over: message) == isGood,
          "test \(test["tcId"]?.integer ?? 0)")
        counts[isGood, default: 0] += 1
      }
    }
    #expect(counts[true, default: 0] > 5 && counts[false, default: 0] > 20)
  }

  // MARK: ECDSA

  @Test func `an ECDSA signature has one encoding`() throws {
    let key = Key(ecdsaP256: KeyVectors.p256)
    #expect(try isValid(key, KeyVectors.p256Signature))
    #expect(try !isValid(key, KeyVectors.p256Signature, over: []))
    for signature in [
      KeyVectors.p256Padded, KeyVectors.p256Negative, KeyVectors.p256LongLength, KeyVectors.p256Trailing,
      KeyVectors.p256Raw, KeyVectors.p256SHA512, "", "00", "3000", "30060201000201 00".filter { $0 != " " },
    ] {
      #expect(try !isValid(key, signature), "\(signature)")
    }
  }

  // MARK: PEM

  @Test func `a key is PEM of its kind and nothing else`() throws {
    #expect(Key(ecdsaP256: KeyVectors.p384) == nil && Key(ecdsaP256: KeyVectors.rsa2048) == nil)
    #expect(Key(rsaPSS: KeyVectors.rsa1024) == nil && Key(rsaPSS: KeyVectors.p256) == nil)
    for pem in [
      "", "x", KeyVectors.p256.replacingOccurrences(of: "PUBLIC", with: "PRIVATE"),
      KeyVectors.p256.replacingOccurrences(of: "-----END", with: "=\n-----END"),
      KeyVectors.p256.replacingOccurrences(of: "==", with: ""), KeyVectors.p256 + "x", "x" + KeyVectors.p256,
      KeyVectors.p256.replacingOccurrences(
        of: "-----BEGIN PUBLIC KEY-----\n", with: "-----BEGIN PUBLIC KEY-----\nA: b\n"),
    ] {
      #expect(Key(ecdsaP256: pem) == nil, "\(pem)")
    }
    // Line ends are transport.
    let windows = KeyVectors.p256.replacingOccurrences(of: "\n", with: "\r\n")
    #expect(Key(ecdsaP256: windows)?.material == Key(ecdsaP256: KeyVectors.p256)?.material)
  }

  @Test(arguments: [KeyVectors.rsa2048, KeyVectors.p256])
  func `a key cut short, or with a byte changed in its frame, is refused`(pem: String) throws {
    let whole = try #require(PEM.publicKey(pem))
    func isKey(_ bytes: [UInt8]) -> Bool {
      let text = "-----BEGIN PUBLIC KEY-----\n\(Data(bytes).base64EncodedString())\n-----END PUBLIC KEY-----\n"
      return Key(rsaPSS: text) != nil || Key(ecdsaP256: text) != nil
    }
    #expect(isKey(whole))
    for count in whole.indices { #expect(!isKey(Array(whole.prefix(count)))) }
    #expect(!isKey(whole + [0]))
    for index in 0..<24 {
      var changed = whole
      changed[index] ^= 1
      #expect(!isKey(changed), "byte \(index)")
    }
  }

  // MARK: In metadata

  /// What a refresh is refused for where timestamp is signed by these signatures, and root lists these keys for it.
  private func refusal(
    keys: [String: JSON], ids: [String], threshold: Int64 = 1, _ signatures: ([UInt8]) -> [JSON]
  ) async throws -> Refusal? {
    let world = World { repository in
      let listed = repository["root", "keys"]?.object ?? [:]
      repository["root", "keys"] = .object(listed.merging(keys) { $1 })
      var roles = repository["root", "roles"]?.object ?? [:]
      roles["timestamp"] = ["keyids": .array(ids.map { .string($0) }), "threshold": .integer(threshold)]
      repository["root", "roles"] = .object(roles)
      repository.publishRoot()
    }
    let signed = JSON.object(world.repository.signed["timestamp"] ?? [:])
    world.repository.files["timestamp.json"] = SimulatedRepository.file(signed, signatures(signed.canonicalBytes))
    return try await world.refusal()
  }

  private func tooFew(_ valid: Int, of threshold: Int) -> Refusal {
    .tooFewSignatures(file: "timestamp.json", role: "timestamp", valid: valid, threshold: threshold)
  }

  @Test func `one key under two ids counts once`() async throws {
    let key = SimulatedRepository.key(30)
    let ids = ["first", "second"]
    let keys = Dictionary(uniqueKeysWithValues: ids.map { ($0, key.key.json) })
    let sign = { (bytes: [UInt8]) in ids.map { SimulatedRepository.signature($0, key.sign(bytes)) } }
    #expect(try await refusal(keys: keys, ids: ids, sign) == nil)
    #expect(try await refusal(keys: keys, ids: ids, threshold: 2, sign) == tooFew(1, of: 2))
  }

  @Test func `one key under two ids with members of no meaning counts once`() async throws {
    let key = SimulatedRepository.key(30)
    let decorated = JSON.object((key.key.json.object ?? [:]).merging(["note": "x"]) { $1 })
    let other = Digest(of: decorated.canonicalBytes).hex
    let ids = [key.id.text, other]
    let keys = [key.id.text: key.key.json, other: decorated]
    let sign = { (bytes: [UInt8]) in ids.map { SimulatedRepository.signature($0, key.sign(bytes)) } }
    #expect(try await refusal(keys: keys, ids: ids, threshold: 2, sign) == tooFew(1, of: 2))
    // Alone it is a key like any other: its id is the digest of all of it.
    #expect(
      try await refusal(keys: keys, ids: [other]) { [SimulatedRepository.signature(other, key.sign($0))] } == nil)
  }

  @Test func `one P-256 key under both spellings of its type counts once`() async throws {
    func json(_ type: String, _ pem: String) -> JSON {
      ["keytype": .string(type), "scheme": "ecdsa-sha2-nistp256", "keyval": ["public": .string(pem)]]
    }
    let keys = [
      "a": json("ecdsa", KeyVectors.p256), "b": json("ecdsa-sha2-nistp256", KeyVectors.p256 + "\n"),
    ].mapValues { key in
      try? RoleKeys(
        MetadataFields(file: "f", signed: ["keyids": ["x"], "threshold": 1]), role: "r",
        among: [#require(KeyID("x")): Key(MetadataFields(file: "f", signed: key), listedAs: "x")])
    }
    #expect(keys["a"]??.materials.count == 1 && keys["a"]??.materials == keys["b"]??.materials)
    #expect(
      keys["a"]??.keys.values.first?.isValid(Self.bytes(KeyVectors.p256Signature), over: KeyVectors.message) == true)
  }

  @Test func `a key under another key's id signs nothing for that key`() async throws {
    let (key, other) = (SimulatedRepository.key(30), SimulatedRepository.key(31))
    let keys = [key.id.text: other.key.json]
    #expect(
      try await refusal(keys: keys, ids: [key.id.text]) { [SimulatedRepository.signature(key.id.text, key.sign($0))] }
        == tooFew(0, of: 1))
  }

  @Test(arguments: [("rsa", "rsa-pkcs1v15-sha256"), ("ed25519", "ed25519ph"), ("ml-dsa-65", "ml-dsa-65"), ("", "")])
  func `a key of a kind that is not known stands beside others and signs nothing`(
    type: String, scheme: String
  ) async throws {
    let key = SimulatedRepository.key(30)
    let public_ = key.key.json["keyval"] ?? [:]
    let unknown: JSON = ["keytype": .string(type), "scheme": .string(scheme), "keyval": public_]
    let keys = ["new": unknown, "old": key.key.json]
    let sign = { (bytes: [UInt8]) in
      ["new", "old"].map { SimulatedRepository.signature($0, key.sign(bytes)) }
    }
    #expect(try await refusal(keys: keys, ids: ["new", "old"], sign) == nil)
    #expect(try await refusal(keys: keys, ids: ["new"], sign) == tooFew(0, of: 1))
    #expect(try await refusal(keys: keys, ids: ["new", "old"], threshold: 2, sign) == tooFew(1, of: 2))
  }

  @Test(arguments: [
    ("rsa", "rsassa-pss-sha256", KeyVectors.p256), ("rsa", "rsassa-pss-sha256", KeyVectors.rsa1024),
    ("ecdsa", "ecdsa-sha2-nistp256", KeyVectors.p384), ("ecdsa", "ecdsa-sha2-nistp256", ""),
    ("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256", "04"), ("ed25519", "ed25519", KeyVectors.p256),
  ])
  func `a key of a known kind that is none refuses the file`(type: String, scheme: String, text: String) async throws {
    let key: JSON = ["keytype": .string(type), "scheme": .string(scheme), "keyval": ["public": .string(text)]]
    #expect(
      try await refusal(keys: ["x": key], ids: ["x"]) { _ in [] }
        == .badPublicKey(file: "the pinned root", keyID: "x", type: type))
  }

  @Test(arguments: ["", "a b", "é", "a\n", String(repeating: "a", count: 129)])
  func `an id that is no id refuses the file`(id: String) async throws {
    let key = SimulatedRepository.key(30)
    #expect(
      try await refusal(keys: [id: key.key.json], ids: []) { _ in [] } == .badKeyID(file: "the pinned root", listed: id)
    )
  }
}
