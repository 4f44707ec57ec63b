import Basics
import CanonicalJSON
import TUF
import Testing

/// The clock is not the only word on time: the timestamp says when it was signed.
@Suite struct SignedTimeTests {
  private static let now = SimulatedRepository.now
  private static let day: Duration = .seconds(86_400)

  /// A repository whose timestamp says when it was signed, and whose stream's role expires ten days from now.
  private func world() -> World {
    World { repository in
      repository.delegate(to: "expat", key: 9, paths: ["expat/*"])
      repository.addTarget("expat/1", to: "expat")
      repository["expat", "expires"] = .string("\(Self.now.advanced(by: Self.day * 10))")
      repository["timestamp", "signedAt"] = .string("\(Self.now)")
      repository.publish()
    }
  }

  private func sign(_ world: World, after time: Duration) {
    world.repository["timestamp", "signedAt"] = .string("\(Self.now.advanced(by: time))")
    world.repository.bump("timestamp")
    world.repository.publishTimestamp()
  }

  @Test func `a clock set to the past does not revive what expired before the newest signed time`() async throws {
    let world = world()
    #expect(try await world.refresh().targets.count == 1)
    sign(world, after: Self.day * 20)
    let past = Self.now.advanced(by: Self.day * -2_000)
    let repository = try await world.refresh(at: past)
    #expect(repository.targets.isEmpty && repository.refusals.map(\.role) == ["expat"])
  }

  @Test func `a first look with a clock set to the past goes by the signed time`() async throws {
    let world = world()
    sign(world, after: Self.day * 20)
    #expect(try await world.refresh(at: UTCTime(secondsSinceEpoch: 0)).targets.isEmpty)
  }

  @Test func `a timestamp that was signed before the one that is trusted is refused, or one that does not say`()
    async throws
  {
    let world = world()
    try await world.refresh()
    sign(world, after: Self.day * -1)
    #expect(
      try await world.refusal()
        == .signedEarlier(file: "timestamp.json", found: Self.now.advanced(by: Self.day * -1), trusted: Self.now))
    world.repository["timestamp", "signedAt"] = nil
    world.repository.bump("timestamp")
    world.repository.publishTimestamp()
    #expect(try await world.refusal() == .signedEarlier(file: "timestamp.json", found: nil, trusted: Self.now))
  }

  @Test func `a clock set to the far future refuses while it is wrong, and locks nobody out for ever`() async throws {
    let world = world()
    try await world.refresh()
    let future = try #require(UTCTime("2099-01-01T00:00:00Z"))
    #expect(try await world.refusal(at: future) != nil)
    #expect(try await world.refresh().targets.count == 1)
  }

  @Test func `a stolen timestamp key that signed a time far ahead is overcome by a root that replaces it`() async throws
  {
    let world = world()
    try await world.refresh()
    world.repository["timestamp", "expires"] = "2101-01-01T00:00:00Z"
    sign(world, after: Self.day * 20_000)
    // Everything else has expired by then: a freeze, and no more.
    #expect(try await world.refusal() != nil)
    world.repository.setKeys(of: "timestamp", to: [SimulatedRepository.key(20)])
    world.repository.publishNextRoot()
    world.repository["timestamp", "expires"] = .string("\(SimulatedRepository.expiry)")
    sign(world, after: .seconds(60))
    #expect(try await world.refresh(at: Self.now.advanced(by: .seconds(60))).targets.count == 1)
  }

  @Test func `a publisher's timestamp says when it was signed`() async throws {
    var publisher = try Publisher()
    try publisher.publish()
    let store = MemoryStore()
    let update = try await publisher.client(store).update(now: Publisher.now)
    #expect(update.signedTime == Publisher.now)
  }

  @Test(arguments: ["\"soon\"", "0", "null", "\"2026-11-23\""])
  func `a signed time that is none refuses the timestamp`(text: String) async throws {
    let world = world()
    world.repository["timestamp", "signedAt"] = try JSON(parsing: Array(text.utf8))
    world.repository.bump("timestamp")
    world.repository.publishTimestamp()
    #expect(try await world.refusal() != nil)
  }
}
