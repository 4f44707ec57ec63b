import Activation
import Basics
import DeviceEngine
import DeviceTestSupport
import Improvements
import Journal
import Linux
import TestSupport
import Testing

/// What is said, and what is left alone, where an earlier letter stands and a later one does not.
@Suite(.timeLimit(.minutes(10))) struct EarlierLetterTests {
  private let second: Serial
  private let b: Letter
  private let old: [UInt8]

  init() throws {
    second = try present(Serial(2))
    b = try present(Letter("b"))
    old = try Directory(path: "/usr/lib/x86_64-linux-gnu", links: .withinRoot)
      .read(path("libz.so.1"), limit: 1 << 24)
  }

  // Bytes after the last section are not loaded: the same library under another digest.
  private func build(_ name: String) -> [UInt8] { old + Array(name.utf8) }

  /// A device with (a) and then (b) in place, and a service that maps the component; and its world, which it needs.
  private func device(closing advisories: [String]) async throws -> (world: World, running: RunningDevice) {
    var world = try World(old: old, new: build("a"))
    let text = "[Service]\nExecStart=/bin/sleep 1000\nEnvironment=LD_PRELOAD=libdemo.so.1\n"
    let file = try ConfigurationFile(parsing: Array(text.utf8), name: "demo.service")
    try world.publish()
    let running = try await world.device(services: [ServiceDefinition(name: "demo", file)])
    try await running.device.lookAndApply()
    try world.publish(serial: second, letter: b, improved: build("b"), closing: advisories)
    try await running.device.look()
    // What it would restart runs an improved file already, and the wrong one.
    #expect(try await running.device.plan(component: "libdemo").services == ["demo"])
    try await running.device.apply(component: "libdemo")
    #expect(try await running.device.status().verdict == .protected)
    return (world, running)
  }

  private func pid(_ running: RunningDevice) async throws -> Int32 {
    try present(await running.supervisor.status(of: "demo")?.pid)
  }

  @Test func `an earlier letter that the owner went back to protects what it closes, and what it leaves open is named`()
    async throws
  {
    let (world, running) = try await device(closing: ["CVE-2026-0001", "CVE-2026-0002"])
    let before = try await pid(running)
    try await running.device.remove(component: "libdemo", to: .a, by: "owner")
    let status = try await running.device.status()
    let component = try present(status.components.first)
    #expect(component.letter == b && component.state == .removed(by: "owner"))
    #expect(component.standing?.letter == .a && component.standing?.state == .confirmed)
    // The process runs what stands, wholly; the machine lacks a fix that fits it.
    #expect(component.processes.map(\.exposure) == [.protected])
    #expect(component.openAdvisories == ["CVE-2026-0002"])
    #expect(status.verdict == .exposed)
    #expect(status.limits.contains("libdemo (a) stands; only (b), which does not, closes CVE-2026-0002"))
    #expect(try await pid(running) != before)
    await running.supervisor.stopAll()
    withExtendedLifetime(world) {}
  }

  @Test func `where the later letter closes nothing more the earlier one is enough`() async throws {
    let (world, running) = try await device(closing: ["CVE-2026-0001"])
    try await running.device.remove(component: "libdemo", to: .a, by: "owner")
    let status = try await running.device.status()
    #expect(status.verdict == .protected)
    #expect(status.components.first?.standing?.letter == .a)
    await running.supervisor.stopAll()
    withExtendedLifetime(world) {}
  }

  @Test func `a service on the letter that it was brought back to is not restarted again`() async throws {
    let (world, running) = try await device(closing: ["CVE-2026-0001"])
    try await running.device.remove(component: "libdemo", to: .a, by: "owner")
    let restarts = try running.journal.history().count { $0.event.station == .restart }
    let after = try await pid(running)
    for _ in 0..<2 { try await running.device.finishActivations() }
    #expect(try await pid(running) == after)
    #expect(try running.journal.history().count { $0.event.station == .restart } == restarts)
    // Back from (b): once, and not once more because (b) is the higher.
    let told = try running.journal.history().filter { $0.event.station == .restart }.map(\.event.message)
    #expect(told == Array(repeating: "demo was restarted", count: 3))
    await running.supervisor.stopAll()
    withExtendedLifetime(world) {}
  }
}
