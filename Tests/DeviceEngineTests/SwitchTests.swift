import Activation
import Basics
import DeviceEngine
import DeviceTestSupport
import Grafting
import Improvements
import Journal
import Linux
import Synchronization
import TestSupport
import Testing

/// Improvements whose files change places at a moment of their own: when the machine starts, or while no program uses them.
@Suite(.timeLimit(.minutes(10))) struct SwitchTests {
  /// Boots: everything that a kernel forgets is gone.
  ///
  /// - Parameter comesUp: whether that is found out.
  private func boot(_ world: World, comesUp: Bool = true) async throws -> RunningDevice {
    try Directory(path: world.deviceRoot).remove(path("var/lib/suture/farm/current"))
    let running = try await world.device(isBoot: true)
    if comesUp { _ = try await running.device.concludeBoot(isSure: true) }
    return running
  }

  private func states(_ running: RunningDevice) throws -> [String] {
    try running.journal.improvements().map(\.state.name)
  }

  private func waiting() async throws -> (World, RunningDevice) {
    var world = try World()
    try world.publish(activation: .softReboot)
    let running = try await world.device()
    try await running.device.lookAndApply()
    return (world, running)
  }

  // MARK: - When the machine starts

  @Test func `what waits for the machine is made ready, said, and stands from its next start on`() async throws {
    let (world, running) = try await waiting()
    #expect(try running.farm.standing().isEmpty)
    #expect(try states(running) == ["staged"])
    let status = try await running.device.status()
    #expect(status.verdict == .exposed)
    let note = "libdemo is ready: it takes its place when the machine starts next; `suture reboot` does that"
    #expect(status.limits.contains(note))
    // Neither another look nor another daemon changes that or says it again.
    let told = try running.journal.history(limit: .max).count
    try await running.device.look()
    let again = try await world.device()
    try await again.device.lookAndApply()
    try await again.device.finishActivations()
    #expect(try states(again) == ["staged"])
    // Nor being asked for it: that says again what it waits for.
    for component in [nil, "libdemo"] { try await again.device.apply(component: component) }
    #expect(try states(again) == ["staged"])
    let news = try again.journal.history(limit: .max).dropFirst(told).map(\.event.station)
    let words = "\(news)"
    #expect(news.allSatisfy { $0 == .look || $0 == .plan } && news.count { $0 == .plan } == 2, "\(words)")
    let started = try await boot(world, comesUp: false)
    #expect(try started.loaded(world.file) == world.new)
    #expect(try started.journal.bootRecord().tried?.count == 1)
    try await started.device.finishActivations()
    #expect(try states(started) == ["confirmed"])
    try await started.device.look()
    #expect(try await started.device.status().verdict == .protected)
  }

  @Test func `its plan is a restart of the machine, which is said at login too`() async throws {
    var world = try World()
    try world.publish(activation: .reboot)
    let running = try await world.device()
    try await running.device.look()
    let plan = try await running.device.plan(component: "libdemo")
    #expect(plan.cost == .reboot && plan.services.isEmpty)
    #expect(plan.steps.map(\.account) == ["the machine: libdemo takes its place when it starts"])
    #expect(try RestartPlan(plan.json) == plan)
    try await running.device.apply(component: "libdemo")
    let notice = try await Device.loginNotice(running.device.waiting())
    #expect(notice?.contains("the machine: libdemo takes its place when it starts") == true)
    withExtendedLifetime(world) {}
  }

  @Test func `what is ready and damaged since is fetched anew, and called off when its owner removes it`() async throws
  {
    let (world, running) = try await waiting()
    let store = try Directory(path: world.deviceRoot + "/var/lib/suture/store")
    let stored = try #require(store.names().first)
    try store.write([1], to: path(stored), mode: 0o644)
    let started = try await boot(world)
    #expect(try started.farm.standing().isEmpty)
    #expect(try states(started) == ["offered"])
    try await started.device.lookAndApply()
    #expect(try states(started) == ["staged"])
    try await started.device.remove(component: "libdemo", by: "owner")
    #expect(try states(started) == ["removed"])
    let again = try await boot(world)
    #expect(try again.farm.standing().isEmpty)
    withExtendedLifetime(running) {}
  }

  @Test func `what was put in place with a start is taken off with one, and never while the machine runs`() async throws
  {
    let (world, _) = try await waiting()
    let running = try await boot(world)
    try await running.device.finishActivations()
    try await running.device.remove(component: "libdemo", by: "owner")
    try await running.device.finishActivations()
    #expect(try running.loaded(world.file) == world.new)
    let status = try await running.device.status()
    #expect(
      status.limits.contains(
        "libdemo (a) was taken off and stands until the machine starts next; `suture reboot` does that"))
    // A daemon that starts in between changes nothing.
    let again = try await world.device()
    #expect(try again.loaded(world.file) == world.new)
    let started = try await boot(world)
    #expect(try started.farm.standing().isEmpty)
    #expect(try started.loaded(world.file) == world.old)
    #expect(try await !started.device.status().limits.contains { $0.contains("stands until") })
    // Back again: with a start as well.
    try await started.device.look()
    try await started.device.reapply(component: "libdemo")
    #expect(try started.farm.standing().isEmpty)
    #expect(try await boot(world).loaded(world.file) == world.new)
  }

  @Test func `the package manager takes it off at any time`() async throws {
    let (world, _) = try await waiting()
    let running = try await boot(world)
    try await running.device.finishActivations()
    try Directory(path: world.deviceRoot).write(Array("upgraded".utf8), to: world.file, mode: 0o644)
    try await running.device.finishActivations()
    try await running.device.settlePackages()
    #expect(try running.farm.standing().isEmpty)
    #expect(try states(running) == ["retired"])
  }

  @Test func `a boot that does without it has it no more when it came up, but the next one`() async throws {
    let (world, _) = try await waiting()
    _ = try await boot(world, comesUp: false)
    let running = try await boot(world, comesUp: false)
    #expect(try running.farm.standing().isEmpty)
    #expect(try await running.device.concludeBoot(isSure: true))
    try await running.device.finishActivations()
    #expect(try running.farm.standing().isEmpty)
    #expect(
      try await running.device.status().limits.contains {
        $0.hasPrefix("libdemo was left out of this start and is tried again with the next")
      })
    #expect(try await boot(world).loaded(world.file) == world.new)
  }

  @Test func `a later one that is ready takes the earlier one's place with the start`() async throws {
    var (world, _) = try await waiting()
    let running = try await boot(world)
    try await running.device.finishActivations()
    try world.publish(
      serial: present(Serial(2)), letter: present(Letter("b")), improved: world.new + [2], activation: .softReboot)
    try await running.device.lookAndApply()
    #expect(try running.loaded(world.file) == world.new)
    #expect(try states(running).sorted() == ["confirmed", "staged"])
    let started = try await boot(world)
    #expect(try started.loaded(world.file) == world.new + [2])
    #expect(try states(started).sorted() == ["grafted", "superseded"])
  }

  @Test func `what is ready takes its place though a later one is known that its owner did not ask for`() async throws {
    var world = try World()
    try world.publish(activation: .softReboot)
    let running = try await world.device(policy: "[Policy]\nAutomatic=off\n")
    try await running.device.look()
    try await running.device.apply(component: "libdemo")
    try world.publish(
      serial: present(Serial(2)), letter: present(Letter("b")), improved: world.new + [2], activation: .softReboot)
    try await running.device.look()
    #expect(try states(running).sorted() == ["offered", "staged"])
    #expect(try await boot(world).loaded(world.file) == world.new)
  }

  // MARK: - While nobody uses it

  private func set(old: [UInt8]? = nil, new: [UInt8]? = nil) throws -> World {
    var world = try World(old: old, new: new)
    try world.publish(activation: .relaunch, isCoherent: true)
    return world
  }

  @Test func `a set waits for the programs that use it, and takes its place when they have ended`() async throws {
    let world = try set()
    let running = try await world.device()
    var used: MappedFile? = try MappedFile(
      Directory(path: world.deviceRoot).openFile(world.file), limit: 1 << 20)
    try await running.device.lookAndApply()
    #expect(try states(running) == ["staged"])
    let note = try #require(await running.device.status().limits.first { $0.hasPrefix("libdemo is ready: ") })
    #expect(note.contains("its files belong together, and 1 process uses them"))
    #expect(await running.device.switchWaiting() == .seconds(60))
    #expect(try states(running) == ["staged"])
    withExtendedLifetime(used) {}
    used = nil
    _ = await running.device.switchWaiting()
    #expect(try running.loaded(world.file) == world.new)
    #expect(try states(running) == ["confirmed"])
    #expect(await running.device.switchWaiting() == nil)
  }

  @Test func `a set takes its place at its deadline, and with a start`() async throws {
    let world = try set()
    let clock = ManualClock(world.now)
    let running = try await world.device(clock: clock)
    let used = try MappedFile(Directory(path: world.deviceRoot).openFile(world.file), limit: 1 << 20)
    try await running.device.lookAndApply()
    clock.pass(.seconds(7 * 86_400 - 1))
    _ = await running.device.switchWaiting()
    #expect(try states(running) == ["staged"])
    clock.pass(.seconds(1))
    _ = await running.device.switchWaiting()
    #expect(try running.loaded(world.file) == world.new)
    withExtendedLifetime(used) {}

    let other = try set()
    let second = try await other.device()
    let held = try MappedFile(Directory(path: other.deviceRoot).openFile(other.file), limit: 1 << 20)
    try await second.device.lookAndApply()
    #expect(try states(second) == ["staged"])
    #expect(try await boot(other).loaded(other.file) == other.new)
    withExtendedLifetime(held) {}
  }

  @Test func `services that use a set are ended before and started after it`() async throws {
    let old = try Directory(path: "/usr/lib/x86_64-linux-gnu", links: .withinRoot)
      .read(path("libz.so.1"), limit: 1 << 24)
    let world = try set(old: old, new: old + Array("improved".utf8))
    let text = "[Service]\nExecStart=/bin/sleep 1000\nEnvironment=LD_PRELOAD=libdemo.so.1\n"
    let service = try ServiceDefinition(
      name: "demo", ConfigurationFile(parsing: Array(text.utf8), name: "demo.service"))
    let running = try await world.device(services: [service])
    while try await running.device.status().components.isEmpty {
      try await running.device.look()
    }
    // It maps the library a moment after it was started.
    while try await running.device.status().components.first?.processes.isEmpty != false {
      try await Task.sleep(for: .milliseconds(5))
    }
    let before = try #require(await running.supervisor.status(of: "demo")?.pid)
    try await running.device.apply(component: "libdemo")
    #expect(try states(running) == ["confirmed"])
    let after = try #require(await running.supervisor.status(of: "demo")?.pid)
    #expect(after != before)
    #expect(
      try await running.device.status().components.first?.processes.allSatisfy { $0.exposure == .protected } == true)
    await running.supervisor.stopAll()
    withExtendedLifetime(world) {}
  }

  @Test func `services that a crash left ended are started when the set takes its place`() async throws {
    let world = try set()
    let running = try await world.device()
    let used = try MappedFile(Directory(path: world.deviceRoot).openFile(world.file), limit: 1 << 20)
    try await running.device.lookAndApply()
    try running.journal.setConcernedServices(["demo"], of: world.stream)
    withExtendedLifetime(used) {}
    let text = "[Service]\nExecStart=/bin/sleep 1000\n"
    let service = try ServiceDefinition(
      name: "demo", ConfigurationFile(parsing: Array(text.utf8), name: "demo.service"))
    let started = try await world.device(services: [service])
    try await started.supervisor.stop("demo")
    #expect(await started.supervisor.status(of: "demo")?.pid == nil)
    #expect(try await boot(world).farm.standing().count == 1)
    let again = try await world.device(services: [service])
    try await again.supervisor.stop("demo")
    try await again.device.finishActivations()
    #expect(await again.supervisor.status(of: "demo")?.pid != nil)
    await again.supervisor.stopAll()
    await started.supervisor.stopAll()
  }

  @Test func `what its manager ends with such a service is started again too, and is never ended where it must not be`()
    async throws
  {
    for restrained in [Set<String>(), ["helper"]] {
      let world = try set()
      let manager = PausingManager(restrained: restrained)
      let running = try await world.device(manager: { _ in manager })
      let used = try MappedFile(Directory(path: world.deviceRoot).openFile(world.file), limit: 1 << 20)
      try await running.device.lookAndApply()
      #expect(try states(running) == ["confirmed"])
      let expected = restrained.isEmpty ? ["stop demo", "restart demo", "restart helper"] : ["restart demo"]
      #expect(manager.log == expected)
      #expect(try await manager.status(of: "helper")?.pid != nil)
      withExtendedLifetime(used) {}
    }
  }
}

