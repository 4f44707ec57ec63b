import Basics
import DeviceEngine
import DeviceTestSupport
import Improvements
import Journal
import Linux
import TUF
import TestSupport
import Testing

/// A device's turn, and what its owner may do before it.
@Suite struct RolloutTests {
  static let id = DeviceID("000102030405060708090a0b0c0d0e0f")

  let stream = Stream("debian-12/amd64/libdemo")

  /// A world with one device of a known id, an improvement, and a rollout key.
  static func world(limit: RingSchedules? = nil) throws -> (World, RolloutDesk) {
    var world = try World()
    let desk = try RolloutDesk(in: &world)
    try world.setDeviceID(#require(id))
    try world.publish(limit: limit)
    return (world, desk)
  }

  /// Early at once, late over a day.
  static func day(from begin: UTCTime) throws -> RingSchedules {
    RingSchedules(
      early: .everybody(from: begin),
      late: try RolloutSchedule([.init(begin, 0), .init(begin.advanced(by: .seconds(86_400)), 10_000)]))
  }

  static func cohort(_ world: World, serial: Serial = .first) throws -> Cohort {
    Cohort(of: try #require(id), stream: world.stream, serial: serial)
  }

  /// What a look at a time comes to, that time signed.
  func look(_ world: inout World, at time: UTCTime) async throws -> (isInstalled: Bool, status: DeviceStatus) {
    try world.signTime(time)
    let running = try await world.device(now: time)
    try await running.device.lookAndApply()
    return (try running.loaded(world.file) == world.new, try await running.device.status())
  }

  private func expectLook(
    _ world: inout World, at time: UTCTime, installs: Bool, sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let looked = try await look(&world, at: time)
    #expect(looked.isInstalled == installs, sourceLocation: sourceLocation)
  }

  @Test func `an improvement waits for its turn, and the first look after that installs it`() async throws {
    var (world, desk) = try Self.world()
    let day = try Self.day(from: world.now)
    try desk.publish([world.rollout(day)], sequence: 1, in: &world)
    let cohort = try Self.cohort(world)
    let turn = try #require(day.late.time(reaching: cohort))
    let before = try await look(&world, at: turn.advanced(by: .seconds(-1)))
    #expect(!before.isInstalled && before.status.ring == .late)
    let component = try #require(before.status.components.first)
    #expect(component.turn == TurnReport(cohort: cohort, word: .later, time: turn))
    #expect(
      component.state
        == .waiting(reason: "its turn comes about \(turn); `suture apply libdemo` installs it now"))
    let after = try await look(&world, at: turn)
    #expect(after.isInstalled && after.status.components.first?.turn == nil)
  }

  @Test func `a look that changes nothing of a wait is not told twice`() async throws {
    var (world, desk) = try Self.world()
    try desk.publish([world.rollout(Self.day(from: world.now))], sequence: 1, in: &world)
    let running = try await world.device()
    try await running.device.lookAndApply()
    let count = try running.journal.history().count
    for _ in 0..<3 { try await running.device.lookAndApply() }
    let stations = try running.journal.history().dropFirst(count).map(\.event.station)
    #expect(stations == [.look, .look, .look])
  }

  @Test func `the ring is the owner's choice`() async throws {
    var (world, desk) = try Self.world()
    try desk.publish([world.rollout(Self.day(from: world.now))], sequence: 1, in: &world)
    try await expectLook(&world, at: world.now, installs: false)
    let layout = try DeviceLayout(root: world.deviceRoot)
    _ = try layout.configuration.creatingDirectory(path("sutured.conf.d"))
    try layout.configuration.write(Array("[Device]\nRing=soon\n".utf8), to: path("sutured.conf.d/60-ring.conf"))
    #expect(throws: DeviceError.badSetting("Ring=soon is not early or late")) { try layout.settings() }
    try layout.configuration.write(Array("[Device]\nRing=early\n".utf8), to: path("sutured.conf.d/60-ring.conf"))
    let early = try await look(&world, at: world.now)
    #expect(early.isInstalled && early.status.ring == .early)
  }

  @Test(arguments: [nil, "libdemo"])
  func `an owner's own apply goes before the turn`(component: String?) async throws {
    var (world, desk) = try Self.world()
    let nobody = RingSchedules(early: try RolloutSchedule([]), late: try RolloutSchedule([]))
    try desk.publish([world.rollout(nobody)], sequence: 1, in: &world)
    let running = try await world.device()
    try await running.device.lookAndApply()
    #expect(try running.loaded(world.file) == world.old)
    #expect(try await running.device.status().components.first?.turn?.word == .unscheduled)
    #expect(try await running.device.plan(component: component).streams == [world.stream])
    try await running.device.apply(component: component)
    #expect(try running.loaded(world.file) == world.new)
  }

  @Test func `a paused rollout stops installation within one look, and resuming it goes on`() async throws {
    var (world, desk) = try Self.world()
    let day = try Self.day(from: world.now)
    let turn = try #require(day.late.time(reaching: Self.cohort(world)))
    try desk.publish([world.rollout(day)], sequence: 1, in: &world)
    try await expectLook(&world, at: world.now, installs: false)
    // Its turn has come, and the pause before it.
    let pausedAt = turn.advanced(by: .seconds(-10))
    try desk.publish([world.rollout(day, frozenAt: pausedAt)], sequence: 2, in: &world)
    let paused = try await look(&world, at: turn.advanced(by: .seconds(5)))
    #expect(!paused.isInstalled)
    #expect(paused.status.components.first?.turn?.word == .paused)
    #expect(paused.status.components.first?.turn?.time == pausedAt)
    let resumedAt = turn.advanced(by: .seconds(90))
    let late = try day.late.resumed(frozenAt: pausedAt, until: resumedAt)
    let resumed = RingSchedules(early: day.early, late: late)
    try desk.publish([world.rollout(resumed)], sequence: 3, in: &world)
    try await expectLook(&world, at: resumedAt, installs: false)
    try await expectLook(&world, at: #require(late.time(reaching: Self.cohort(world))), installs: true)
  }

  @Test func `what is paused is applied by name only, and the owner is told`() async throws {
    var (world, desk) = try Self.world()
    let since = world.now.advanced(by: .seconds(-60))
    try desk.publish([world.rollout(Self.day(from: since), frozenAt: since)], sequence: 1, in: &world)
    let running = try await world.device()
    try await running.device.lookAndApply()
    let sentence = "libdemo: its rollout is paused since \(since); `suture apply libdemo` installs it now"
    await #expect(throws: DeviceError.nothingToDo(sentence)) { try await running.device.apply(component: nil) }
    #expect(try running.loaded(world.file) == world.old)
    try await running.device.apply(component: "libdemo")
    #expect(try running.loaded(world.file) == world.new)
  }

  @Test func `a device that has it keeps it, whatever the record says`() async throws {
    var (world, desk) = try Self.world()
    try desk.publish(
      [world.rollout(Self.day(from: world.now.advanced(by: .seconds(-86_400))))], sequence: 1, in: &world)
    try await expectLook(&world, at: world.now, installs: true)
    let nobody = RingSchedules(early: try RolloutSchedule([]), late: try RolloutSchedule([]))
    for (index, rollouts) in [
      [try world.rollout(nobody, frozenAt: world.now)], [try world.rollout(nobody)], [],
    ].enumerated() {
      try desk.publish(rollouts, sequence: Int64(index) + 2, in: &world)
      let looked = try await look(&world, at: world.now)
      #expect(looked.isInstalled && looked.status.verdict == .protected)
    }
  }

  @Test func `an improvement without a rollout goes by its manifest's limit`() async throws {
    let begin = try World().now
    var (world, desk) = try Self.world(limit: Self.day(from: begin))
    let turn = try #require(Self.day(from: begin).late.time(reaching: Self.cohort(world)))
    // Neither before there is a record nor with one that does not list it.
    try await expectLook(&world, at: turn.advanced(by: .seconds(-1)), installs: false)
    try desk.publish([], sequence: 1, in: &world)
    try await expectLook(&world, at: turn.advanced(by: .seconds(-1)), installs: false)
    try await expectLook(&world, at: turn, installs: true)
  }

  @Test func `a limit holds where nobody is trusted with rollouts`() async throws {
    var world = try World()
    try world.setDeviceID(#require(Self.id))
    let day = try Self.day(from: world.now)
    try world.publish(limit: day)
    let turn = try #require(day.late.time(reaching: Self.cohort(world)))
    try await expectLook(&world, at: turn.advanced(by: .seconds(-1)), installs: false)
    try await expectLook(&world, at: turn, installs: true)
  }

  @Test func `a later improvement has its own turn, and the earlier stays in place until then`() async throws {
    var (world, desk) = try Self.world()
    try await expectLook(&world, at: world.now, installs: true)
    let second = try #require(Serial(2))
    let newer = world.new + [1]
    try world.publish(limit: nil, serial: second, improved: newer)
    let day = try Self.day(from: world.now)
    let rollout = try world.manifest(limit: nil, serial: second, improved: newer)
    try desk.publish(
      [
        .init(
          stream: world.stream, serial: second, manifest: Digest(of: rollout.bytes), schedules: day)
      ], sequence: 1, in: &world)
    try await expectLook(&world, at: world.now, installs: true)
    let turn = try #require(day.late.time(reaching: Self.cohort(world, serial: second)))
    try world.signTime(turn)
    let running = try await world.device(now: turn)
    try await running.device.lookAndApply()
    #expect(try running.loaded(world.file) == newer)
  }

  // MARK: A device whose clock is wrong

  /// A world whose improvement is rolled out over a day, and the time of its one device's turn.
  private func slow(limit: Bool) throws -> (World, UTCTime) {
    let day = try Self.day(from: World().now)
    var (world, desk) = try Self.world(limit: limit ? day : nil)
    if !limit { try desk.publish([world.rollout(day)], sequence: 1, in: &world) }
    return (world, try #require(day.late.time(reaching: Self.cohort(world))))
  }

  private func installs(_ world: World, clock: UTCTime, floor: UTCTime? = nil) async throws -> Bool {
    let running = try await world.device(now: clock)
    if let floor { try await running.device.raiseTimeFloor(to: floor) }
    try await running.device.lookAndApply()
    return try running.loaded(world.file) == world.new
  }

  @Test(arguments: [true, false])
  func `a clock that is ahead brings no turn about`(limit: Bool) async throws {
    var (world, turn) = try slow(limit: limit)
    #expect(try await !installs(world, clock: turn))
    try world.signTime(turn)
    #expect(try await installs(world, clock: turn))
  }

  @Test func `a clock that is behind puts no turn off`() async throws {
    var (world, turn) = try slow(limit: false)
    try world.signTime(turn)
    #expect(try await installs(world, clock: turn.advanced(by: .seconds(-40_000_000))))
  }

  @Test func `a time that a thief of every online key signed does not outrun the manifest's limit`() async throws {
    var (world, turn) = try slow(limit: true)
    try world.signTime(turn)
    #expect(try await !installs(world, clock: turn.advanced(by: .seconds(-1))))
    // By the word of witnesses it is that time, and the clock is wrong.
    #expect(try await installs(world, clock: turn.advanced(by: .seconds(-1)), floor: turn))
  }
}
