import Basics
import CanonicalJSON
import DeviceTestSupport
import Improvements
import Linux
import TestSupport
import Testing

/// Whether mounts can be tried here.
enum Mounting {
  /// Why not; nil where they can.
  static let absence: String? = {
    guard ProcessLauncher.userID == 0 else { return "NOT RUN: needs root" }
    let tried = try? ProcessLauncher.run("/usr/bin/unshare", arguments: ["--mount", "--", "/bin/true"])
    return tried?.end == .exited(0) ? nil : "NOT RUN: needs root with CAP_SYS_ADMIN, and unshare"
  }()
}

/// The real daemon over a machine's own root, in a mount namespace of the test's own.
@Suite(.timeLimit(.minutes(10)), .enabled(if: Mounting.absence == nil, "\(Mounting.absence ?? "")"))
struct MountedDaemonTests {
  /// Where the world's library stands on the machine, once its folder was laid over that of the machine.
  private static let name = "/usr/lib/libdemo.so.1.2"

  private let home: String
  private var world: World

  init() throws {
    let libraries = try Directory(path: "/usr/lib/x86_64-linux-gnu", links: .withinRoot)
    let old = try libraries.read(path("libz.so.1"), limit: 1 << 24)
    // What follows the last section is not loaded: the same library under another digest.
    world = try World(old: old, new: old + Array("improved".utf8))
    home = world.temporary.path + "/home"
    let folder = try world.temporary.directory.creatingDirectory(path("home"))
    _ = try folder.creatingDirectory(path("etc/suture/services"))
    _ = try folder.creatingDirectory(path("etc/suture/trust"))
    try folder.write(world.publisher.rootBytes, to: path("etc/suture/trust/root.json"))
    let settings = World.settings.replacing(
      "[Repository]", with: "Grafts=mounts\nMountNamespace=own\nServiceManager=built-in\n[Repository]")
    try folder.write(Array((settings + world.repository.path + "\n").utf8), to: path("etc/suture/sutured.conf"))
    let service = "[Service]\nExecStart=/bin/sleep 1000\nEnvironment=LD_PRELOAD=libdemo.so.1\n"
    try folder.write(Array(service.utf8), to: path("etc/suture/services/demo.service"))
    let lists = try world.temporary.directory.creatingDirectory(path("lists"))
    try lists.write(Array("\(Self.name)\n".utf8), to: path("libdemo.list"))
  }

  /// The words that make the namespace, lay the component over the machine's root, and start the daemon there.
  private func command() throws -> [String] {
    let device = world.deviceRoot
    let script = """
      mount -t overlay none -o ro,lowerdir=\(device)/usr/lib:/usr/lib /usr/lib
      mount -t overlay none -o ro,lowerdir=\(world.temporary.path)/lists:/var/lib/dpkg/info /var/lib/dpkg/info
      mount --bind \(device)/usr/lib/libdemo.so.1.2 \(Self.name)
      exec "$@"
      """
    return ["/usr/bin/unshare", "--mount", "--propagation", "private", "--", "/bin/sh", "-e", "-c", script, "sh"]
      + (try daemon())
  }

  private func daemon() throws -> [String] { [try Program.path("sutured"), "--root", "/", "--home", home] }

  /// The stored files that are mounted in the daemon's namespace, by where.
  private func mounts(of pid: Int32) throws -> [String: String] {
    let store = try Directory(path: home + "/var/lib/suture/store").placeInFileSystem(
      MountNamespace.own.mounts(), OwnProcFolder())
    let mounts = try MountNamespace.of(process: pid).mounts().fileMounts(of: store, beneath: "/")
    return Dictionary(mounts.map { ("/\($0.path)", $0.name) }, uniquingKeysWith: { first, _ in first })
  }

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
    let second = try await Daemon(world, home: home, by: namespace + daemon())
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
