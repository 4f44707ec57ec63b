import Basics
import Improvements
import Linux
import Publishing
import TUF
import TestSupport
import Testing

@Suite struct RolloutTests {
  private func stage(_ world: PublisherWorld, late: String = "0%@0,100%@1d") async throws {
    var request = Workspace.ImportRequest(
      baselines: [try world.build("1.0-1+deb12u1", library: "old code")],
      improved: try world.build("1.0-1+deb12u2", library: "new code"))
    request.fastest = [.late: try Ramp(parsing: late)]
    guard case .staged = try await world.workspace.importing(request, now: world.now) else {
      throw PublishingError.nothingToPublish
    }
  }

  private func record(_ world: PublisherWorld) throws -> RolloutRecord {
    let files = try world.published().filter { $0.key.description.hasPrefix("targets/rollout/") }
    let records = try files.values.map { try RolloutRecord(parsing: $0) }
    return try #require(records.max { $0.sequence < $1.sequence })
  }

  private func change(
    _ world: PublisherWorld, _ change: RolloutChange, of component: String? = "libdemo1", hours: Int
  ) async throws -> [RolloutAccount] {
    try await world.workspace.changeRollouts(
      change, of: component, now: world.now.advanced(by: .seconds(hours * 3_600)))
  }

  @Test(
    arguments: [
      ("1%@0,10%@6h,100%@1d", [0, 100, 21_600, 1_000, 86_400, 10_000]), ("now", [0, 10_000]),
      ("0.01%@0,33.3%@30min,100%@90s", []), ("0%@5s", [5, 0]), ("12.34%@0", [0, 1_234]), ("0.5%@0", [0, 50]), ("", []),
      ("100%", []), ("101%@0", []), ("1%@1", []), ("1%@-1s", []), ("1%@0,", []), ("1e2%@0", []), ("1.234%@0", []),
      ("50%@0,40%@1h", []), ("1 %@0", []), ("1%@99999999d", []),
    ] as [(String, [Int])])
  func `a ramp is read as people write it, or refused`(text: String, wanted: [Int]) throws {
    guard let ramp = try? Ramp(parsing: text) else {
      #expect(wanted.isEmpty && refuses(text))
      return
    }
    let points = try ramp.schedule(from: UTCTime(secondsSinceEpoch: 0)).points
    #expect(points.flatMap { [Int($0.time.secondsSinceEpoch), $0.share] } == wanted)
  }

  private func refuses(_ text: String) -> Bool {
    do throws(PublishingError) { _ = try Ramp(parsing: text) } catch { return error == .badRamp(text) }
    return false
  }

