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

/// A device over ten minutes, an hour, a day: the clock is set on by hand, and what the services do is scripted.
struct HealthWorld {
  var world: World
  let clock: ManualClock
  let manager = ScriptedServices()
  let witness = ScriptedWitness()
  private(set) var running: RunningDevice
  // This process runs the component's code, and counts as the service `demo`.
  private let baseline: MappedFile

  var device: Device { running.device }

  init(settings: String = "", probes: [String: String] = [:]) async throws {
    world = try World()
    clock = ManualClock(world.now)
    let root = try Directory(path: world.deviceRoot)
    let etc = try root.directory(path("etc/suture"))
    // An empty value takes back that tests watch for no time.
    let text = "[Device]\nProbationTime=\n\(settings)"
    _ = try etc.creatingDirectory(path("sutured.conf.d"))
    try etc.write(Array(text.utf8), to: path("sutured.conf.d/90-test.conf"))
    if !probes.isEmpty { _ = try etc.creatingDirectory(path("probes.d")) }
    for (name, text) in probes { try etc.write(Array("[Probe]\n\(text)\n".utf8), to: path("probes.d/\(name).conf")) }
    baseline = try MappedFile(root.openFile(world.file), limit: 1 << 20)
    try world.publish()
    running = try await Self.start(world, clock, manager, witness)
  }

  private static func start(
    _ world: World, _ clock: ManualClock, _ manager: ScriptedServices, _ witness: ScriptedWitness
  ) async throws -> RunningDevice {
    try await world.device(manager: { _ in manager }, clock: clock, witness: witness)
  }

  /// Another daemon takes over.
  mutating func restartDaemon() async throws {
    running = try await Self.start(world, clock, manager, witness)
    try await device.look()
  }

  /// Lets time pass while the daemon looks after its device, as it does.
  ///
  /// - Parameter during: what happens at each look.
  func pass(_ time: Duration, during: () -> Void = {}) async {
    var left = time
    while left > .zero {
      during()
      let pause = min(await device.tend() ?? .seconds(60), left)
      clock.pass(pause)
      left -= pause
    }
    during()
    _ = await device.tend()
  }

  func state(_ serial: Serial = .first) throws -> String {
    try present(running.journal.improvements().first { $0.manifest.serial == serial }).state.name
  }

  func probation() throws -> Probation { try present(running.journal.probations()[world.stream]) }

  func history(_ station: ProgressEvent.Station) throws -> [String] {
    try running.journal.history().filter { $0.event.station == station }.map(\.event.message)
  }
}

/// A manager of one service, `demo`, to which every process belongs.
final class ScriptedServices: ServiceManager {
  private struct State {
    var fault: String?
    var crashes = 0
    var restarts = 0
    var refusal: (@Sendable () -> Bool)?
    var isSilent = false
  }

  private let state = Mutex(State())

  /// Why the service does not run; nil where it does.
  var fault: String? {
    get { state.withLock { $0.fault } }
    set { state.withLock { $0.fault = newValue } }
  }
  var restarts: Int { state.withLock { $0.restarts } }
  func crash(_ count: Int = 1) { state.withLock { $0.crashes += count } }
  /// Has restarts fail where a condition holds then; nowhere where none is given.
  func refuseRestarts(when refusal: (@Sendable () -> Bool)?) { state.withLock { $0.refusal = refusal } }
  func silence(_ isSilent: Bool) { state.withLock { $0.isSilent = isSilent } }

  func status(of name: String) async throws -> ServiceStatus? {
    let state = state.withLock { $0 }
    if state.isSilent { throw ServiceError.unanswered("trial") }
    // No process of that number is ever found, as where it fell and fell.
    return ServiceStatus(
      name: name, pid: state.fault == nil ? .max : nil, crashes: state.crashes, absence: state.fault.map { .failed($0) }
    )
  }

  func service(of pid: Int32) async -> String? { "demo" }
  func restraint(on name: String, by rules: RestartRules) async -> ServiceRestraint? { nil }

  func stop(_ name: String) async throws { throw ServiceError.unknown(name) }
  func restart(_ name: String) async throws -> Duration {
    let refusal = state.withLock { $0.refusal }
    let isRefused = refusal?() ?? false
    state.withLock { state in
      state.restarts += 1
      state.fault = isRefused ? "it does not start" : nil
    }
    if isRefused { throw ServiceError.notRestarted(name, "trial") }
    return .zero
  }
}

