import Activation
import Basics
import DeviceEngine
import DeviceTestSupport
import Improvements
import Journal
import Linux
import TestSupport
import Testing

/// What counts as bad health, and what does not.
@Suite(.timeLimit(.minutes(10))) struct HealthEvidenceTests {
  // The improved file that stands, mapped by this process.
  private func mapImproved(_ health: HealthWorld) throws -> MappedFile {
    let store = health.running.layout.store
    let name = try #require(try store.names().first { !$0.hasPrefix(".") })
    return try MappedFile(store.openFile(path(name)), limit: 1 << 20)
  }

  @Test func `only crashes of processes that map an improved file count, their children's among them`() async throws {
    let own = ProcessLauncher.ownPID
    let trials: [(crash: CrashedProcess, counts: Bool)] = [
      (CrashedProcess(pid: own), true), (CrashedProcess(pid: 1), false),
      (CrashedProcess(pid: 999_999, parent: own), true), (CrashedProcess(pid: 999_999, parent: 1), false),
      (CrashedProcess(pid: 999_999, parent: own, hasExecuted: true), false), (CrashedProcess(pid: 999_999), false),
    ]
    for (crash, counts) in trials {
      let health = try await HealthWorld()
      try await health.device.lookAndApply()
      let mapping = try mapImproved(health)
      await health.pass(.seconds(4))
      for _ in 0..<3 { health.witness.tell(crash) }
      await health.pass(.seconds(4))
      #expect(try health.state() == (counts ? "rolledBack" : "probation"), "\(crash)")
      withExtendedLifetime(mapping) {}
    }
  }

  @Test func `a probe of the owner's that passed before and fails after takes the improvement off`() async throws {
    let temporary = try TemporaryDirectory()
    try temporary.directory.write([1], to: path("there"))
    let health = try await HealthWorld(probes: [
      "file": "Program=/usr/bin/test -e \(temporary.path)/there", "other": "Port=1\nComponents=nginx",
    ])
    try await health.device.lookAndApply()
    await health.pass(.seconds(30))
    #expect(try health.state() == "probation")
    try temporary.directory.remove(path("there"))
    // Three times in a row, ten seconds apart.
    await health.pass(.seconds(18))
    #expect(try health.state() == "probation")
    await health.pass(.seconds(14))
    #expect(try health.state() == "rolledBack")
    #expect(try health.history(.rollBack).first?.contains("exited with status 1") == true)
  }

  @Test func `a probe that failed before, and a service that fell and fell before, cannot condemn`() async throws {
    let health = try await HealthWorld(probes: ["port": "Port=1"])
    health.manager.crash(7)
    try await health.device.lookAndApply()
    for _ in 0..<5 {
      await health.pass(.seconds(60))
      health.manager.crash(2)
    }
    #expect(try health.state() == "probation")
    await health.pass(.seconds(310))
    #expect(try health.state() == "confirmed")
  }

  @Test func `a pinned component stays as it is, whatever health says and whatever is offered`() async throws {
    var health = try await HealthWorld()
    try await health.device.lookAndApply()
    try await health.device.pin("libdemo", by: "owner")
    await #expect(throws: DeviceError.self) { try await health.device.pin("libdemo", by: "owner") }
    health.manager.fault = "trial"
    await health.pass(.seconds(700))
    #expect(try health.state() == "confirmed")
    #expect(try await health.device.status().components.first?.isPinned == true)
    let second = try #require(Serial(2))
    try health.world.publish(serial: second, letter: #require(Letter("b")), improved: health.world.new + [2])
    try await health.device.lookAndApply()
    #expect(try health.state(second) == "offered" && health.state() == "confirmed")
    // The owner's own word is another matter.
    try await health.device.apply(component: "libdemo")
    #expect(try health.state(second) == "probation")
    try await health.device.unpin("libdemo", by: "owner")
    health.manager.fault = "trial"
    await health.pass(.seconds(2))
    #expect(try health.state(second) == "rolledBack" && health.state() == "confirmed")
  }

  @Test func `where improvements do not install by themselves only the owner's own is tried again`() async throws {
    for isOwners in [true, false] {
      let health = try await HealthWorld()
      if isOwners {
        try await health.device.look()
        try await health.device.apply(component: "libdemo")
      } else {
        try await health.device.lookAndApply()
      }
      health.manager.fault = "trial"
      await health.pass(.seconds(700))
      let layout = health.running.layout
      try await health.device.follow(layout.writeAutomatic(false), by: "test")
      await health.pass(.seconds(3_700))
      #expect(try health.state() == (isOwners ? "probation" : "rolledBack"))
    }
  }

  @Test func `a later letter ends the wait for a further try`() async throws {
    var health = try await HealthWorld()
    try await health.device.lookAndApply()
    health.manager.fault = "trial"
    await health.pass(.seconds(700))
    let second = try #require(Serial(2))
    try health.world.publish(serial: second, letter: #require(Letter("b")), improved: health.world.new + [2])
    try await health.device.lookAndApply()
    #expect(try health.state(second) == "probation")
    #expect(try health.probation().attempt == 0)
    await health.pass(.seconds(7_200))
    #expect(try health.state(second) == "confirmed" && health.state() == "rolledBack")
  }

  @Test func `a rollback that fails is an alarm until the service runs`() async throws {
    let health = try await HealthWorld()
    try await health.device.look()
    health.manager.refuseRestarts { true }
    await #expect(throws: DeviceError.self) { try await health.device.apply(component: "libdemo") }
    let alarms = try await health.device.status().alarms
    #expect(alarms.count == 1 && alarms[0].contains("demo does not start on what stood before either"))
    #expect(try health.history(.alarm).count == 1)
    await health.pass(.seconds(60))
    #expect(try await health.device.status().alarms.count == 1)
    health.manager.refuseRestarts(when: nil)
    health.manager.fault = nil
    await health.pass(.seconds(60))
    #expect(try await health.device.status().alarms.isEmpty)
    #expect(try health.history(.alarm).count == 2)
  }

  @Test(arguments: [
    "Program=test", "Port=0", "Port=443\nPage=80/", "Page=80", "Port=1\nTimeLimit=1h", "Port=1\nColour=red",
    "Program=/bin/true\nUser=Root", "",
  ]) func `a probe that is none is refused with the settings`(text: String) async throws {
    await #expect(throws: DeviceError.self) { try await HealthWorld(probes: ["bad": text]) }
  }
}
