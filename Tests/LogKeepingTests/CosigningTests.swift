import Basics
import Improvements
import Linux
import LogKeeping
import TestSupport
import Testing
import TransparencyLog

/// Real witnesses over HTTP.
@Suite struct CosigningTests {
  private func run<T: Sendable>(
    _ names: [String], of world: LogWorld,
    _ body: @Sendable ([(name: String, key: SignerKey, url: String)]) async throws -> T
  ) async throws -> T {
    try await withThrowingTaskGroup(of: Void.self) { group in
      var found: [(name: String, key: SignerKey, url: String)] = []
      var folders: [TemporaryDirectory] = []
      for name in names {
        let folder = try TemporaryDirectory(inMemory: true)
        folders.append(folder)
        let key = try LogWorld.key("\(name).example/w", .cosignature)
        let witness = try Witness(opening: folder.directory, key: key, logs: [world.key.verifier])
        let server = try await WitnessServer(witness, host: "127.0.0.1", port: 0) { 1_700_000_000 }
        group.addTask { try await server.run() }
        found.append((name, key, server.url))
      }
      let result = try await body(found)
      group.cancelAll()
      withExtendedLifetime(folders) {}
      return result
    }
  }

  private static func policy(
    _ world: LogWorld, _ witnesses: [(name: String, key: SignerKey, url: String)], quorum: String
  ) throws -> LogPolicy {
    var text = "log \(world.key.verifier)\n"
    for witness in witnesses { text += "witness \(witness.name) \(witness.key.verifier) \(witness.url)\n" }
    text += "group both \(quorum) \(witnesses.map(\.name).joined(separator: " "))\nquorum both\n"
    return try LogPolicy(parsing: Array(text.utf8))
  }

  @Test func `two witnesses cosign a log that grows, each from the tree that it has seen`() async throws {
    let world = try LogWorld()
    let log = try world.open()
    let client = LogClient()
    try await run(["a", "b"], of: world) { witnesses async throws in
      let policy = try Self.policy(world, witnesses, quorum: "all")
      var last: SignedCheckpoint?
      for step: Int64 in 1...4 {
        let signed = try await log.append([LogWorld.entry(step).bytes, LogWorld.entry(step + 100).bytes])
        let cosigned = try await Cosigning(policy, client: client).collect(for: signed, in: world.source)
        #expect(try policy.evaluate(cosigned).cosignatures.count == 2)
        try await log.show(cosigned)
        last = cosigned
      }
      let view = LogView(try #require(last).checkpoint, in: world.source)
      let entry = try LogWorld.entry(2)
      let place = try #require(try await view.places(of: [entry.leafHash])[entry.leafHash])
      let proof = try LogProof(try await view.inclusion(of: entry.leafHash, at: place), in: try #require(last))
      _ = try proof.verify(leafHash: entry.leafHash, policy: policy)
    }
    await client.shutdown()
  }

  @Test func `without a quorum there is no cosigned checkpoint, and a sentence says who did not answer`() async throws {
    let world = try LogWorld()
    let signed = try await world.open().append([LogWorld.entry(1).bytes])
    let client = LogClient()
    try await run(["a"], of: world) { witnesses async throws in
      let key = try LogWorld.key("gone.example/w", .cosignature)
      let all = witnesses + [(name: "gone", key: key, url: "http://127.0.0.1:9")]
      let policy = try Self.policy(world, all, quorum: "all")
      let error = await #expect(throws: LogKeepingError.self) {
        try await Cosigning(policy, client: client).collect(for: signed, in: world.source)
      }
      let sentence = try #require(error).description
      #expect(sentence.contains("gone: http://127.0.0.1:9/add-checkpoint cannot be asked"))
      // One of two is enough where the policy says so.
      let any = try Self.policy(world, all, quorum: "any")
      _ = try await Cosigning(any, client: client).collect(for: signed, in: world.source)
    }
    await client.shutdown()
  }

  @Test func `an old copy of a log is told by its witness, and is not published from`() async throws {
    let world = try LogWorld()
    let log = try world.open()
    let client = LogClient()
    try await run(["a"], of: world) { witnesses async throws in
      let policy = try Self.policy(world, witnesses, quorum: "all")
      let old = try await log.append([LogWorld.entry(1).bytes])
      let new = try await log.append([LogWorld.entry(2).bytes])
      _ = try await Cosigning(policy, client: client).collect(for: new, in: world.source)
      await #expect(throws: LogKeepingError.behind(witness: "a", seen: 2, size: 1)) {
        try await Cosigning(policy, client: client).collect(for: old, in: world.source)
      }
    }
    await client.shutdown()
  }

  @Test func `what is no request to cosign is answered, and a body without end is cut off`() async throws {
    let world = try LogWorld()
    let client = LogClient()
    try await run(["a"], of: world) { witnesses async throws in
      let url = witnesses[0].url
      #expect(try await client.get("\(url)/add-checkpoint", limit: 100).status == 405)
      #expect(try await client.get("\(url)/checkpoint", limit: 100).status == 404)
      #expect(try await client.post([1], to: "\(url)/add-checkpoint", limit: 200).status == 400)
      let long = [UInt8](repeating: 65, count: LogLimits.requestByteCount + 1)
      let status = try? await client.post(long, to: "\(url)/add-checkpoint", limit: 200).status
      #expect(status == nil || status == 413)
    }
    await client.shutdown()
  }
}
