import Activation
import Basics
import DeviceEngine
import DeviceTestSupport
import Grafting
import Improvements
import Journal
import Linux
import TestSupport
import Testing

/// What `apply --dry-run` says before anything is changed.
@Suite(.timeLimit(.minutes(10))) struct PlanTests {
  private let world: World

  init() throws {
    let old = try Directory(path: "/usr/lib/x86_64-linux-gnu", links: .withinRoot)
      .read(path("libz.so.1"), limit: 1 << 24)
    // Bytes after the last section are not loaded: the same library under another digest.
    var world = try World(old: old, new: old + Array("improved".utf8))
    try world.publish()
    self.world = world
  }

  /// Processes that map the baseline's file.
  private func processes(_ count: Int) throws -> [ProcessIdentity] {
    let log = try world.temporary.directory.appendingFile(path("log"))
    return try (0..<count).map { _ in
      try ProcessLauncher.start(
        "/bin/sleep", arguments: ["1000"], environment: ["LD_PRELOAD": "\(world.deviceRoot)/\(world.file)"],
        output: log)
    }
  }

  private func plan(
    _ count: Int, _ manager: ([ProcessIdentity]) -> PlannedManager
  ) async throws -> (RestartPlan, RunningDevice) {
    let started = try processes(count)
    defer {
      for process in started {
        _ = try? process.send(.kill)
        while process.isRunning {}
        process.reap()
      }
    }
    let running = try await world.device(manager: { _ in manager(started) })
    try await running.device.look()
    var plan = try await running.device.plan(component: "libdemo")
    // They map it a moment after they were started.
    while plan.steps.reduce(0, { $0 + $1.processes }) < count {
      try await Task.sleep(for: .milliseconds(5))
      plan = try await running.device.plan(component: "libdemo")
    }
    return (plan, running)
  }

  @Test func `it says what restarts by itself, in order, and what waits for whom and why; and nothing is changed`()
    async throws
  {
    let (plan, running) = try await plan(6) { processes in
      PlannedManager(
        services: [
          processes[0].pid: "a", processes[1].pid: "b", processes[2].pid: "b", processes[3].pid: "docker",
          processes[4].pid: "dbus",
        ],
        restraints: [
          "docker": ServiceRestraint("containers run beneath it"), "dbus": ServiceRestraint("all use it", .reboot),
        ], companions: ["a": ["exporter"]])
    }
    #expect(plan.streams == [world.stream])
    #expect(plan.services == ["b", "a"])
    #expect(plan.cost == .reboot)
    let words = plan.steps.map { "\($0.cost.rawValue) \($0.isUnattended) \($0.subject) \($0.processes)" }
    #expect(
      words == [
        "restart true unit(\"b\") 2", "restart true unit(\"a\") 1", "restart false unit(\"docker\") 1",
        "relaunch false program(\"sleep\") 1", "reboot false unit(\"dbus\") 1",
      ])
    #expect(plan.steps.map(\.companions) == [[], ["exporter"], [], [], []])
    #expect(plan.steps.map { $0.reason != nil } == [false, false, true, true, true])
    #expect(plan.steps[2].reason == "containers run beneath it")
    #expect(plan.steps[3].user == ProcessLauncher.userID)
    #expect(try running.farm.standing().isEmpty)
    #expect(try running.journal.improvements().map(\.state.name) == ["offered"])
    #expect(try RestartPlan(plan.json) == plan)
  }

  @Test func `where no process runs the vulnerable code it costs nothing`() async throws {
    let (plan, _) = try await plan(0) { _ in PlannedManager() }
    #expect(plan.cost == .nothing && plan.steps.isEmpty && plan.services.isEmpty)
    #expect(plan.streams == [world.stream])
  }

  @Test func `process 1 of a systemd executes itself anew, after all others`() async throws {
    let (plan, _) = try await plan(1) { PlannedManager(services: [$0[0].pid: Systemd.itself]) }
    let step = try #require(plan.steps.first)
    #expect(step.cost == .restart && step.isUnattended)
    #expect(step.reason == "it executes its program anew, and its units run on")
  }

  @Test func `a copy that is not this system's file is named, and costs nothing`() async throws {
    let folder = try world.temporary.directory.creatingDirectory(path("elsewhere"))
    try folder.write(world.old, to: path("libdemo.so.1.2"))
    let copy = try MappedFile(folder.openFile(path("libdemo.so.1.2")), limit: 1 << 24)
    let (plan, _) = try await plan(0) { _ in PlannedManager() }
    // Other tests have files of that name, too.
    let found = try #require(plan.copies.first { $0.mapped == "\(folder.path)/libdemo.so.1.2" })
    #expect(found.pid == ProcessLauncher.ownPID && found.build == .vulnerable)
    #expect(plan.cost == .nothing)
    withExtendedLifetime(copy) {}
  }
}

/// A manager that knows which process belongs to which service, and restarts from the end of the alphabet.
struct PlannedManager: ServiceManager {
  var services: [Int32: String] = [:]
  var restraints: [String: ServiceRestraint] = [:]
  var companions: [String: [String]] = [:]

  func status(of name: String) async throws -> ServiceStatus? { ServiceStatus(name: name, pid: 1, crashes: 0) }
  func service(of pid: Int32) async -> String? { services[pid] }
  func restraint(on name: String, by rules: RestartRules) async -> ServiceRestraint? { restraints[name] }
  func companions(of name: String) async -> [String] { companions[name] ?? [] }
  func inGroups(_ names: [String]) async -> [[String]] { names.sorted(by: >).map { [$0] } }
  func stop(_ name: String) async throws { throw ServiceError.unknown(name) }
  func restart(_ name: String) async throws -> Duration { throw ServiceError.unknown(name) }
}