  @Test func `the first publication begins the rollout as fast as the manifest allows, and the second leaves it alone`()
    async throws
  {
    let world = try PublisherWorld()
    try await stage(world)
    // Reviewed and published two hours after it was built.
    _ = try await world.publish(later: .seconds(7_200))
    let first = try record(world)
    let rollout = try #require(first.rollouts.first)
    let limit = try #require(try await world.verify(later: .seconds(7_200)).improvements.first?.manifest.rollout)
    #expect(rollout.frozenAt == nil && rollout.schedules.isNoFaster(than: limit))
    #expect(
      rollout.schedules.late.points.map(\.time) == limit.late.points.map { $0.time.advanced(by: .seconds(7_200)) })
    _ = try await world.publish(later: .seconds(10_800))
    #expect(try record(world) == first)
  }

  @Test func `an improvement without a limit has no rollout until one is wanted`() async throws {
    let world = try PublisherWorld()
    try await world.importing()
    _ = try await world.publish()
    #expect(try world.workspace.rollouts(now: world.now).isEmpty)
    #expect(try !world.published().keys.contains { $0.description.hasPrefix("targets/rollout/") })
    // The button that halts works all the same.
    let paused = try await change(world, .pause, hours: 1)
    #expect(paused.map(\.rollout.frozenAt) == [world.now.advanced(by: .seconds(3_600))])
    _ = try await world.publish(later: .seconds(3_600))
    #expect(try record(world).rollouts == paused.map(\.rollout))
  }

  @Test func `what is paused is resumed from where it stood, and leaves the record once everybody is reached`()
    async throws
  {
    let world = try PublisherWorld()
    try await stage(world)
    _ = try await world.publish()
    let paused = try await change(world, .pause, hours: 6)
    #expect(paused.map { $0.shares[.late] } == [2_500])
    // Pressed again it is paused since then still.
    #expect(try await change(world, .pause, hours: 7) == paused)
    await #expect(throws: PublishingError.rolloutPaused(component: "libdemo1")) {
      try await change(world, .ramp([.late: Ramp(parsing: "now")]), hours: 8)
    }
    let resumed = try await change(world, .resume, hours: 16)
    #expect(resumed.map { $0.shares[.late] } == [2_500])
    #expect(resumed.first?.rollout.schedules.end == world.now.advanced(by: .seconds(34 * 3_600)))
    await #expect(throws: PublishingError.notPaused(component: "libdemo1")) {
      try await change(world, .resume, hours: 17)
    }
    _ = try await world.publish(later: .seconds(17 * 3_600))
    #expect(try record(world).rollouts.count == 1)
    // With the next record it is gone, for everybody is reached.
    _ = try await change(world, .ramp([.late: Ramp(parsing: "100%@0")]), hours: 35)
    #expect(try world.workspace.rollouts(now: world.now).isEmpty)
  }

  @Test func `a ramp faster than the manifest's limit is not signed`() async throws {
    let world = try PublisherWorld()
    try await stage(world)
    _ = try await world.publish()
    await #expect(throws: PublishingError.rampTooFast(component: "libdemo1")) {
      try await change(world, .ramp([.late: Ramp(parsing: "now")]), hours: 1)
    }
    let slower = try await change(world, .ramp([.late: Ramp(parsing: "0%@0,100%@4d")]), hours: 1)
    #expect(slower.first?.rollout.schedules.end == world.now.advanced(by: .seconds(97 * 3_600)))
  }

  @Test func `every record has a greater sequence, whatever was changed`() async throws {
    let world = try PublisherWorld()
    try await stage(world)
    _ = try await world.publish()
    var last = try record(world).sequence
    for (hour, change) in [RolloutChange.pause, .resume, .ramp([.late: try Ramp(parsing: "0%@0,100%@2d")])].enumerated()
    {
      _ = try await self.change(world, change, hours: hour + 1)
      _ = try await world.publish(later: .seconds(3_600 * (hour + 1)))
      let next = try record(world).sequence
      #expect(next > last)
      last = next
    }
  }

  @Test func `all that is being rolled out is paused and resumed at once`() async throws {
    let world = try PublisherWorld()
    try await stage(world)
    _ = try await world.publish()
    #expect(try await change(world, .pause, of: nil, hours: 1).count == 1)
    await #expect(throws: PublishingError.noRollouts) { try await change(world, .pause, of: nil, hours: 2) }
    #expect(try await change(world, .resume, of: nil, hours: 3).count == 1)
  }

  @Test func `the rollout key and the online ones are enough for rollouts, and for nothing else`() async throws {
    let world = try PublisherWorld()
    try await stage(world)
    _ = try await world.publish()
    let keys = try world.workspace.directory.directory(path("keys"))
    for name in try keys.names() where !["rollout.json", "snapshot.json", "timestamp.json"].contains(name) {
      try keys.remove(path(name))
    }
    try world.reopen()
    _ = try await change(world, .pause, hours: 1)
    await #expect(throws: PublishingError.self) {
      try await world.importing([("1.0-1+deb12u2", "new code")], fixed: ("1.0-1+deb12u3", "newest code"))
    }
    await #expect(throws: PublishingError.self) {
      try await world.workspace.withdrawing(
        "libdemo1", serial: 1, reason: "none", as: [.build, .review], now: world.now)
    }
    try keys.remove(path("rollout.json"))
    try world.reopen()
    await #expect(throws: PublishingError.missingKey(files: ["keys/rollout.json"], role: "rollout")) {
      try await change(world, .resume, hours: 2)
    }
    // Publishing goes on without it.
    _ = try await world.publish(later: .seconds(7_200))
  }

  @Test func `a component that was never published has nothing to roll out`() async throws {
    let world = try PublisherWorld()
    await #expect(throws: PublishingError.self) { try await change(world, .pause, of: "libother", hours: 0) }
    await #expect(throws: PublishingError.noRollouts) { try await change(world, .pause, of: nil, hours: 0) }
  }
}
