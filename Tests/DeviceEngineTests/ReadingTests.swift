import Activation
import Basics
import DeviceEngine
import DeviceTestSupport
import Improvements
import Journal
import Linux
import TestSupport
import Testing

/// What is said of files that programs read and do not map, and what restarts for them.
@Suite(.timeLimit(.minutes(10))) struct ReadingTests {
  private static let old = Array("answer = 41\n".utf8)
  private static let new = Array("answer = 42\n".utf8)

  private let readers: [ServiceName]

  init() throws { readers = [try present(ServiceName("demo.service"))] }

  private func published(readers: [ServiceName]?) throws -> World {
    var world = try World(old: Self.old, new: Self.new)
    try world.publish(readers: readers)
    return world
  }

  /// A service that maps nothing of the component.
  private func service(_ command: String = "/bin/sleep 1000", _ name: String = "demo") throws -> ServiceDefinition {
    let text = "[Service]\nExecStart=\(command)\n"
    return try ServiceDefinition(name: name, ConfigurationFile(parsing: Array(text.utf8), name: "\(name).service"))
  }

  private func pid(_ running: RunningDevice, _ name: String = "demo") async throws -> Int32 {
    try present(await running.supervisor.status(of: name)?.pid)
  }

  private func exposures(_ running: RunningDevice) async throws -> [ProcessReport.Exposure] {
    try present(await running.device.status().components.first).processes.map(\.exposure)
  }

  private func restarts(_ running: RunningDevice) throws -> Int {
    try running.journal.history().count { $0.event.station == .restart && $0.event.message.hasSuffix("was restarted") }
  }

  @Test func `what is read by nobody knows whom is unknown, never protected, and the plan says so before`() async throws
  {
    let world = try published(readers: nil)
    let running = try await world.device(services: [service()])
    try await running.device.look()
    let plan = try await running.device.plan(component: "libdemo")
    #expect(plan.steps.isEmpty && plan.unknown.count == 1)
    #expect(plan.unknown.first?.hasPrefix("libdemo (a): 1 file of it is read and not mapped") == true)
    try await running.device.apply(component: "libdemo")
    let status = try await running.device.status()
    #expect(status.components.first?.state == .confirmed)
    #expect(status.verdict == .unknown)
    #expect(status.limits.contains { $0 == plan.unknown.first })
    #expect(status.components.first?.read == ReadReport(files: 1, readers: nil))
    // It is no secret in the history either.
    let told = try running.journal.history().last { $0.event.station == .confirm }?.event.message
    #expect(told?.contains("who has the former content is unknown") == true)
    await running.supervisor.stopAll()
    withExtendedLifetime(world) {}
  }

  @Test func `declared readers are exposed until they are restarted, and no other service is`() async throws {
    let world = try published(readers: readers)
    let running = try await world.device(services: [service(), service("/bin/sleep 1000", "other")])
    try await running.device.look()
    let before = try await (pid(running), pid(running, "other"))
    let exposed = try present(await running.device.status().components.first)
    #expect(exposed.processes.map(\.exposure) == [.exposed])
    #expect(exposed.processes.map(\.pid) == [before.0] && exposed.processes.map(\.reads) == [true])
    #expect(exposed.processes.map(\.mapped) == ["\(world.deviceRoot)/\(world.file)"])
    #expect(exposed.read == ReadReport(files: 1, readers: ["demo.service"]))
    let plan = try await running.device.plan(component: "libdemo")
    #expect(plan.services == ["demo"] && plan.unknown.isEmpty && plan.steps.map(\.processes) == [1])
    try await running.device.apply(component: "libdemo")
    let status = try await running.device.status()
    #expect(status.verdict == .protected)
    #expect(status.components.first?.processes.map(\.exposure) == [.protected])
    #expect(try await pid(running) != before.0)
    #expect(try await pid(running, "other") == before.1)
    // Once is enough.
    for _ in 0..<2 { try await running.device.finishActivations() }
    #expect(try restarts(running) == 1)
    await running.supervisor.stopAll()
    withExtendedLifetime(world) {}
  }

  @Test func `a publisher may say that no service keeps what it read`() async throws {
    let world = try published(readers: [])
    let running = try await world.device(services: [service()])
    try await running.device.lookAndApply()
    let status = try await running.device.status()
    #expect(status.verdict == .protected && status.components.first?.processes.isEmpty == true)
    #expect(try restarts(running) == 0)
    await running.supervisor.stopAll()
    withExtendedLifetime(world) {}
  }

  @Test func `after the removal those that may have read the improved content are restarted, once`() async throws {
    let world = try published(readers: readers)
    let running = try await world.device(services: [service()])
    try await running.device.lookAndApply()
    let improved = try await pid(running)
    try await running.device.remove(component: "libdemo", by: "owner")
    let baseline = try await pid(running)
    #expect(baseline != improved)
    #expect(try await exposures(running) == [.exposed])
    for _ in 0..<2 { try await running.device.finishActivations() }
    #expect(try await pid(running) == baseline)
    #expect(try restarts(running) == 2)
    await running.supervisor.stopAll()
    withExtendedLifetime(world) {}
  }

  @Test func `a later letter makes them exposed again, and going back from it too`() async throws {
    var world = try published(readers: readers)
    let running = try await world.device(services: [service()])
    try await running.device.lookAndApply()
    let b = try present(Letter("b"))
    try world.publish(
      serial: present(Serial(2)), letter: b, improved: Array("answer = 43\n".utf8), closing: [], readers: readers)
    try await running.device.look()
    #expect(try await running.device.plan(component: "libdemo").services == ["demo"])
    let first = try await pid(running)
    try await running.device.apply(component: "libdemo")
    let second = try await pid(running)
    #expect(second != first)
    try await running.device.remove(component: "libdemo", to: .a, by: "owner")
    #expect(try await pid(running) != second)
    #expect(try await exposures(running) == [.protected])
    #expect(try await running.device.status().verdict == .protected)
    await running.supervisor.stopAll()
    withExtendedLifetime(world) {}
  }

  @Test func `who is never restarted unattended is pending, and protected once its owner restarted it`() async throws {
    let world = try published(readers: readers)
    let layout = try DeviceLayout(root: world.deviceRoot)
    _ = try layout.configuration.creatingDirectory(path("units.d"))
    try layout.configuration.write(Array("[Unit]\nDoNotRestart=yes\n".utf8), to: path("units.d/demo.conf"))
    let running = try await world.device(services: [service()])
    try await running.device.lookAndApply()
    #expect(try await exposures(running) == [.pending])
    #expect(try await running.device.status().verdict == .pending)
    #expect(try await Device.loginNotice(running.device.waiting())?.contains("demo, 1 process") == true)
    _ = try await running.supervisor.restart("demo")
    #expect(try await exposures(running) == [.protected])
    #expect(try await Device.loginNotice(running.device.waiting()) == nil)
    await running.supervisor.stopAll()
    withExtendedLifetime(world) {}
  }

  @Test func `a process that was forked afterwards has what its service read before`() async throws {
    let world = try published(readers: readers)
    let layout = try DeviceLayout(root: world.deviceRoot)
    _ = try layout.configuration.creatingDirectory(path("units.d"))
    try layout.configuration.write(Array("[Unit]\nDoNotRestart=yes\n".utf8), to: path("units.d/demo.conf"))
    let go = world.temporary.path + "/go"
    try world.temporary.directory.write(
      Array("until test -e \(go); do sleep 0.02; done\nsleep 1000 &\nwait\n".utf8), to: path("service.sh"))
    let running = try await world.device(services: [service("/bin/sh \(world.temporary.path)/service.sh")])
    try await running.device.lookAndApply()
    try await Task.sleep(for: BootMoment.resolution)
    try world.temporary.directory.write([], to: path("go"))
    let child = { (status: DeviceStatus) in status.components.first?.processes.first { $0.name == "sleep" } }
    // Those of before the mark end by themselves.
    try await Task.sleep(for: .milliseconds(200))
    let found = try present(child(await running.device.status()))
    let (main, own) = (ProcessIdentity(running: try await pid(running)), ProcessIdentity(running: found.pid))
    #expect(try present(own).startTicks > present(main).startTicks)
    #expect(found.exposure == .pending)
    await running.supervisor.stopAll()
    withExtendedLifetime(world) {}
  }

  @Test func `what somebody had uncovered for a while makes all exposed that began before it stood again`() async throws
  {
    let world = try published(readers: readers)
    let first = try await world.device(services: [service()])
    try await first.device.lookAndApply()
    #expect(try await exposures(first) == [.protected])
    let before = try await pid(first)
    // A daemon that starts again finds everything as it was.
    let second = try await world.device(services: [service()])
    try await second.device.look()
    #expect(try await exposures(second) == [.protected])
    try Directory(path: world.deviceRoot).removeTree(path("var/lib/suture/farm"))
    let third = try await world.device(services: [service()])
    try await third.device.look()
    #expect(try await pid(third) == before)
    #expect(try await exposures(third) == [.exposed])
    try await third.device.finishActivations()
    #expect(try await pid(third) != before)
    #expect(try await third.device.status().verdict == .protected)
    await third.supervisor.stopAll()
    withExtendedLifetime((world, first, second)) {}
  }

  @Test func `where nothing is known of the moment, or of another boot, nobody is called protected`() async throws {
    let world = try published(readers: readers)
    let running = try await world.device(services: [service()])
    try await running.device.lookAndApply()
    let known = try present(running.journal.switches()[world.stream])
    #expect(known.former == nil && known.present == .first && known.since != nil)
    for (boot, since) in [("another", known.since), (known.boot, nil)] {
      try running.journal.record([
        ContentSwitch(world.stream, from: nil, to: .first, content: known.content, boot: boot, since: since)
      ])
      #expect(try await exposures(running) == [.exposed])
      #expect(try await running.device.status().verdict == .exposed)
    }
    await running.supervisor.stopAll()
    withExtendedLifetime(world) {}
  }
}
