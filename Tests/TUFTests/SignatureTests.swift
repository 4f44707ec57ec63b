import Basics
import CanonicalJSON
import TUF
import Testing

@Suite struct SignatureTests {
  private static let keys = (30..<33).map { SimulatedRepository.key($0) }

  /// A repository whose timestamp needs two of three keys; `sign` makes the file's signatures.
  private func refusal(threshold: Int64 = 2, _ sign: ([UInt8]) -> [JSON]) async throws -> Refusal? {
    let world = World { repository in
      repository.setKeys(of: "timestamp", to: Self.keys, threshold: threshold)
      repository.publishRoot()
    }
    let signed = JSON.object(world.repository.signed["timestamp"] ?? [:])
    world.repository.files["timestamp.json"] = SimulatedRepository.file(signed, sign(signed.canonicalBytes))
    return try await world.refusal()
  }

  private static func signature(_ number: Int, _ bytes: [UInt8]) -> JSON {
    SimulatedRepository.signature(keys[number].id.text, keys[number].sign(bytes))
  }

  private func tooFew(_ valid: Int, of threshold: Int = 2) -> Refusal {
    .tooFewSignatures(file: "timestamp.json", role: "timestamp", valid: valid, threshold: threshold)
  }

  @Test func `exactly the threshold is enough, whichever keys they are`() async throws {
    for (one, two) in [(0, 1), (0, 2), (1, 2), (2, 0)] {
      #expect(try await refusal { [Self.signature(one, $0), Self.signature(two, $0)] } == nil)
    }
  }

  @Test func `one signature too few is refused`() async throws {
    #expect(try await refusal { [Self.signature(0, $0)] } == tooFew(1))
    #expect(try await refusal(threshold: 3) { [Self.signature(0, $0), Self.signature(1, $0)] } == tooFew(2, of: 3))
    #expect(try await refusal { _ in [] } == tooFew(0))
  }

  @Test func `a duplicated signature is refused`() async throws {
    let id = Self.keys[0].id.text
    #expect(
      try await refusal { [Self.signature(0, $0), Self.signature(0, $0)] }
        == .signatureTwice(file: "timestamp.json", keyID: id))
    #expect(
      try await refusal { [Self.signature(0, $0), Self.signature(1, $0), Self.signature(0, $0)] }
        == .signatureTwice(file: "timestamp.json", keyID: id))
  }

  @Test func `two signatures by one key under two key ids count once`() async throws {
    #expect(
      try await refusal { bytes in
        [Self.signature(0, bytes), SimulatedRepository.signature(Self.keys[1].id.text, Self.keys[0].sign(bytes))]
      } == tooFew(1))
    // The same id spelled otherwise is no id of the role.
    #expect(
      try await refusal { bytes in
        [
          Self.signature(0, bytes),
          SimulatedRepository.signature(Self.keys[0].id.text.uppercased(), Self.keys[0].sign(bytes)),
        ]
      } == tooFew(1))
  }

  @Test func `surplus signatures do no harm`() async throws {
    let stranger = SimulatedRepository.key(99)
    #expect(
      try await refusal { bytes in
        [
          SimulatedRepository.signature(stranger.id.text, stranger.sign(bytes)),
          ["keyid": "not even a digest", "sig": "nor a signature", "more": true],
          Self.signature(0, bytes), Self.signature(1, bytes), Self.signature(2, bytes),
        ]
      } == nil)
    #expect(
      try await refusal { bytes in
        [
          Self.signature(0, bytes), Self.signature(1, bytes),
          SimulatedRepository.signature(Self.keys[2].id.text, Self.keys[2].sign([])),
        ]
      } == nil)
  }

  @Test func `signatures of strangers do not count`() async throws {
    let stranger = SimulatedRepository.key(99)
    #expect(
      try await refusal { bytes in
        [Self.signature(0, bytes), SimulatedRepository.signature(stranger.id.text, stranger.sign(bytes))]
      } == tooFew(1))
    // Another top-level role's key is a stranger to timestamp.
    let targets = SimulatedRepository.key(2)
    #expect(
      try await refusal { bytes in
        [Self.signature(0, bytes), SimulatedRepository.signature(targets.id.text, targets.sign(bytes))]
      } == tooFew(1))
  }

  @Test func `a signature over something else, cut short or spelled otherwise does not count`() async throws {
    let id = Self.keys[1].id.text
    let forgeries: [([UInt8]) -> String] = [
      { Hex.encode(Self.keys[1].sign($0 + [0])) },
      { String(Hex.encode(Self.keys[1].sign($0)).dropLast(2)) },
      { Hex.encode(Self.keys[1].sign($0) + [0]) },
      { Hex.encode(Self.keys[1].sign($0)).uppercased() },
      { Hex.encode(Self.keys[1].sign($0).map { $0 ^ 1 }) },
      { _ in "" },
      { _ in String(repeating: "0", count: 128) },
    ]
    for forge in forgeries {
      #expect(
        try await refusal { [Self.signature(0, $0), ["keyid": .string(id), "sig": .string(forge($0))]] } == tooFew(1))
    }
  }

  @Test func `a file with thousands of signatures is refused before any is verified`() async throws {
    let count = Limits.signaturesPerFile + 1
    #expect(
      try await refusal { _ in (0..<count).map { ["keyid": .string("\($0)"), "sig": ""] } }
        == .tooManySignatures(file: "timestamp.json", count: count, limit: Limits.signaturesPerFile))
  }

  @Test(arguments: ["snapshot", "targets"])
  func `each role is verified by its own keys`(role: String) async throws {
    let world = World { repository in
      repository.signers[role] = [SimulatedRepository.key(99)]
      repository.publish()
    }
    #expect(
      try await world.refusal() == .tooFewSignatures(file: role + ".json", role: role, valid: 0, threshold: 1))
  }

  @Test func `a delegated role needs its own threshold of its own keys`() async throws {
    for signers in [[SimulatedRepository.key(40)], [SimulatedRepository.key(40), SimulatedRepository.key(2)]] {
      let world = World { repository in
        repository.delegate(
          to: "expat", keys: [SimulatedRepository.key(40), SimulatedRepository.key(41)], threshold: 2,
          members: ["paths": ["d/*"]])
        repository.addTarget("d/1.json", to: "expat")
        repository.signers["expat"] = signers
        repository.publish()
      }
      let trusted = try await world.refresh()
      #expect(trusted.targets.isEmpty)
      #expect(
        trusted.refusals.map(\.reason) == [
          .tooFewSignatures(file: "expat.json", role: "expat", valid: 1, threshold: 2)
        ])
    }
  }
}
