import Basics
import CanonicalJSON
import DeviceTestSupport
import Improvements
import Linux
import TestSupport
import Testing

/// The real daemon over a machine's own root, in a mount namespace of the test's own.
@Suite(.timeLimit(.minutes(10)), .enabled(if: Mounting.absence == nil, "\(Mounting.absence ?? "")"))
struct MountedDaemonTests {
  private static let name = MountedWorld.name

  private let mounted: MountedWorld
  private var world: World { mounted.world }
  private var home: String { mounted.home }

  init() throws { mounted = try MountedWorld() }

  private func command() throws -> [String] { try mounted.command() }

  private func mounts(of pid: Int32) throws -> [String: String] { try mounted.mounts(of: pid) }

  private func process(_ status: DeviceStatus) throws -> ProcessReport {
    let processes = try #require(status.components.first).processes
    #expect(processes.count == 1)
    return try #require(processes.first)
  }

  @Test func `it improves the machine's own path by mounts, takes them off, and mounts again`() async throws {
    var world = world
    try world.publish()
    let outside = try MountNamespace.own.mounts()
    let daemon = try await Daemon(world, home: home, by: command())
    let protected = try process(await daemon.wait { $0.verdict == .protected })
    #expect(protected.exposure == .protected && protected.service == "demo")
    #expect(protected.mapped == Self.name)
    let digest = "\(Digest(of: world.new))"
    #expect(try mounts(of: daemon.process.pid) == [Self.name: "\(digest).644"])

    let removed = try await daemon.suture("remove", "libdemo")
    #expect(removed.status == 0, "\(removed.error)")
    let exposed = try process(await daemon.status())
    #expect(exposed.exposure == .exposed && exposed.mapped == Self.name && exposed.pid != protected.pid)
    #expect(exposed.identity != protected.identity)
    #expect(try mounts(of: daemon.process.pid).isEmpty)
    #expect(try await daemon.suture("status").status == 2)

    let again = try await daemon.suture("reapply", "libdemo")
    #expect(again.status == 0, "\(again.error)")
    #expect(try process(await daemon.status()).identity == protected.identity)
    #expect(try mounts(of: daemon.process.pid).count == 1)
    #expect(try MountNamespace.own.mounts() == outside)
    #expect(try Directory(path: "/").statusOfLink(path(String(Self.name.dropFirst()))) == nil)
    try await daemon.end(.terminate)
  }

  @Test func `a later letter is mounted over the baseline, and going back mounts the earlier one`() async throws {
    var world = world
    try world.publish()
    let daemon = try await Daemon(world, home: home, by: command())
    let first = try process(await daemon.wait { $0.verdict == .protected })
    let newer = world.old + Array("improved once more".utf8)
    try world.publish(serial: present(Serial(2)), letter: present(Letter("b")), improved: newer)
    #expect(try await daemon.suture("look").status == 0)
    // It runs what stands, as it should; what (b) closes besides is open until that stands.
    let offered = try await daemon.status()
    #expect(try process(offered).exposure == .protected && offered.verdict == .protected)
    let applied = try await daemon.suture("apply", "libdemo")
    #expect(applied.status == 0, "\(applied.error)")
    let second = try process(await daemon.status())
    #expect(second.exposure == .protected && second.identity != first.identity)
    #expect(try mounts(of: daemon.process.pid) == [Self.name: "\(Digest(of: newer)).644"])
    let back = try await daemon.suture("remove", "libdemo", "--to", "a")
    #expect(back.status == 0, "\(back.error)")
    #expect(try mounts(of: daemon.process.pid) == [Self.name: "\(Digest(of: world.new)).644"])
    #expect(try process(await daemon.status()).identity == first.identity)
    try await daemon.end(.terminate)
  }

  @Test func `mounts outlive a killed daemon, and the next one finds them standing`() async throws {
    var world = world
    try world.publish()
    let first = try await Daemon(world, home: home, by: command())
    let before = try process(await first.wait { $0.verdict == .protected })
    try await first.end(.kill)
    let standing = try mounts(of: before.pid)
    #expect(standing.count == 1)
    let namespace = ["/usr/bin/nsenter", "--target", "\(before.pid)", "--mount", "--"]
    let second = try await Daemon(world, home: home, by: namespace + mounted.daemon())
    let after = try process(await second.wait { $0.verdict == .protected })
    #expect(after == before)
    #expect(try mounts(of: second.process.pid) == standing)
    try await second.end(.terminate)
    #expect(ProcessIdentity(running: before.pid) == nil)
  }

  @Test func `where the mounts are gone after a restart of the machine, they stand again before services start`()
    async throws
  {
    var world = world
    try world.publish()
    let first = try await Daemon(world, home: home, by: command())
    _ = try await first.wait { $0.verdict == .protected }
    try await first.end(.terminate)
    // Another copy of the machine's namespace, in which nothing stands.
    let second = try await Daemon(world, home: home, by: command())
    #expect(try mounts(of: second.process.pid).count == 1)
    let status = try await second.wait { $0.verdict == .protected }
    #expect(try process(status).exposure == .protected)
    try await second.end(.terminate)
  }
}
