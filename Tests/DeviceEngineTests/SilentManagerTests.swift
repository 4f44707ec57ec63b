import Activation
import DeviceEngine
import DeviceTestSupport
import Improvements
import Journal
import Linux
import Synchronization
import TestSupport
import Testing

/// A service manager that does not answer has said nothing of any service.
@Suite(.timeLimit(.minutes(10))) struct SilentManagerTests {
  // It is asked how the service is, to restart it, and then how it is, twice.
  @Test(arguments: 0...3)
  func `one that falls silent takes nothing off, and a later round confirms`(answers: Int) async throws {
    var world = try self.world()
    try world.publish()
    let gate = Gate()
    let running = try await world.device(services: [service("/bin/sleep 1000")]) { GatedManager($0, gate) }
    gate.close(after: answers)
    // Each refusal of an automatic installation is told and journaled, and not thrown.
    try await running.device.lookAndApply()
    #expect(try ["activating", "probation"].contains(state(running)))
    #expect(try running.loaded(world.file) == world.new)
    try await running.device.finishActivations()
    #expect(try running.loaded(world.file) == world.new)

    gate.open()
    try await running.device.finishActivations()
    #expect(try state(running) == "confirmed")
    #expect(try await running.device.status().verdict == .protected)
    await running.supervisor.stopAll()
  }

  @Test func `who applies by hand is told that it is in place and not confirmed`() async throws {
    var world = try self.world()
    try world.publish()
    let gate = Gate()
    let running = try await world.device(
      services: [service("/bin/sleep 1000")], policy: "[Policy]\nAutomatic=off\n"
    ) { GatedManager($0, gate) }
    try await running.device.look()
    gate.close(after: 3)
    let silence = ServiceError.unanswered("trial")
    await #expect(throws: DeviceError.unwatched(world.stream, reason: "\(silence)")) {
      try await running.device.apply(component: "libdemo")
    }
    await running.supervisor.stopAll()
  }

  @Test func `bad health that is seen once it answers again takes the improvement off`() async throws {
    var world = try World()
    try world.publish()
    try await world.cutOffActivation(at: .activating, concerning: ["demo"])
    let gate = Gate()
    gate.close(after: 0)
    let running = try await world.device(services: [service("/bin/false", preload: nil)]) { GatedManager($0, gate) }
    try await running.device.finishActivations()
    #expect(try running.loaded(world.file) == world.new)

    gate.open()
    try await running.device.finishActivations()
    #expect(try state(running) == "rolledBack")
    #expect(try running.loaded(world.file) == world.old)
    await running.supervisor.stopAll()
  }

  // A library that programs can load, so that a service is exposed.
  private func world() throws -> World {
    let old = try Directory(path: "/usr/lib/x86_64-linux-gnu", links: .withinRoot).read(
      path("libz.so.1"), limit: 1 << 24)
    return try World(old: old, new: old + Array("improved".utf8))
  }

  private func service(_ program: String, preload: String? = "libdemo.so.1") throws -> ServiceDefinition {
    let text = "[Service]\nExecStart=\(program)\n" + (preload.map { "Environment=LD_PRELOAD=\($0)\n" } ?? "")
    return try ServiceDefinition(
      name: "demo", ConfigurationFile(parsing: Array(text.utf8), name: "demo.service"))
  }

  private func state(_ running: RunningDevice) throws -> String {
    try present(running.journal.improvements().first).state.name
  }
}

/// Lets some questions through, and then none.
private final class Gate: Sendable {
  private let left = Mutex<Int?>(nil)

  func close(after answers: Int) { left.withLock { $0 = answers } }
  func open() { left.withLock { $0 = nil } }

  func pass() throws {
    try left.withLock { left in
      guard let answers = left else { return }
      guard answers > 0 else { throw ServiceError.unanswered("trial") }
      left = answers - 1
    }
  }
}

/// A supervisor that can be asked only through a gate.
private struct GatedManager: ServiceManager {
  private let supervisor: Supervisor
  private let gate: Gate

  init(_ supervisor: Supervisor, _ gate: Gate) {
    self.supervisor = supervisor
    self.gate = gate
  }

  func status(of name: String) async throws -> ServiceStatus? {
    try gate.pass()
    return await supervisor.status(of: name)
  }

  func service(of pid: Int32) async -> String? { await supervisor.service(of: pid) }
  func restraint(on name: String, by rules: RestartRules) async -> ServiceRestraint? {
    await supervisor.restraint(on: name, by: rules)
  }

  func stop(_ name: String) async throws {
    try gate.pass()
    try await supervisor.stop(name)
  }
  func restart(_ name: String) async throws -> Duration {
    try gate.pass()
    return try await supervisor.restart(name)
  }
}
