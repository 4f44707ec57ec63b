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

/// What is said, and done, where others changed what stands, and where the machine lacks something for a while.
@Suite(.timeLimit(.minutes(10))) struct TruthTests {
  @Test func `an operating system that was updated while no daemon ran is not covered by what fitted before`()
    async throws
  {
    var world = try World()
    try world.publish()
    do {
      let running = try await world.device()
      try await running.device.lookAndApply()
    }
    let device = try Directory(path: world.deviceRoot)
    try device.write(world.new + [9], to: world.file)
    try device.removeTree(path("var/lib/suture/farm"))
    // The repository is away, so that no look can help.
    try world.repository.removeTree(path("metadata"))
    let again = try await world.device()
    #expect(try again.farm.standing().isEmpty)
    #expect(try again.loaded(world.file) == world.new + [9])
    #expect(try again.journal.improvements().map(\.state.name) == ["retired"])
  }

  @Test func `what somebody else took off is said, not called protected, and put back`() async throws {
    var world = try World()
    try world.publish()
    let running = try await world.device()
    try await running.device.lookAndApply()
    #expect(try await running.device.status().verdict == .protected)
    try Directory(path: world.deviceRoot).remove(path("var/lib/suture/farm/current"))
    let status = try await running.device.status()
    #expect(status.verdict == .exposed)
    #expect(status.limits.contains { $0.hasPrefix("libdemo does not stand at usr/lib/libdemo.so.1.2") })
    try await running.device.finishActivations()
    #expect(try running.loaded(world.file) == world.new)
    #expect(try await running.device.status().verdict == .protected)
  }

  @Test func `what somebody else took off to update what lay beneath is not put back over the update`() async throws {
    var world = try World()
    try world.publish()
    let running = try await world.device()
    try await running.device.lookAndApply()
    let device = try Directory(path: world.deviceRoot)
    try device.remove(path("var/lib/suture/farm/current"))
    try device.write(world.new + [9], to: world.file)
    try await running.device.finishActivations()
    #expect(try running.farm.standing().isEmpty)
    #expect(try running.journal.improvements().map(\.state.name) == ["retired"])
  }

  @Test func `a machine that never asked its repository does not say that there is nothing to protect`() async throws {
    let world = try World()
    try world.repository.removeTree(path("metadata"))
    let running = try await world.device()
    try? await running.device.look()
    let status = try await running.device.status()
    #expect(status.verdict == .unknown)
    #expect(status.limits.contains { $0.contains("never looked at") })
  }

  @Test func `a daemon that may look at every process vouches for none that it could not look at`() async throws {
    var world = try World()
    try world.publish()
    // No table of maps is as short as that.
    let scanner = ExposureScanner(source: .maps, mapsLimit: 10)
    let running = try await world.device(scanner: scanner)
    try await running.device.lookAndApply()
    let status = try await running.device.status()
    #expect(status.components.map(\.state) == [.confirmed])
    // Who may not look at every process vouches for what may be looked at.
    #expect(status.verdict == (scanner.isForAll ? .unknown : .protected))
    #expect(status.limits.contains { $0.contains("processes could not be looked at") })
  }

  @Test func `a process that maps what stood before the baseline is exposed`() async throws {
    var world = try World()
    let device = try Directory(path: world.deviceRoot)
    // An older build, replaced by the baseline before Suture ever looked.
    try device.write(world.old + [3], to: world.file)
    let mapping = try MappedFile(device.openFile(world.file), limit: 1 << 20)
    try device.write(world.old, to: world.file)
    try world.publish()
    let running = try await world.device()
    try await running.device.lookAndApply()
    let status = try await running.device.status()
    #expect(status.components.map(\.state) == [.confirmed])
    #expect(status.verdict == .exposed)
    #expect(status.components.first?.processes.map(\.pid) == [ProcessLauncher.ownPID])
    withExtendedLifetime(mapping) {}
  }

  @Test func `a process that maps the baseline after the operating system's own update is exposed`() async throws {
    var world = try World()
    try world.publish()
    let running = try await world.device()
    try await running.device.look()
    let device = try Directory(path: world.deviceRoot)
    var mapping: MappedFile? = try MappedFile(device.openFile(world.file), limit: 1 << 20)
    // The fix itself comes with the update; a process on it is not exposed.
    try device.write(world.new, to: world.file)
    let fixed = try MappedFile(device.openFile(world.file), limit: 1 << 20)
    try await running.device.look()
    #expect(try running.journal.improvements().map(\.state.name) == ["retired"])
    #expect(try await running.device.status().verdict == .exposed)
    withExtendedLifetime(mapping) {}
    mapping = nil
    #expect(try await running.device.status().verdict == .nothingToProtect)
    withExtendedLifetime(fixed) {}
  }

  @Test func `where the machine lacks something for a while nothing is taken off`() async throws {
    var world = try World()
    try world.publish()
    let shortage = Shortage()
    let running = try await world.device(backend: { FailingFarm(farm: $0, shortage: shortage) })
    try await running.device.look()
    shortage.isThere.withLock { $0 = true }
    await #expect(throws: (any Error).self) { try await running.device.apply(component: nil) }
    #expect(try await running.device.status().verdict == .exposed)
    #expect(try running.journal.improvements().map(\.state) == [.grafted])
    // A daemon that starts meanwhile can be asked, and says so.
    try await running.device.recover()
    #expect(try await running.device.status().limits.contains { $0.hasPrefix("libdemo does not stand at") })
    #expect(try running.journal.improvements().map(\.state) == [.grafted])
    shortage.isThere.withLock { $0 = false }
    try await running.device.finishActivations()
    #expect(try running.journal.improvements().map(\.state) == [.confirmed])
    #expect(try running.loaded(world.file) == world.new)
  }
}

/// Whether there is no room on the disk.
private final class Shortage: Sendable {
  let isThere = Mutex(false)
}

/// A farm on a disk that is full at times.
private struct FailingFarm: GraftBackend {
  let farm: LinkFarm
  let shortage: Shortage

  func establish(_ grafts: Set<Graft>) throws {
    let full: Int32 = 28
    guard !shortage.isThere.withLock({ $0 }) else { throw LinuxError("write", "a link", code: full) }
    try farm.establish(grafts)
  }
  func standing() throws -> Set<Graft> { try farm.standing() }
  func openBaseline(_ path: RelativePath) throws -> FileDescriptor? { try farm.openBaseline(path) }
  func name(of path: RelativePath) throws -> String { try farm.name(of: path) }
  func environment() throws -> [String: String] { try farm.environment() }
}
