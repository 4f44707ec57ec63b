import Activation
import Basics
import DeltaEncoding
import DeviceEngine
import DeviceTestSupport
import Grafting
import Improvements
import Journal
import Linux
import Packages
import Synchronization
import TestSupport
import Testing

/// The package manager wins: what a device does, and does not do, while packages are changed, and afterwards.
@Suite(.timeLimit(.minutes(10))) struct PackagesTests {
  private let off = "[Policy]\nAutomatic=off\n"

  /// A process that changes packages until it is ended.
  private func packager(_ world: World) throws -> LockingProcess {
    let device = try Directory(path: world.deviceRoot)
    _ = try device.creatingDirectory(path("var/lib/dpkg"))
    return try LockingProcess(on: "\(world.deviceRoot)/var/lib/dpkg/lock-frontend")
  }

  /// What the hook does when a run begins: the note, and everything uncovered.
  private func stepAside(
    _ world: World, _ running: RunningDevice, for process: ProcessIdentity
  ) throws {
    try running.packages.inTurn {
      try running.packages.announce(
        PackageRun(announcer: .dpkg, process: process, since: world.now, aside: [world.file]))
    }
    try Directory(path: world.deviceRoot).remove(path("var/lib/suture/farm/current"))
  }

  private func isRefused(_ work: () async throws -> Void) async -> Bool {
    do { try await work() } catch DeviceError.packagesChanging { return true } catch { return false }
    return false
  }

  @Test func `while packages are changed nothing is looked for or put in place, and afterwards it is`() async throws {
    var world = try World()
    try world.publish()
    let running = try await world.device(policy: off)
    try await running.device.look()
    let packager = try packager(world)
    #expect(await isRefused { try await running.device.look() })
    #expect(await isRefused { try await running.device.lookAndApply() })
    #expect(await isRefused { try await running.device.apply(component: "libdemo") })
    #expect(await isRefused { try await running.device.apply(component: nil) })
    #expect(await isRefused { try await running.device.reapply(component: "libdemo") })
    #expect(await isRefused { try await running.device.finishActivations() })
    #expect(try running.farm.standing().isEmpty)
    #expect(try await !running.device.settlePackages())
    packager.end()
    #expect(try await running.device.settlePackages())
    try await running.device.apply(component: "libdemo")
    #expect(try running.loaded(world.file) == world.new)
  }

  @Test func `what stepped aside is said, is put back by nobody else, and by the end of the run`() async throws {
    var world = try World()
    try world.publish()
    try world.publishOther()
    let running = try await world.device()
    try await running.device.lookAndApply()
    let packager = try packager(world)
    try stepAside(world, running, for: packager.process)
    let status = try await running.device.status()
    #expect(status.verdict == .exposed)
    let sentence = "libdemo stepped aside for perl (process \(packager.process.pid)), which is changing packages"
    #expect(status.limits.contains { $0.hasPrefix(sentence) })
    // Its owner may take another one off meanwhile: that covers nothing.
    try await running.device.remove(component: "libother", by: "owner")
    #expect(try running.farm.standing().isEmpty)
    packager.end()
    let told = Mutex<[String]>([])
    #expect(try await running.device.settlePackages { event in told.withLock { $0.append(event.message) } })
    #expect(told.withLock { $0 } == ["libdemo (a) stands again after dpkg changed packages"])
    #expect(try running.loaded(world.file) == world.new)
    #expect(try running.packages.run() == nil)
    #expect(try running.journal.improvements().map(\.state.name) == ["confirmed", "removed"])
    #expect(try await !running.device.status().limits.contains { $0.contains("stepped aside") })
  }

  @Test func `the end of a run is taken from its hook though the locks are held still, and once only`() async throws {
    var world = try World()
    try world.publish()
    let running = try await world.device()
    try await running.device.lookAndApply()
    let packager = try packager(world)
    let child = try #require(packager.child)
    try stepAside(world, running, for: child)
    #expect(try await !running.device.settlePackages(after: packager.process))
    #expect(try running.farm.standing().isEmpty)
    #expect(try await running.device.settlePackages(after: child))
    #expect(try running.loaded(world.file) == world.new)
    try await running.device.look()
    // The same process begins once more.
    try stepAside(world, running, for: child)
    #expect(await isRefused { try await running.device.look() })
    #expect(try await !running.device.settlePackages())
    #expect(try running.farm.standing().isEmpty)
  }

  @Test func `what was upgraded meanwhile is retired and never covered`() async throws {
    var world = try World()
    try world.publish()
    let running = try await world.device()
    try await running.device.lookAndApply()
    let packager = try packager(world)
    try stepAside(world, running, for: packager.process)
    try Directory(path: world.deviceRoot).write(world.new, to: world.file)
    #expect(try await running.device.settlePackages(after: packager.process))
    #expect(try running.farm.standing().isEmpty)
    #expect(
      try running.journal.improvements().map(\.state) == [.retired(version: try present(PackageVersion("1.2-2")))])
    #expect(await running.device.takeNewBaselines())
    #expect(await !running.device.takeNewBaselines())
  }

  @Test func `half an upgrade is judged only when it is whole`() async throws {
    var world = try World()
    try world.publish()
    do {
      let running = try await world.device()
      try await running.device.lookAndApply()
    }
    let packager = try packager(world)
    let device = try Directory(path: world.deviceRoot)
    try device.write([1, 2, 3], to: world.file)
    try device.remove(path("var/lib/suture/farm/current"))
    // The daemon is started in the middle, as when it is upgraded itself.
    let running = try await world.device()
    #expect(try running.journal.improvements().map(\.state) == [.confirmed])
    #expect(try running.farm.standing().isEmpty)
    #expect(await running.device.arePackagesChanging())
    // dpkg undoes its own work.
    try device.write(world.old, to: world.file)
    packager.end()
    #expect(try await running.device.settlePackages())
    #expect(try running.loaded(world.file) == world.new)
    #expect(await !running.device.arePackagesChanging())
  }

  @Test func `what a package manager left when no daemon ran is looked at by the next one`() async throws {
    var world = try World()
    try world.publish()
    do {
      let running = try await world.device()
      try await running.device.lookAndApply()
      try stepAside(world, running, for: ProcessIdentity(pid: ProcessLauncher.ownPID, startTicks: 1))
    }
    let running = try await world.device()
    #expect(try running.loaded(world.file) == world.new)
    #expect(await running.device.arePackagesChanging())
    #expect(try await running.device.settlePackages())
    #expect(await !running.device.arePackagesChanging())
  }

  @Test func `a process that began meanwhile maps the baseline, is exposed, and is restarted`() async throws {
    let old = try Directory(path: "/usr/lib/x86_64-linux-gnu", links: .withinRoot).read(
      path("libz.so.1"), limit: 1 << 24)
    var world = try World(old: old, new: old + Array("improved".utf8))
    try world.publish()
    let text = "[Service]\nExecStart=/bin/sleep 1000\nEnvironment=LD_PRELOAD=libdemo.so.1\n"
    let service = try ServiceDefinition(
      name: "demo", ConfigurationFile(parsing: Array(text.utf8), name: "demo.service"))
    let running = try await world.device(services: [service])
    try await running.device.lookAndApply()
    #expect(try await running.device.status().verdict == .protected)
    let packager = try packager(world)
    try stepAside(world, running, for: packager.process)
    // Installed anew: the same bytes in a file that the kernel has never seen.
    try Directory(path: world.deviceRoot).write(world.old, to: world.file)
    let first = try #require(await running.supervisor.status(of: "demo")?.pid)
    _ = try await running.supervisor.restart("demo")
    let second = try #require(await running.supervisor.status(of: "demo")?.pid)
    #expect(second != first)
    #expect(try await running.device.settlePackages(after: packager.process))
    let status = try await running.device.status()
    #expect(status.verdict == .protected)
    #expect(status.components.first?.processes.map(\.exposure) == [.protected])
    #expect(status.components.first?.processes.first?.pid != second)
    await running.supervisor.stopAll()
  }

  @Test func `the service from which packages are changed is restarted only when that process has ended`() async throws
  {
    var world = try World()
    try world.publish()
    let restarts = Mutex(0)
    // Every process belongs to its one service.
    let manager = WaitingManager { restarts.withLock { $0 += 1 } }
    let running = try await world.device(manager: { _ in manager })
    try await running.device.lookAndApply()
    let packager = try packager(world)
    try stepAside(world, running, for: packager.process)
    let mapping = try MappedFile(Directory(path: world.deviceRoot).openFile(world.file), limit: 1 << 20)
    #expect(try await running.device.settlePackages(after: packager.process))
    #expect(restarts.withLock { $0 } == 0)
    #expect(await !running.device.isSettled)
    packager.end()
    try await running.device.finishSettling()
    #expect(restarts.withLock { $0 } == 1)
    #expect(await running.device.isSettled)
    withExtendedLifetime(mapping) {}
  }

  @Test func `while another operation waits for something everything is put back all the same`() async throws {
    var world = try World()
    try world.publish()
    try world.publishOther()
    let started = Mutex(false)
    let isOpen = Mutex(false)
    let manager = WaitingManager {
      started.withLock { $0 = true }
      while !isOpen.withLock({ $0 }) { try? await Task.sleep(for: .milliseconds(2)) }
    }
    let running = try await world.device(policy: off, manager: { _ in manager })
    try await running.device.look()
    try await running.device.apply(component: "libdemo")
    try running.journal.setConcernedServices(["demo"], of: present(Stream("debian-12/amd64/libother")))
    let mapping = try MappedFile(
      Directory(path: world.deviceRoot).openFile(path("usr/lib/libother.so.1")), limit: 1 << 20)
    let applying = Task { try await running.device.apply(component: "libother") }
    while !started.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(2)) }
    try stepAside(world, running, for: ProcessIdentity(pid: ProcessLauncher.ownPID, startTicks: 1))
    #expect(try await running.device.settlePackages())
    #expect(try running.farm.standing().count == 2)
    #expect(await !running.device.isSettled)
    isOpen.withLock { $0 = true }
    _ = try await applying.value
    try await running.device.finishSettling()
    #expect(await running.device.isSettled)
    withExtendedLifetime(mapping) {}
  }
}

extension World {
  /// Publishes an improvement of a second component, which it lays beside the first.
  fileprivate mutating func publishOther() throws {
    let other = try present(Stream("debian-12/amd64/libother"))
    let file = try path("usr/lib/libother.so.1")
    try Directory(path: deviceRoot).write(old, to: file)
    let improved = new + [1]
    try publisher.publish(
      publisher.manifest(other, .first, .a, path: file, old: old, new: improved, now: now),
      payload: PayloadEncoder.encode(baseline: old, improved: improved), now: now)
  }
}

/// A manager of one service, to which every process belongs, and whose restart takes as long as the test wants.
private struct WaitingManager: ServiceManager {
  let wait: @Sendable () async -> Void

  func status(of name: String) async throws -> ServiceStatus? { ServiceStatus(name: name, pid: 1, crashes: 0) }
  func service(of pid: Int32) async -> String? { "demo" }
  func restraint(on name: String, by rules: RestartRules) async -> ServiceRestraint? { nil }
  func stop(_ name: String) async throws { throw ServiceError.unknown(name) }
  func restart(_ name: String) async throws -> Duration {
    await wait()
    return .zero
  }
}
