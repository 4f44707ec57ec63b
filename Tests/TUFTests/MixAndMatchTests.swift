import CanonicalJSON
import TUF
import Testing

@Suite struct MixAndMatchTests {
  /// Two versions of a repository; with `full` the files are bound by digest, else by version alone.
  private func world(full: Bool) -> World {
    World { repository in
      repository.describesFully = full
      repository.delegate(to: "expat", key: 9, paths: ["d/*"])
      repository.addTarget("d/1.json", to: "expat")
      repository.publish()
      repository.publish()
    }
  }

  @Test(arguments: ["snapshot", "targets"])
  func `an older file under the new name is refused by its digest`(role: String) async throws {
    let world = world(full: true)
    world.repository.files["3.\(role).json"] = world.repository.files["2.\(role).json"]
    guard case .digestMismatch(let file, _) = try await world.refusal() else {
      Issue.record("not refused by digest")
      return
    }
    #expect(file == role + ".json")
  }

  @Test(arguments: ["snapshot", "targets"])
  func `an older file under the new name is refused by its version`(role: String) async throws {
    let world = world(full: false)
    world.repository.files["3.\(role).json"] = world.repository.files["2.\(role).json"]
    #expect(try await world.refusal() == .versionMismatch(file: role + ".json", found: 2, listed: 3))
  }

  @Test(arguments: [true, false])
  func `an older delegated file under the new name is left out`(full: Bool) async throws {
    let world = world(full: full)
    world.repository.files["3.expat.json"] = world.repository.files["2.expat.json"]
    let trusted = try await world.refresh()
    #expect(trusted.targets.isEmpty)
    #expect(trusted.refusals.map(\.role) == ["expat"])
  }

  @Test func `two files of one version from two mirrors are told apart by the digest`() async throws {
    let world = world(full: true)
    world.repository["targets", "expires"] = "2029-01-01T00:00:00Z"
    world.repository.files["3.targets.json"] = world.repository.bytes(of: "targets")
    guard case .digestMismatch = try await world.refusal() else {
      Issue.record("not refused by digest")
      return
    }
  }

  @Test func `a snapshot that lists another targets file than there is is refused`() async throws {
    let world = world(full: false)
    world.repository.bump("targets")
    world.repository.list("targets", in: "snapshot")
    world.repository.files["4.targets.json"] = world.repository.files["3.targets.json"]
    world.repository.publishSnapshot()
    world.repository.publishTimestamp()
    #expect(try await world.refusal() == .versionMismatch(file: "targets.json", found: 3, listed: 4))
  }

  @Test(arguments: [-1, 1])
  func `a listed length that is off by one is refused`(difference: Int64) async throws {
    let world = world(full: true)
    let length = try #require(world.repository["timestamp", "meta"]?["snapshot.json"]?["length"]?.integer)
    world.repository["timestamp", "meta"] = [
      "snapshot.json": ["version": 3, "length": .integer(length + difference)]
    ]
    world.repository.publishTimestamp()
    let wanted: Refusal =
      difference < 0
      ? .tooLong(file: "3.snapshot.json", limit: Int(length - 1))
      : .lengthMismatch(file: "snapshot.json", found: Int(length), listed: Int(length + 1))
    #expect(try await world.refusal() == wanted)
  }

  @Test func `a role's file cannot stand for another role's`() async throws {
    // One key for all roles: only the type tells the files apart.
    let key = SimulatedRepository.key(1)
    let world = World { repository in
      repository.describesFully = false
      for role in ["root", "targets", "snapshot", "timestamp"] { repository.setKeys(of: role, to: [key]) }
      repository.publishRoot()
      repository.publish()
    }
    world.repository.files["2.targets.json"] = world.repository.files["2.snapshot.json"]
    #expect(
      try await world.refusal() == .wrongType(file: "targets.json", found: "snapshot", wanted: "targets"))
    world.repository.files["timestamp.json"] = world.repository.files["1.root.json"]
    world.store.change { $0.files = [:] }
    #expect(
      try await world.refusal() == .wrongType(file: "timestamp.json", found: "root", wanted: "timestamp"))
  }
}