/// A witness that tells what it is given to tell.
final class ScriptedWitness: CrashWitness {
  private let waiting = Mutex<[CrashedProcess]>([])
  private let held = Mutex<Set<ProcessIdentity>>([])

  var limitation: String? { nil }
  var isHolding: Bool { held.withLock { !$0.isEmpty } }
  func tell(_ crash: CrashedProcess) { waiting.withLock { $0.append(crash) } }
  func hold(_ processes: Set<ProcessIdentity>) { held.withLock { $0 = processes } }
  func rest() { held.withLock { $0 = [] } }

  func crashes() -> [CrashedProcess] {
    waiting.withLock { waiting in
      defer { waiting = [] }
      return waiting
    }
  }
}

@Suite(.timeLimit(.minutes(10))) struct HealthTests {
  @Test func `an improvement is live at once and confirmed after ten minutes, and others are not held up meanwhile`()
    async throws
  {
    let health = try await HealthWorld()
    try await health.device.lookAndApply()
    #expect(try health.state() == "probation")
    #expect(try health.running.loaded(health.world.file) == health.world.new)
    await health.pass(.seconds(595))
    #expect(try health.state() == "probation")
    let component = try #require(try await health.device.status().components.first)
    #expect(component.health?.word == .watched && component.health?.attempt == 1)
    // Both are operations that are refused while another is under way.
    try await health.device.look()
    await health.pass(.seconds(10))
    #expect(try health.state() == "confirmed")
    #expect(try health.running.journal.probations().isEmpty)
    #expect(await health.device.tend() == nil)
    #expect(!health.witness.isHolding)
  }

  @Test func `it can be removed while it is on probation, and nothing is tried again`() async throws {
    let health = try await HealthWorld()
    try await health.device.lookAndApply()
    await health.pass(.seconds(60))
    try await health.device.remove(component: "libdemo", by: "owner")
    await health.pass(.seconds(7_200))
    #expect(try health.state() == "removed")
    #expect(try health.running.journal.probations().isEmpty)
    #expect(await health.device.tend() == nil)
  }

  @Test func `a service that ends takes it off; it is tried again after an hour, and then stays, and the service runs`()
    async throws
  {
    let health = try await HealthWorld()
    try await health.device.lookAndApply()
    await health.pass(.seconds(60))
    health.manager.fault = "its program crashed with signal 11"
    await health.pass(.seconds(2))
    #expect(try health.state() == "rolledBack")
    #expect(try health.running.loaded(health.world.file) == health.world.old)
    #expect(health.manager.fault == nil)
    #expect(
      try health.history(.rollBack) == [
        "libdemo was taken off again: demo does not run: its program crashed with signal 11"
      ])
    let fallback = try #require(try await health.device.status().components.first?.health)
    #expect(fallback.word == .fallback && fallback.reason?.hasPrefix("demo does not run") == true)
    await health.pass(.seconds(610))
    let waiting = try #require(try await health.device.status().components.first?.health)
    #expect(waiting.word == .waiting && waiting.attempt == 2)
    await health.pass(.seconds(3_500))
    #expect(try health.state() == "rolledBack")
    await health.pass(.seconds(200))
    #expect(try health.state() == "probation")
    // Whoever does it can do it again, and cannot keep the fix away.
    health.manager.fault = "its program crashed with signal 11"
    await health.pass(.seconds(700))
    #expect(try health.state() == "confirmed")
    #expect(try health.running.loaded(health.world.file) == health.world.new)
    #expect(health.manager.fault == nil)
    #expect(try health.history(.confirm).last?.contains("it stays though demo does not run") == true)
  }

  @Test func `who ends a service whatever it runs has the improvement back within the watch over its fallback`()
    async throws
  {
    let health = try await HealthWorld()
    try await health.device.lookAndApply()
    health.manager.fault = "its program crashed with signal 11"
    await health.pass(.seconds(2))
    #expect(try health.state() == "rolledBack")
    // Half a minute later they strike again.
    await health.pass(.seconds(30))
    health.manager.fault = "its program crashed with signal 11"
    await health.pass(.seconds(4))
    #expect(try health.state() == "probation")
    #expect(try health.history(.acquit).count == 1)
    #expect(health.manager.fault == nil)
    // What failed without it too condemns it no more.
    for _ in 0..<10 {
      health.manager.fault = "its program crashed with signal 11"
      await health.pass(.seconds(61))
    }
    #expect(try health.state() == "confirmed")
  }

  @Test func `what does not start is tried four times over more than a week, and given up`() async throws {
    let health = try await HealthWorld()
    try await health.device.look()
    // The former files are well.
    let farm = health.running.farm
    health.manager.refuseRestarts { (try? farm.standing())?.isEmpty == false }
    await #expect(throws: DeviceError.self) { try await health.device.apply(component: "libdemo") }
    for (tries, delay) in [3_600, 86_400, 604_800].enumerated() {
      #expect(try health.state() == "rolledBack")
      await health.pass(.seconds(604))
      #expect(try health.probation().attempt == tries + 1)
      health.clock.pass(.seconds(delay))
      await health.pass(.seconds(2))
    }
    #expect(health.manager.restarts >= 10)
    await health.pass(.seconds(700))
    #expect(try health.state() == "rolledBack")
    #expect(try await health.device.status().components.first?.health?.word == .givenUp)
    // Its owner may.
    health.manager.refuseRestarts(when: nil)
    try await health.device.reapply(component: "libdemo")
    #expect(try health.state() == "probation")
  }

  @Test func `a watch outlives the daemon, and forgets half a minute of it at most`() async throws {
    var health = try await HealthWorld()
    try await health.device.lookAndApply()
    await health.pass(.seconds(300))
    try await health.restartDaemon()
    await health.pass(.seconds(280))
    #expect(try health.state() == "probation")
    await health.pass(.seconds(60))
    #expect(try health.state() == "confirmed")
  }

  @Test func `what waits to be tried again outlives the daemon, and a clock that is set back does not hold it up`()
    async throws
  {
    var health = try await HealthWorld()
    try await health.device.lookAndApply()
    health.manager.fault = "trial"
    await health.pass(.seconds(620))
    #expect(try health.probation().attempt == 1)
    try await health.restartDaemon()
    await health.pass(.seconds(60))
    #expect(try health.state() == "rolledBack")
    health.clock.set(by: .seconds(-86_400))
    await health.pass(.seconds(60))
    let told = try health.running.journal.history().map(\.event.message)
    #expect(try health.state() == "probation", "\(told)")
  }

  @Test func `a manager that is silent holds up the end, and no more`() async throws {
    let health = try await HealthWorld()
    try await health.device.lookAndApply()
    await health.pass(.seconds(300))
    health.manager.silence(true)
    await health.pass(.seconds(1_200))
    #expect(try health.state() == "probation")
    health.manager.silence(false)
    await health.pass(.seconds(310))
    #expect(try health.state() == "confirmed")
  }

  @Test func `a service that came back by itself three times is a crash loop, and two times are none`() async throws {
    let health = try await HealthWorld()
    try await health.device.lookAndApply()
    await health.pass(.seconds(10))
    health.manager.crash(2)
    await health.pass(.seconds(10))
    #expect(try health.state() == "probation")
    health.manager.crash()
    await health.pass(.seconds(2))
    #expect(try health.state() == "rolledBack")
    #expect(try health.history(.rollBack).first?.hasSuffix("demo crashed 3 times") == true)
  }

  @Test func `what waits to be tried again on files that packages have replaced is retired, and did not fail`()
    async throws
  {
    var health = try await HealthWorld()
    try await health.device.lookAndApply()
    health.manager.fault = "trial"
    await health.pass(.seconds(620))
    #expect(try health.probation().attempt == 1)
    // The very files again are no others.
    let device = try Directory(path: health.world.deviceRoot)
    try device.write(health.world.old, to: health.world.file)
    try await health.restartDaemon()
    #expect(try health.state() == "rolledBack" && health.probation().attempt == 1)
    // Nobody tells of it: it is found out when its time has come.
    try device.write(health.world.old + [1], to: health.world.file)
    await health.pass(.seconds(3_700))
    #expect(try health.state() == "retired")
    #expect(try health.running.journal.probations().isEmpty)
    #expect(
      try health.history(.acquit).last
        == "libdemo is not tried again: its files on disk are not the baseline 1.2-1 any more")
    #expect(try health.history(.refuse).isEmpty)
    #expect(await health.device.tend() == nil)
  }

  @Test func `what waits and was brought by the operating system is retired with its version at the next look`()
    async throws
  {
    let health = try await HealthWorld()
    try await health.device.lookAndApply()
    health.manager.fault = "trial"
    await health.pass(.seconds(620))
    try Directory(path: health.world.deviceRoot).write(health.world.new, to: health.world.file)
    try await health.device.look()
    #expect(
      try health.running.journal.improvements().map(\.state)
        == [.retired(version: present(PackageVersion("1.2-2")))])
    #expect(try health.running.journal.probations().isEmpty)
  }
}
