import Basics
import CanonicalJSON
import TUF
import Testing

@Suite struct RefreshTests {
  @Test func `a first look verifies everything and accounts for who signed`() async throws {
    let world = World { repository in
      repository.addTarget("a/b.json", content: "hello", custom: ["x": 1])
      repository.delegate(to: "expat", key: 9, paths: ["d/expat/*"])
      repository.addTarget("d/expat/1.json", to: "expat")
      repository.publish()
    }
    let trusted = try await world.refresh()
    #expect(trusted.targets.map(\.path.description) == ["a/b.json", "d/expat/1.json"])
    #expect(trusted.refusals.isEmpty)
    let target = try #require(trusted.target(at: path("a/b.json")))
    #expect(target.length == 5 && target.sha256 == Digest(of: "hello".utf8) && target.custom == ["x": 1])
    #expect(target.role == "targets" && target.filePath == "a/\(target.hashes.hex).b.json")
    #expect(target.matches(Array("hello".utf8)) && !target.matches(Array("hallo".utf8)))
    #expect(trusted.target(at: path("a/c.json")) == nil)
    #expect(trusted.roles.map(\.role) == ["root", "timestamp", "snapshot", "targets", "expat"])
    #expect(trusted.role("expat")?.signers == [SimulatedRepository.key(9).id])
    #expect(trusted.role("timestamp")?.version == 2)
    #expect(trusted.role("timestamp")?.expires == SimulatedRepository.expiry)
  }

  @Test(arguments: [true, false])
  func `an unchanged repository costs exactly two requests`(comparesDigests: Bool) async throws {
    let world = World { repository in
      repository.delegate(to: "expat", key: 9, paths: ["d/*"])
      repository.addTarget("d/1.json", to: "expat")
      repository.publish()
    }
    world.mirror.change { $0.comparesDigests = comparesDigests }
    let first = try await world.refresh()
    #expect(world.mirror.takeRequests().count == 5)
    let saves = world.store.saves
    let second = try await world.refresh()
    #expect(world.mirror.takeRequests() == ["2.root.json", "timestamp.json"])
    #expect(second.targets == first.targets && second.roles == first.roles)
    #expect(world.store.saves == saves)
  }

  @Test func `only what changed is fetched again`() async throws {
    let world = World { repository in
      repository.delegate(to: "one", key: 8, paths: ["one/*"])
      repository.delegate(to: "two", key: 9, paths: ["two/*"])
      repository.publish()
    }
    try await world.refresh()
    _ = world.mirror.takeRequests()
    world.repository.addTarget("two/1.json", to: "two")
    for role in ["two", "snapshot", "timestamp"] { world.repository.bump(role) }
    world.repository.publishTargets()
    world.repository.publishSnapshot()
    world.repository.publishTimestamp()
    #expect(try await world.refresh().targets.count == 1)
    #expect(
      world.mirror.takeRequests() == ["2.root.json", "timestamp.json", "3.snapshot.json", "3.two.json"])
  }

  @Test func `metadata is kept byte for byte in the order of the specification`() async throws {
    let world = World { repository in
      repository.delegate(to: "expat", key: 9, paths: ["d/*"])
      repository.publish()
    }
    world.repository.publishNextRoot()
    try await world.refresh()
    #expect(
      world.store.saves == [
        "2.root.json", "root.json", "timestamp.json", "snapshot.json", "targets.json", "expat.json",
      ])
    let files = world.repository.files
    #expect(world.store.files["2.root.json"] == files["2.root.json"])
    #expect(world.store.files["root.json"] == files["2.root.json"])
    #expect(world.store.files["timestamp.json"] == files["timestamp.json"])
    #expect(world.store.files["snapshot.json"] == files["2.snapshot.json"])
    #expect(world.store.files["targets.json"] == files["2.targets.json"])
    #expect(world.store.files["expat.json"] == files["2.expat.json"])
  }

  @Test(arguments: ["timestamp.json", "snapshot.json", "targets.json", "expat.json", "2.root.json", "root.json"])
  func `a stored file that was damaged is fetched again, never believed`(name: String) async throws {
    let world = World { repository in
      repository.delegate(to: "expat", key: 9, paths: ["d/*"])
      repository.describesFully = false
      repository.publish()
    }
    world.repository.publishNextRoot()
    let first = try await world.refresh()
    let whole = try #require(world.store.files[name])
    var damaged = whole
    damaged[damaged.count / 2] ^= 1
    world.store.change { [damaged] in $0.files[name] = damaged }
    #expect(try await world.refresh().roles == first.roles)
    #expect(world.store.files[name] == whole)
  }

  @Test func `a repository that cannot be asked is an error, not an absence`() async throws {
    for name in ["2.root.json", "timestamp.json", "1.snapshot.json", "1.targets.json"] {
      let world = World()
      world.mirror.change { $0.broken = [name] }
      await #expect(throws: Mirror.Broken.self) { try await world.refresh() }
    }
  }

  @Test(arguments: ["timestamp.json", "1.snapshot.json", "1.targets.json"])
  func `a missing file is refused by name`(name: String) async throws {
    let world = World()
    world.repository.files[name] = nil
    #expect(try await world.refusal() == .absent(file: name))
  }

  @Test func `a fetcher that says unchanged when nothing is stored is refused`() async throws {
    struct Lazy: MetadataFetcher {
      func fetch(_ name: String, byteLimit: Int, unless known: Digest?) async -> FetchedMetadata {
        name == "timestamp.json" ? .unchanged : .absent
      }
    }
    let client = Client(pinnedRoot: World().pinnedRoot, fetcher: Lazy(), store: MemoryStore())
    await #expect(throws: Refusal.absent(file: "timestamp.json")) {
      try await client.refresh(now: SimulatedRepository.now)
    }
  }

  @Test func `power may fail at any write, and the next refresh completes`() async throws {
    func changed() -> World {
      let world = World { repository in
        repository.delegate(to: "expat", key: 9, paths: ["d/*"])
        repository.publish()
      }
      world.repository.setKeys(of: "timestamp", to: [SimulatedRepository.key(20)])
      world.repository.publishNextRoot()
      world.repository.publish()
      return world
    }
    var failures = 0
    for count in 0..<20 {
      let world = changed()
      world.store.change { $0.changesLeft = count }
      do {
        try await world.refresh()
      } catch is MemoryStore.PowerFailure {
        failures += 1
      }
      world.store.change { $0.changesLeft = nil }
      #expect(try await world.refresh().roles.map(\.version) == [2, 3, 3, 3, 3])
    }
    // Two roots, two removals, four other files: the probe must have met each of them.
    #expect(failures == 8)
  }

  @Test func `without consistent snapshots files have plain names`() async throws {
    let world = World { repository in
      repository["root", "consistent_snapshot"] = nil
      repository.addTarget("a/b.json")
      repository.publishRoot()
      repository.publish()
      for role in ["snapshot", "targets"] { repository.files[role + ".json"] = repository.bytes(of: role) }
    }
    let trusted = try await world.refresh()
    #expect(trusted.targets.map(\.filePath) == ["a/b.json"])
    #expect(world.mirror.takeRequests() == ["2.root.json", "timestamp.json", "snapshot.json", "targets.json"])
  }
}
