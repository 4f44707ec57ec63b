import Basics
import CanonicalJSON
import TUF
import Testing

@Suite struct RootRotationTests {
  private static let new = SimulatedRepository.key(50)
  private static let old = SimulatedRepository.key(1)

  /// A repository whose second root has a new root key, signed by these keys.
  private func rotated(signedBy signers: [SigningKey]) -> World {
    let world = World()
    world.repository.setKeys(of: "root", to: [Self.new])
    world.repository.bump("root")
    world.repository.signers["root"] = signers
    world.repository.publishRoot()
    return world
  }

  @Test func `a new root signed by the old and the new keys is trusted`() async throws {
    let trusted = try await rotated(signedBy: [Self.old, Self.new]).refresh()
    #expect(trusted.role("root")?.version == 2)
    #expect(trusted.role("root")?.signers == [Self.new.id])
  }

  @Test func `a new root signed by the new keys alone is refused`() async throws {
    #expect(
      try await rotated(signedBy: [Self.new]).refusal()
        == .tooFewSignatures(file: "2.root.json", role: "root of version 1", valid: 0, threshold: 1))
  }

  @Test func `a new root signed by the old keys alone is refused`() async throws {
    #expect(
      try await rotated(signedBy: [Self.old]).refusal()
        == .tooFewSignatures(file: "2.root.json", role: "root", valid: 0, threshold: 1))
  }

  @Test func `both thresholds hold, the old one and the new one`() async throws {
    let keys = (60..<65).map { SimulatedRepository.key($0) }
    for (signers, refused) in [
      ([0, 1, 2, 3, 4], false), ([0, 2, 3, 4], true), ([0, 1, 2, 3], true), ([0, 1, 2, 3, 3], true),
    ] {
      let world = World { repository in
        repository.setKeys(of: "root", to: [keys[0], keys[1]], threshold: 2)
        repository.publishRoot()
      }
      world.repository.setKeys(of: "root", to: [keys[2], keys[3], keys[4]], threshold: 3)
      world.repository.bump("root")
      world.repository.signers["root"] = signers.map { keys[$0] }
      world.repository.publishRoot()
      #expect(try await (world.refusal() != nil) == refused)
    }
  }

  @Test func `a refused root leaves the trusted one in force`() async throws {
    let world = rotated(signedBy: [Self.new])
    #expect(try await world.refusal() != nil)
    #expect(world.store.files["2.root.json"] == nil)
    world.repository.files["2.root.json"] = nil
    #expect(try await world.refresh().role("root")?.version == 1)
  }

  @Test func `what came before a refused root is kept`() async throws {
    let world = World()
    world.repository.publishNextRoot()
    let second = world.repository.files["2.root.json"]
    world.repository.signers["root"] = [Self.new]
    world.repository.publishNextRoot()
    #expect(try await world.refusal() != nil)
    #expect(world.store.files["2.root.json"] == second && world.store.files["root.json"] == second)
    #expect(world.store.files["3.root.json"] == nil && world.store.files["timestamp.json"] == nil)
  }

  @Test func `a root that has expired is kept, and nothing is believed under it`() async throws {
    let world = World()
    try await world.refresh()
    let kept = world.store.files["timestamp.json"]
    world.repository["root", "expires"] = "2020-01-01T00:00:00Z"
    world.repository.publishNextRoot()
    world.repository.publish()
    guard case .expired("2.root.json", _, _) = try await world.refusal() else {
      Issue.record("not refused as expired")
      return
    }
    #expect(world.store.files["root.json"] == world.repository.files["2.root.json"])
    #expect(world.store.files["timestamp.json"] == kept)
  }

  @Test func `an intermediate root may have expired`() async throws {
    let world = World()
    world.repository["root", "expires"] = "2020-01-01T00:00:00Z"
    world.repository.publishNextRoot()
    world.repository["root", "expires"] = .string(SimulatedRepository.expiry.description)
    world.repository.publishNextRoot()
    #expect(try await world.refresh().role("root")?.version == 3)
  }

  @Test func `the chain is walked from the pinned root again, from the store`() async throws {
    let world = World()
    for number in 0..<5 {
      let before = world.repository.signers["root"] ?? []
      world.repository.setKeys(of: "root", to: [SimulatedRepository.key(UInt8(100 + number))])
      world.repository.publishNextRoot(alsoSignedBy: before)
    }
    #expect(try await world.refresh().role("root")?.version == 6)
    _ = world.mirror.takeRequests()
    #expect(try await world.refresh().role("root")?.version == 6)
    #expect(world.mirror.takeRequests() == ["7.root.json", "timestamp.json"])
    // A mirror that loses the old roots does no harm to a device that has them.
    for version in 2...6 { world.repository.files["\(version).root.json"] = nil }
    #expect(try await world.refresh().role("root")?.version == 6)
  }

  @Test func `a forged root in the store is not believed, because its chain is verified`() async throws {
    let world = World()
    try await world.refresh()
    var forged = SimulatedRepository()
    forged.setKeys(of: "root", to: [Self.new])
    forged.publishNextRoot()
    let file = try #require(forged.files["2.root.json"])
    world.store.change { state in
      state.files["2.root.json"] = file
      state.files["root.json"] = file
    }
    #expect(try await world.refresh().role("root")?.signers == [Self.old.id])
  }

  @Test func `one refresh follows a bounded number of rotations, the next goes on`() async throws {
    let world = World()
    let count = Limits.rootRotations + 3
    for _ in 0..<count { world.repository.publishNextRoot() }
    #expect(try await world.refresh().role("root")?.version == Limits.rootRotations + 1)
    #expect(world.mirror.takeRequests().filter { $0.hasSuffix("root.json") }.count == Limits.rootRotations)
    #expect(try await world.refresh().role("root")?.version == count + 1)
  }

  @Test func `a pinned root that is not signed by its own keys is refused`() async throws {
    let world = World { repository in
      repository.signers["root"] = [Self.new]
      repository.publishRoot()
    }
    #expect(
      try await world.refusal()
        == .tooFewSignatures(file: "the pinned root", role: "root", valid: 0, threshold: 1))
  }

  @Test func `a replaced targets key no longer speaks`() async throws {
    let world = World()
    try await world.refresh()
    world.repository.setKeys(of: "targets", to: [Self.new])
    world.repository.publishNextRoot()
    #expect(
      try await world.refusal()
        == .tooFewSignatures(file: "targets.json", role: "targets", valid: 0, threshold: 1))
    world.repository.publish()
    #expect(try await world.refresh().role("targets")?.signers == [Self.new.id])
  }
}
