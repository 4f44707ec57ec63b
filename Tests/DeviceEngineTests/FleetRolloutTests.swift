import Basics
import DeviceEngine
import DeviceTestSupport
import Improvements
import Linux
import TestSupport
import Testing

/// Many devices, each a whole one in a folder of its own, over one repository.
@Suite struct FleetRolloutTests {
  private static let count = 12

  private struct Member {
    let layout: DeviceLayout
    let ring: Ring
    let cohort: Cohort
  }

  /// Every fourth is early.
  private func fleet(_ world: World) throws -> [Member] {
    var random = SeededGenerator(seed: 4)
    return try (0..<Self.count).map { number in
      let ring: Ring = number % 4 == 0 ? .early : .late
      let layout = try world.addDevice("device-\(number)", ring: ring)
      let id = DeviceID(using: &random)
      try layout.state.write(Array(#"{"format":1,"id":"\#(id)"}"#.utf8), to: path("device-id"), mode: 0o600)
      return Member(layout: layout, ring: ring, cohort: Cohort(of: id, stream: world.stream, serial: .first))
    }
  }

  /// Has each device look; those that have the improvement then, by number.
  private func looks(_ fleet: [Member], _ world: inout World, at time: UTCTime) async throws -> Set<Int> {
    try world.signTime(time)
    var having: Set<Int> = []
    for (number, member) in fleet.enumerated() {
      let running = try RunningDevice(member.layout, services: [], clock: ManualClock(time))
      try await running.device.recover()
      try await running.device.lookAndApply()
      if try running.loaded(world.file) == world.new { having.insert(number) }
    }
    return having
  }

  @Test func `a pause in the middle of a rollout stops the fleet where it is, and resuming goes on from there`()
    async throws
  {
    var world = try World()
    let desk = try RolloutDesk(in: &world)
    let day = try RolloutTests.day(from: world.now)
    try world.publish(limit: day)
    let fleet = try fleet(world)
    func reached(_ schedules: RingSchedules, at time: UTCTime) -> Set<Int> {
      Set(fleet.indices.filter { schedules[fleet[$0].ring].share(at: time) > fleet[$0].cohort.number })
    }
    func after(_ hours: Int64) -> UTCTime { world.now.advanced(by: .seconds(hours * 3_600)) }

    try desk.publish([world.rollout(day, limit: day)], sequence: 1, in: &world)
    var having = try await looks(fleet, &world, at: world.now)
    #expect(having == reached(day, at: world.now))
    having = try await looks(fleet, &world, at: after(8))
    #expect(having == reached(day, at: after(8)))
    // Three are early; of the late ones these ids bring some within eight hours, and not all.
    #expect(having.count > 3 && having.count < Self.count, "\(having.count)")

    try desk.publish([world.rollout(day, limit: day, frozenAt: after(8))], sequence: 2, in: &world, now: after(9))
    let paused = try await looks(fleet, &world, at: after(24))
    #expect(paused == having)

    let resumed = RingSchedules(
      early: try day.early.resumed(frozenAt: after(8), until: after(30)),
      late: try day.late.resumed(frozenAt: after(8), until: after(30)))
    try desk.publish([world.rollout(resumed, limit: day)], sequence: 3, in: &world, now: after(30))
    let atOnce = try await looks(fleet, &world, at: after(30))
    #expect(atOnce == having)
    let more = try await looks(fleet, &world, at: after(38))
    #expect(more == reached(resumed, at: after(38)) && more.isSuperset(of: having))
    let last = try await looks(fleet, &world, at: after(46))
    #expect(last.count == Self.count)
  }
}
