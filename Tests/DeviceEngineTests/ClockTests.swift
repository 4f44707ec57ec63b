import Basics
import DeviceEngine
import DeviceTestSupport
import Improvements
import Journal
import Linux
import TUF
import TestSupport
import Testing
import TransparencyLog

/// Clocks that are wrong, and mirrors that stand still.
@Suite struct ClockTests {
  private static let day: Duration = .seconds(86_400)

  @Test func `a clock set to the past accepts nothing that expired before the newest signed time`() async throws {
    var world = try World()
    try world.publish()
    // A year later the roles of the stream have expired; the online keys go on signing.
    let later = world.now.advanced(by: Self.day * 400)
    for role in ["root", "targets", "recall"] { try world.publisher.editor.renew(role) }
    try world.publisher.editor.renew("snapshot")
    try world.publisher.editor.renew("timestamp")
    try world.publisher.write(now: later)
    let running = try await world.device(now: world.now)
    try? await running.device.lookAndApply()
    #expect(try running.loaded(world.file) == world.old)
    let limits = try await running.device.status().limits
    #expect(limits.contains { $0.contains("libdemo.build") && $0.contains("expired") })
    #expect(limits.contains { $0.contains("this machine's clock says") && $0.contains("looks go by the latter") })
  }

  @Test func `a time that witnesses gave holds after a restart, and a clock behind it does not undo it`() async throws {
    var world = try World()
    try world.publish()
    let later = world.now.advanced(by: Self.day * 3)
    do {
      let running = try await world.device()
      try await running.device.raiseTimeFloor(to: later)
      try await running.device.raiseTimeFloor(to: world.now)
      #expect(try running.journal.timeFloor() == later)
    }
    // The timestamp lives a day: by the witnesses' word it has expired, whatever the clock says.
    let running = try await world.device()
    await #expect(throws: (any Error).self) { try await running.device.look() }
    #expect(try running.loaded(world.file) == world.old)
  }

  @Test func `a clock set to the past does not undo the time at which witnesses cosigned`() async throws {
    var world = try World()
    var log = try SimulatedLog(in: world.repository)
    try world.pin(policy: SimulatedLog.policy(logs: [log], witnesses: [1, 2], threshold: 2))
    try world.publish()
    let later = world.now.advanced(by: Self.day * 3)
    log.time = UInt64(later.secondsSinceEpoch)
    try log.log(world.entry(), by: [1, 2])
    do {
      let running = try await world.device()
      try await running.device.look()
      #expect(try running.journal.timeFloor() == later)
      // The timestamp lives a day.
      await #expect(throws: (any Error).self) { try await running.device.look() }
    }
    let running = try await world.device()
    await #expect(throws: (any Error).self) { try await running.device.look() }
  }

  @Test func `one operator's witnesses do not move the time that a device goes by`() async throws {
    var world = try World()
    var log = try SimulatedLog(in: world.repository)
    try world.pin(policy: SimulatedLog.policy(logs: [log], witnesses: [1], threshold: 1))
    try world.publish()
    log.time = UInt64(world.now.advanced(by: Self.day * 30).secondsSinceEpoch)
    try log.log(world.entry(), by: [1])
    let running = try await world.device()
    try await running.device.lookAndApply()
    #expect(try running.journal.timeFloor() == nil && running.loaded(world.file) == world.new)
  }

  @Test func `a time that witnesses gave is forgotten with them`() async throws {
    var world = try World()
    var log = try SimulatedLog(in: world.repository)
    try world.pin(policy: SimulatedLog.policy(logs: [log], witnesses: [1, 2], threshold: 2))
    try world.publish()
    let later = world.now.advanced(by: .seconds(3_600))
    log.time = UInt64(later.secondsSinceEpoch)
    try log.log(world.entry(), by: [1, 2])
    let running = try await world.device()
    try await running.device.look()
    #expect(try running.journal.timeFloor() == later)
    try world.publish(policy: SimulatedLog.policy(logs: [log], witnesses: [3, 4], threshold: 2))
    try await running.device.look()
    #expect(try running.journal.timeFloor() == nil)
  }

  @Test func `a clock set to the far future does not lock a device out for ever`() async throws {
    var world = try World()
    try world.publish()
    do {
      let running = try await world.device(now: present(UTCTime("2099-01-01T00:00:00Z")))
      await #expect(throws: (any Error).self) { try await running.device.look() }
      #expect(try running.journal.timeFloor() == nil)
    }
    let running = try await world.device()
    try await running.device.lookAndApply()
    #expect(try running.loaded(world.file) == world.new)
  }

  @Test func `indefinite freeze is shown to the owner: the last fresh look, and why none came since`() async throws {
    var world = try World()
    try world.publish()
    do {
      let running = try await world.device()
      try await running.device.lookAndApply()
    }
    let running = try await world.device(now: world.now.advanced(by: Self.day * 3))
    await #expect(throws: (any Error).self) { try await running.device.look() }
    let status = try await running.device.status()
    #expect(status.lastFreshLook == world.now)
    #expect(status.limits.contains { $0.contains("timestamp.json expired") && $0.contains("freeze") })
    // What is installed does not lapse.
    #expect(try running.loaded(world.file) == world.new)
  }
}
