import Basics
import CanonicalJSON
import TUF
import Testing

@Suite struct RollbackTests {
  /// A device that trusts version 3 of everything but root, and the files of version 2 as an attacker kept them.
  private func advanced() async throws -> (World, old: SimulatedRepository) {
    let world = World { repository in
      repository.delegate(to: "expat", key: 9, paths: ["d/*"])
      repository.publish()
    }
    let old = world.repository
    world.repository.publish()
    try await world.refresh()
    return (world, old)
  }

  @Test func `a rolled back timestamp is refused`() async throws {
    let (world, old) = try await advanced()
    world.repository.files["timestamp.json"] = old.files["timestamp.json"]
    #expect(try await world.refusal() == .rollback(file: "timestamp.json", found: 2, trusted: 3))
    let kept = try #require(world.store.files["timestamp.json"])
    world.repository.files["timestamp.json"] = kept
    #expect(try await world.refresh().role("timestamp")?.version == 3)
  }

  @Test func `a new timestamp that names an older snapshot is refused`() async throws {
    let (world, _) = try await advanced()
    world.repository.bump("snapshot", by: -1)
    world.repository.bump("timestamp")
    world.repository.publishSnapshot()
    world.repository.publishTimestamp()
    #expect(try await world.refusal() == .rollback(file: "snapshot.json", found: 2, trusted: 3))
  }

  @Test func `a snapshot is not gone back behind though the stored timestamp was lost`() async throws {
    let (world, old) = try await advanced()
    world.store.change { $0.files["timestamp.json"] = nil }
    world.repository = old
    #expect(try await world.refusal() == .rollback(file: "snapshot.json", found: 2, trusted: 3))
  }

  @Test(arguments: ["targets", "expat"])
  func `a new snapshot that names an older targets file is refused`(role: String) async throws {
    let (world, _) = try await advanced()
    world.repository.bump(role, by: -1)
    world.repository.bump("snapshot")
    world.repository.bump("timestamp")
    world.repository.publishTargets()
    world.repository.publishSnapshot()
    world.repository.publishTimestamp()
    #expect(try await world.refusal() == .rollback(file: role + ".json", found: 2, trusted: 3))
  }

  @Test func `a new snapshot that no longer names a delegated role is refused`() async throws {
    let (world, _) = try await advanced()
    var meta = world.repository["snapshot", "meta"]?.object ?? [:]
    meta["expat.json"] = nil
    world.repository["snapshot", "meta"] = .object(meta)
    world.repository.bump("snapshot")
    world.repository.bump("timestamp")
    world.repository.publishSnapshot()
    world.repository.publishTimestamp()
    #expect(try await world.refusal() == .noLongerListed(file: "expat.json"))
  }

  @Test func `an older root under the next root's name is refused`() async throws {
    let world = World()
    world.repository.files["2.root.json"] = world.repository.files["1.root.json"]
    #expect(try await world.refusal() == .rootOutOfOrder(found: 1, wanted: 2))
  }

  @Test func `a root that skips a version is refused`() async throws {
    let world = World()
    world.repository.bump("root", by: 2)
    world.repository.files["2.root.json"] = world.repository.bytes(of: "root")
    #expect(try await world.refusal() == .rootOutOfOrder(found: 3, wanted: 2))
  }

  @Test func `another timestamp of the same version is discarded without an error`() async throws {
    let (world, _) = try await advanced()
    let kept = world.store.files["timestamp.json"]
    world.repository["timestamp", "expires"] = "2027-01-01T00:00:00Z"
    world.repository.publishTimestamp()
    #expect(try await world.refresh().role("timestamp")?.expires == SimulatedRepository.expiry)
    #expect(world.store.files["timestamp.json"] == kept)
  }

  @Test func `what is remembered guards even after it has expired`() async throws {
    let (world, old) = try await advanced()
    let later = SimulatedRepository.expiry.advanced(by: .seconds(1))
    world.repository = old
    for role in ["root", "targets", "expat", "snapshot", "timestamp"] {
      world.repository[role, "expires"] = "2028-01-01T00:00:00Z"
    }
    world.repository.publishNextRoot()
    world.repository.publishTargets()
    world.repository.publishSnapshot()
    world.repository.publishTimestamp()
    #expect(try await world.refusal(at: later) == .rollback(file: "timestamp.json", found: 2, trusted: 3))
  }
}
