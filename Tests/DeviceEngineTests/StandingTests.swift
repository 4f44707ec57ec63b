import Activation
import Basics
import BinaryDelta
import DeltaEncoding
import DeviceEngine
import DeviceTestSupport
import Grafting
import Improvements
import Journal
import Linux
import TUF
import TestSupport
import Testing

/// What may be put in place, and what is said of what stands, when the world moves on around it.
@Suite struct StandingTests {
  private let off = "[Policy]\nAutomatic=off\n"

  @Test func `an older improvement that was offered once is not put in place of a newer one`() async throws {
    var world = try World()
    try world.publish()
    let running = try await world.device(policy: off)
    try await running.device.look()
    let newer = world.new + [2]
    try world.publish(serial: present(Serial(2)), letter: present(Letter("b")), improved: newer)
    try await running.device.look()
    try await running.device.apply(component: "libdemo")
    #expect(try running.loaded(world.file) == newer)
    await #expect(throws: DeviceError.self) { try await running.device.apply(component: nil) }
    #expect(try running.loaded(world.file) == newer)
    // Nor does it slip in under what the owner removed.
    try await running.device.remove(component: "libdemo", by: "owner")
    await #expect(throws: DeviceError.self) { try await running.device.apply(component: nil) }
    try await running.device.lookAndApply()
    #expect(try running.loaded(world.file) == world.old)
  }

  @Test func `what the repository names no more is not installed, though it was offered`() async throws {
    var world = try World()
    try world.publish()
    let running = try await world.device(policy: off)
    try await running.device.look()
    try world.publisher.withdrawTarget(world.stream, .first, now: world.now)
    try await running.device.look()
    await #expect(throws: DeviceError.self) { try await running.device.apply(component: nil) }
    await #expect(throws: DeviceError.self) { try await running.device.apply(component: "libdemo") }
    #expect(try running.loaded(world.file) == world.old)
  }

  @Test func `nothing is installed before the repository was looked at`() async throws {
    var world = try World()
    try world.publish()
    do {
      let running = try await world.device(policy: off)
      try await running.device.look()
    }
    let again = try await world.device()
    await #expect(throws: DeviceError.self) { try await again.device.apply(component: "libdemo") }
    #expect(try again.loaded(world.file) == world.old)
  }

  @Test func `a policy that comes after the offer holds for every way of applying`() async throws {
    var world = try World()
    try world.publish()
    do {
      let running = try await world.device(policy: off)
      try await running.device.look()
    }
    let again = try await world.device(policy: "[Policy]\nTransparency=required\n")
    await #expect(throws: DeviceError.self) { try await again.device.apply(component: nil) }
    try? await again.device.lookAndApply()
    #expect(try again.loaded(world.file) == world.old)
  }

  @Test func `an update of the operating system wins over the graft`() async throws {
    var world = try World()
    try world.publish()
    let running = try await world.device()
    try await running.device.lookAndApply()
    let device = try Directory(path: world.deviceRoot)
    try device.write(world.new + [9], to: world.file)
    try await running.device.look()
    #expect(try running.loaded(world.file) == world.new + [9])
    #expect(try running.farm.standing().isEmpty)
    #expect(try running.journal.improvements().first?.state.name == "retired")
    // It is not known whether the newer build contains the fix: that is said, and not called protected.
    #expect(try await running.device.status().verdict == .unknown)
  }

  @Test func `the very files from the operating system retire the improvement, and the machine is not exposed`()
    async throws
  {
    var world = try World()
    try world.publish()
    let running = try await world.device()
    try await running.device.lookAndApply()
    try Directory(path: world.deviceRoot).write(world.new, to: world.file)
    try await running.device.look()
    let state = try #require(try running.journal.improvements().first?.state)
    #expect(state == .retired(version: try present(PackageVersion("1.2-2"))))
    #expect(try await running.device.status().verdict == .nothingToProtect)
  }

  @Test func `a baseline file that is gone, or has other permissions, breaks neither status nor removal`() async throws
  {
    var world = try World()
    try world.publish()
    let running = try await world.device()
    try await running.device.lookAndApply()
    let device = try Directory(path: world.deviceRoot)
    // Held open, so that no file of another test gets its inode and is taken for it.
    let baseline = try device.openFile(world.file)
    defer { withExtendedLifetime(baseline) {} }
    try device.write(world.old, to: world.file, mode: 0o600)
    #expect(try await running.device.status().verdict == .protected)
    try device.remove(world.file)
    _ = try await running.device.status()
    try await running.device.remove(component: "libdemo", by: "owner")
    #expect(try running.farm.standing().isEmpty)
  }

  @Test func `a process that maps a baseline file which was replaced since is exposed still`() async throws {
    var world = try World()
    try world.publish()
    let running = try await world.device()
    try await running.device.look()
    let device = try Directory(path: world.deviceRoot)
    let mapping = try MappedFile(device.openFile(world.file), limit: 1 << 20)
    try await running.device.apply(component: "libdemo")
    // The same content under another inode, as a reinstallation leaves it.
    try device.write(world.old, to: world.file)
    let status = try await running.device.status()
    #expect(status.verdict == .exposed)
    #expect(status.components.first?.processes.map(\.pid) == [ProcessLauncher.ownPID])
    withExtendedLifetime(mapping) {}
  }

  @Test func `a file that two letters share does not make its processes exposed`() async throws {
    var world = try World()
    try world.publish()
    let running = try await world.device()
    try await running.device.lookAndApply()
    try world.publish(serial: present(Serial(2)), letter: present(Letter("b")))
    try await running.device.lookAndApply()
    let name = try running.farm.name(of: world.file)
    let file = try Directory(path: "/", links: .withinRoot).openFile(path(String(name.dropFirst())))
    let mapping = try MappedFile(file, limit: 1 << 20)
    let process = try await running.device.status().components.first?.processes.first {
      $0.pid == ProcessLauncher.ownPID
    }
    #expect(process?.exposure == .protected)
    withExtendedLifetime(mapping) {}
  }

  @Test func `an activation that was cut off is finished by the next daemon`() async throws {
    var world = try World()
    try world.publish()
    for state in [ImprovementState.grafted, .activating, .probation] {
      try await world.cutOffActivation(at: state)
      let again = try await world.device()
      #expect(try again.loaded(world.file) == world.new)
      try await again.device.finishActivations()
      #expect(try again.journal.improvements().map(\.state) == [.confirmed])
    }
  }

  @Test(arguments: [true, false])
  func `after a crash a service that ran the component and cannot run now condemns it, and no other`(
    isConcerned: Bool
  ) async throws {
    var world = try World()
    try world.publish()
    try await world.cutOffActivation(at: .grafted, concerning: isConcerned ? ["demo"] : [])
    let file = try ConfigurationFile(parsing: Array("[Service]\nExecStart=/bin/false\n".utf8), name: "demo.service")
    let again = try await world.device(services: [ServiceDefinition(name: "demo", file)])
    try await again.device.finishActivations()
    let state = try present(again.journal.improvements().first?.state)
    #expect(state.name == (isConcerned ? "rolledBack" : "confirmed"))
    #expect(try again.loaded(world.file) == (isConcerned ? world.old : world.new))
    await again.supervisor.stopAll()
  }

  @Test func `a look that is refused as a whole is told by status`() async throws {
    var world = try World()
    try world.publish()
    let running = try await world.device(now: world.now.advanced(by: .seconds(30 * 86_400)))
    try? await running.device.look()
    #expect(try await running.device.status().limits.contains { $0.hasPrefix("the last look was refused") })
  }
}