/// A manager of a service, which is this process, and of one that ends with it and is not started with it.
private final class PausingManager: ServiceManager {
  private let restrained: Set<String>
  private let state = Mutex((running: Set(["demo", "helper"]), log: [String]()))

  init(restrained: Set<String>) { self.restrained = restrained }

  var log: [String] { state.withLock { $0.log } }

  func status(of name: String) async throws -> ServiceStatus? {
    let isUp = state.withLock { $0.running.contains(name) }
    return ServiceStatus(name: name, pid: isUp ? 1 : nil, crashes: 0, absence: isUp ? nil : .stopped)
  }
  func service(of pid: Int32) async -> String? { pid == ProcessLauncher.ownPID ? "demo" : nil }
  func restraint(on name: String, by rules: RestartRules) async -> ServiceRestraint? {
    restrained.contains(name) ? ServiceRestraint("trial") : nil
  }
  func companions(of name: String) async -> [String] { name == "demo" ? ["helper"] : [] }
  func stop(_ name: String) async throws {
    state.withLock { state in
      state.log.append("stop \(name)")
      state.running.subtract([name, "helper"])
    }
  }
  func restart(_ name: String) async throws -> Duration {
    state.withLock { state in
      state.log.append("restart \(name)")
      state.running.insert(name)
    }
    return .zero
  }
}
