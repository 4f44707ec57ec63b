import Basics
import CanonicalJSON
import TUF
import Testing

@Suite struct FreezeTests {
  private static let past = SimulatedRepository.now.advanced(by: .seconds(-1))

  private func world(expired role: String, at time: UTCTime = past) -> World {
    World { repository in
      repository.delegate(to: "expat", key: 9, paths: ["d/*"])
      repository.addTarget("d/1.json", to: "expat")
      repository.addTarget("a.json")
      repository.publish()
      repository[role, "expires"] = .string(time.description)
      if role == "root" { repository.publishRoot() }
      repository.publish()
    }
  }

  @Test(arguments: ["timestamp", "snapshot", "targets"])
  func `an expired file is refused`(role: String) async throws {
    let world = world(expired: role)
    #expect(
      try await world.refusal()
        == .expired(file: role + ".json", expires: Self.past, now: SimulatedRepository.now))
    #expect(world.store.files[role + ".json"] == nil)
  }

  @Test(arguments: ["timestamp", "snapshot", "targets"])
  func `a file expires at its time, not after it`(role: String) async throws {
    let now = SimulatedRepository.now
    #expect(try await world(expired: role, at: now).refusal() == .expired(file: role + ".json", expires: now, now: now))
    #expect(try await world(expired: role, at: now.advanced(by: .seconds(1))).refusal() == nil)
  }

  @Test func `an expired root without a successor is refused before anything else is asked for`() async throws {
    let world = world(expired: "root")
    #expect(
      try await world.refusal()
        == .expired(file: "1.root.json", expires: Self.past, now: SimulatedRepository.now))
    #expect(world.mirror.takeRequests() == ["2.root.json"])
  }

  @Test func `an expired root with a successor does no harm`() async throws {
    let world = world(expired: "root")
    world.repository["root", "expires"] = .string(SimulatedRepository.expiry.description)
    world.repository.publishNextRoot()
    #expect(try await world.refresh().role("root")?.version == 2)
  }

  @Test func `an expired delegated role is left out, and the others are not`() async throws {
    let trusted = try await world(expired: "expat").refresh()
    #expect(trusted.targets.map(\.path.description) == ["a.json"])
    #expect(
      trusted.refusals.map(\.reason) == [
        .expired(file: "expat.json", expires: Self.past, now: SimulatedRepository.now)
      ])
    #expect(trusted.role("expat") == nil)
  }

  @Test func `a mirror that repeats an unchanged timestamp for ever is found out when it expires`() async throws {
    let world = World()
    try await world.refresh()
    let expiry = SimulatedRepository.expiry
    #expect(try await world.refusal(at: expiry.advanced(by: .seconds(-1))) == nil)
    world.repository["root", "expires"] = "2028-01-01T00:00:00Z"
    world.repository.publishNextRoot()
    #expect(try await world.refusal(at: expiry) == .expired(file: "timestamp.json", expires: expiry, now: expiry))
  }

  @Test func `a clock in the far future spoils nothing that is kept`() async throws {
    let world = World()
    try await world.refresh()
    let files = world.store.files
    let future = SimulatedRepository.now.advanced(by: .seconds(100 * 365 * 86_400))
    #expect(try await world.refusal(at: future) != nil)
    #expect(world.store.files == files)
    #expect(try await world.refusal() == nil)
  }
}
