import Activation
import Basics
import DeltaEncoding
import DeviceEngine
import DeviceTestSupport
import Grafting
import Improvements
import Journal
import Linux
import Synchronization
import TestSupport
import Testing

/// What stands from the beginning of a boot, after boots that came up and boots that did not.
@Suite(.timeLimit(.minutes(10))) struct BootTests {
  private let off = "[Policy]\nAutomatic=off\n"

  /// A world whose improvement is confirmed, and that was shut down.
  private func improved() async throws -> World {
    var world = try World()
    try world.publish()
    let running = try await world.device()
    try await running.device.lookAndApply()
    return world
  }

  /// Boots: everything that a kernel forgets is gone.
  private func boot(
    _ world: World, withoutGrafts: Bool = false, hasStarted: Bool = false
  ) async throws -> RunningDevice {
    let folder = try Directory(path: world.deviceRoot)
    try folder.remove(path("var/lib/suture/farm/current"))
    return try await world.device(
      isBoot: true, isWithoutGrafts: withoutGrafts, manager: { StartingManager(supervisor: $0, hasStarted: hasStarted) }
    )
  }

  @Test func `what is confirmed stands from the beginning, and is proven once the machine came up`() async throws {
    let world = try await improved()
    let running = try await boot(world)
    #expect(try running.loaded(world.file) == world.new)
    #expect(try await !running.device.concludeBoot())
    #expect(try running.journal.bootRecord().tried?.count == 1)
    let again = try await boot(world, hasStarted: true)
    // The boot before had not been found to come up.
    #expect(try again.journal.bootRecord().failures == 1)
    #expect(try await again.device.concludeBoot())
    #expect(try again.journal.bootRecord().tried == nil)
  }

  @Test func `a boot that fails is not repeated with what no good boot had, and that is said until it is tried again`()
    async throws
  {
    let world = try await improved()
    _ = try await boot(world)
    let running = try await boot(world, hasStarted: true)
    #expect(try running.farm.standing().isEmpty)
    #expect(try running.loaded(world.file) == world.old)
    let status = try await running.device.status()
    #expect(status.verdict == .exposed)
    let sentence = "libdemo is left out: 1 boot before this did not come up; it is tried again when this one has"
    #expect(status.limits.contains(sentence))
    #expect(try running.journal.history().contains { $0.event.station == .rollBack && $0.event.message == sentence })
    // Nothing puts it back before that.
    try await running.device.finishActivations()
    try await running.device.lookAndApply()
    #expect(try running.farm.standing().isEmpty)
    #expect(try await running.device.concludeBoot())
    #expect(try running.loaded(world.file) == world.new)
    #expect(try await running.device.status().verdict == .protected)
    #expect(try running.journal.improvements().map(\.state) == [.confirmed])
  }

  @Test func `what failed two boots stands once the next ones have come up, and not from their beginning`()
    async throws
  {
    let world = try await improved()
    _ = try await boot(world)
    let second = try await boot(world, hasStarted: true)
    #expect(try await second.device.concludeBoot())
    try await second.device.concludeTrial()
    #expect(try await boot(world).loaded(world.file) == world.new)
    for number in 0..<3 {
      let running = try await boot(world, hasStarted: true)
      #expect(try running.loaded(world.file) == world.old)
      let sentence =
        number == 0
        ? "libdemo is left out: 1 boot before this did not come up; it is tried again when this one has"
        : "libdemo is left out of the beginning of this boot: 2 boots with it did not come up; it is put back when this one has"
      #expect(try await running.device.status().limits.contains(sentence))
      #expect(try await running.device.concludeBoot())
      #expect(try running.loaded(world.file) == world.new)
      #expect(try await !running.device.status().limits.contains(sentence))
      try await running.device.concludeTrial()
    }
    #expect(try await boot(world).loaded(world.file) == world.new)
  }

  @Test func `what ended the machine when it was put back is not put back, and its owner may have it all the same`()
    async throws
  {
    let world = try await improved()
    _ = try await boot(world)
    let second = try await boot(world, hasStarted: true)
    #expect(try await second.device.concludeBoot())
    #expect(try second.loaded(world.file) == world.new)
    // The machine ends there and then.
    let third = try await boot(world, hasStarted: true)
    #expect(try await third.device.concludeBoot())
    try await third.device.finishActivations()
    #expect(try third.loaded(world.file) == world.old)
    let status = try await third.device.status()
    let sentence =
      "libdemo is left out: the machine ended right after it was put back; "
      + "it is tried again when 2 more boots have come up without it"
    #expect(status.verdict == .exposed && status.limits.contains(sentence))
    // It is no trial where nothing was put back.
    let fourth = try await boot(world, hasStarted: true)
    #expect(try await fourth.device.concludeBoot())
    #expect(try fourth.loaded(world.file) == world.old)
    try await fourth.device.look()
    try await fourth.device.remove(component: "libdemo", by: "owner")
    try await fourth.device.reapply(component: "libdemo")
    #expect(try fourth.loaded(world.file) == world.new)
    #expect(try fourth.journal.bootRecord().suspicions.isEmpty)
  }

  @Test func `what came up before is left out only after two more failures, and comes back`() async throws {
    let world = try await improved()
    let good = try await boot(world, hasStarted: true)
    #expect(try await good.device.concludeBoot())
    var standing: [Int] = []
    for _ in 0..<4 { standing.append(try await boot(world).farm.standing().count) }
    #expect(standing == [1, 1, 1, 0])
    let last = try await boot(world, hasStarted: true)
    #expect(try last.farm.standing().isEmpty)
    #expect(try await last.device.concludeBoot())
    #expect(try last.loaded(world.file) == world.new)
  }

  @Test func `a machine that was started without improvements has none, takes none, and learns nothing of boots`()
    async throws
  {
    var world = try await improved()
    let running = try await boot(world, withoutGrafts: true, hasStarted: true)
    #expect(try running.farm.standing().isEmpty)
    #expect(try await running.device.status().limits.contains { $0.contains("suture.baseline=1") })
    try world.publish(serial: present(Serial(2)), letter: present(Letter("b")), improved: world.new + [2])
    try await running.device.finishActivations()
    try await running.device.look()
    await #expect(throws: DeviceError.self) { try await running.device.apply(component: "libdemo") }
    #expect(try running.farm.standing().isEmpty)
    #expect(try await running.device.concludeBoot())
    #expect(try running.journal.bootRecord() == BootRecord())
    let next = try await boot(world)
    #expect(try next.loaded(world.file) == world.new)
  }

  @Test func `a machine that has been up for long has come up, whatever waits to be started still`() async throws {
    let world = try await improved()
    let running = try await boot(world)
    #expect(try await !running.device.concludeBoot())
    #expect(try await running.device.concludeBoot(isSure: true))
    #expect(try running.journal.bootRecord().tried == nil)
  }

  @Test func `a daemon that starts anew in the same boot is no boot`() async throws {
    let world = try await improved()
    _ = try await boot(world)
    let running = try await world.device()
    #expect(try running.journal.bootRecord().failures == 0)
    #expect(try running.loaded(world.file) == world.new)
  }
}

/// A supervisor on a machine that has come up, or has not.
private struct StartingManager: ServiceManager {
  let supervisor: Supervisor
  let hasStarted: Bool

  func status(of name: String) async throws -> ServiceStatus? { await supervisor.status(of: name) }
  func service(of pid: Int32) async -> String? { await supervisor.service(of: pid) }
  func restraint(on name: String, by rules: RestartRules) async -> ServiceRestraint? {
    await supervisor.restraint(on: name, by: rules)
  }
  func stop(_ name: String) async throws { try await supervisor.stop(name) }
  func restart(_ name: String) async throws -> Duration { try await supervisor.restart(name) }
  func hasStarted() async throws -> Bool { hasStarted }
}
