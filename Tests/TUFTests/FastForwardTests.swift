import CanonicalJSON
import TUF
import Testing

@Suite struct FastForwardTests {
  private static let far: Int64 = 1 << 53 - 1

  /// A device that was made to trust the last version that there is, by stolen online keys.
  private func poisoned(timestampKeys: [SigningKey] = [SimulatedRepository.key(4)]) async throws -> World {
    let world = World { repository in
      repository.setKeys(of: "timestamp", to: timestampKeys)
      repository.publishRoot()
      repository.publish()
    }
    let honest = world.repository
    world.repository["targets", "version"] = .integer(Self.far)
    world.repository["snapshot", "version"] = .integer(Self.far)
    world.repository["timestamp", "version"] = .integer(Self.far)
    world.repository.publishTargets()
    world.repository.publishSnapshot()
    world.repository.publishTimestamp()
    try await world.refresh()
    world.repository = honest
    world.repository.publish()
    return world
  }

  @Test func `without new keys a fast-forwarded device stays stuck, and says so`() async throws {
    let world = try await poisoned()
    #expect(
      try await world.refusal() == .rollback(file: "timestamp.json", found: 3, trusted: Int(Self.far)))
  }

  @Test func `a new timestamp key frees timestamp, snapshot and targets`() async throws {
    let world = try await poisoned()
    world.repository.setKeys(of: "timestamp", to: [SimulatedRepository.key(20)])
    world.repository.publishNextRoot()
    world.repository.publishTimestamp()
    #expect(try await world.refresh().roles.map(\.version) == [2, 3, 3, 3])
  }

  @Test func `a new snapshot key frees them as well`() async throws {
    let world = try await poisoned()
    world.repository.setKeys(of: "snapshot", to: [SimulatedRepository.key(20)])
    world.repository.publishNextRoot()
    world.repository.publishSnapshot()
    world.repository.publishTimestamp()
    #expect(try await world.refresh().roles.map(\.version) == [2, 3, 3, 3])
  }

  @Test func `a new snapshot key frees a delegated role too`() async throws {
    let world = World { repository in
      repository.delegate(to: "expat", key: 9, paths: ["d/*"])
      repository.publish()
    }
    let honest = world.repository
    world.repository["expat", "version"] = .integer(Self.far)
    for role in ["snapshot", "timestamp"] { world.repository.bump(role) }
    world.repository.publishTargets()
    world.repository.publishSnapshot()
    world.repository.publishTimestamp()
    #expect(try await world.refresh().role("expat")?.version == Int(Self.far))
    world.repository = honest
    world.repository.publish()
    world.repository.publish()
    #expect(try await world.refusal() == .rollback(file: "expat.json", found: 4, trusted: Int(Self.far)))
    world.repository.setKeys(of: "snapshot", to: [SimulatedRepository.key(20)])
    world.repository.publishNextRoot()
    world.repository.publishSnapshot()
    world.repository.publishTimestamp()
    #expect(try await world.refresh().role("expat")?.version == 4)
  }

  @Test func `replacing one key of two frees the device though the other has signed the poison`() async throws {
    let (stolen, kept) = (SimulatedRepository.key(20), SimulatedRepository.key(21))
    let world = try await poisoned(timestampKeys: [stolen, kept])
    world.repository.setKeys(of: "timestamp", to: [kept, SimulatedRepository.key(22)])
    world.repository.publishNextRoot()
    world.repository.publishTimestamp()
    #expect(try await world.refresh().role("timestamp")?.version == 3)
  }

  @Test func `keys that were replaced and restored free the device too`() async throws {
    let world = try await poisoned()
    let key = SimulatedRepository.key(4)
    world.repository.setKeys(of: "timestamp", to: [SimulatedRepository.key(20)])
    world.repository.publishNextRoot()
    world.repository.setKeys(of: "timestamp", to: [key])
    world.repository.publishNextRoot()
    #expect(try await world.refresh().role("timestamp")?.version == 3)
  }

  @Test func `a root that rotates no online key keeps the memory`() async throws {
    let world = try await poisoned()
    world.repository.setKeys(of: "targets", to: [SimulatedRepository.key(20)])
    world.repository.publishNextRoot()
    #expect(
      try await world.refusal() == .rollback(file: "timestamp.json", found: 3, trusted: Int(Self.far)))
  }

  @Test func `a rotation is not forgotten when power fails before the poison is removed`() async throws {
    let kept = SimulatedRepository.key(21)
    for count in 0..<6 {
      let world = try await poisoned(timestampKeys: [SimulatedRepository.key(20), kept])
      world.repository.setKeys(of: "timestamp", to: [kept, SimulatedRepository.key(22)])
      world.repository.publishNextRoot()
      world.repository.publishTimestamp()
      world.store.change { $0.changesLeft = count }
      await #expect(throws: MemoryStore.PowerFailure.self) { try await world.refresh() }
      world.store.change { $0.changesLeft = nil }
      #expect(try await world.refresh().role("timestamp")?.version == 3)
    }
  }

  @Test func `a rotation that a device has followed does not wipe its memory again`() async throws {
    let world = World { repository in
      repository.setKeys(of: "timestamp", to: [SimulatedRepository.key(20), SimulatedRepository.key(21)])
      repository.publishRoot()
      repository.publish()
    }
    world.repository.setKeys(of: "timestamp", to: [SimulatedRepository.key(21)])
    world.repository.publishNextRoot()
    world.repository.publish()
    let old = world.repository
    world.repository.publish()
    try await world.refresh()
    world.repository = old
    #expect(try await world.refusal() == .rollback(file: "timestamp.json", found: 3, trusted: 4))
  }

  @Test func `a newer pinned root with other online keys frees the device`() async throws {
    let kept = SimulatedRepository.key(21)
    let world = try await poisoned(timestampKeys: [SimulatedRepository.key(20), kept])
    world.repository.setKeys(of: "timestamp", to: [kept, SimulatedRepository.key(22)])
    world.repository.publishNextRoot()
    world.repository.publishTimestamp()
    world.mirror.serve(world.repository.files)
    let pinned = try #require(world.repository.files["2.root.json"])
    let client = Client(pinnedRoot: pinned, fetcher: world.mirror, store: world.store)
    #expect(try await client.refresh(now: SimulatedRepository.now).role("timestamp")?.version == 3)
  }
}
