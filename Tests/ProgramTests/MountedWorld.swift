import Basics
import DeviceTestSupport
import Linux
import TestSupport

/// Whether mounts can be tried here.
enum Mounting {
  /// Why not; nil where they can.
  static let absence: String? = {
    guard ProcessLauncher.userID == 0 else { return "NOT RUN: needs root" }
    let tried = try? ProcessLauncher.run("/usr/bin/unshare", arguments: ["--mount", "--", "/bin/true"])
    return tried?.end == .exited(0) ? nil : "NOT RUN: needs root with CAP_SYS_ADMIN, and unshare"
  }()
}

/// A machine's own root with a component and a service of ours laid over it, in a mount namespace of a test's own.
struct MountedWorld {
  /// Where the world's library stands on the machine, once its folder was laid over that of the machine.
  static let name = "/usr/lib/libdemo.so.1.2"

  /// The folder with the device's settings, state and control socket.
  let home: String
  var world: World

  /// Lays everything out; nothing is mounted before `command` is run.
  init(probation: String = "0ms") throws {
    let libraries = try Directory(path: "/usr/lib/x86_64-linux-gnu", links: .withinRoot)
    let old = try libraries.read(path("libz.so.1"), limit: 1 << 24)
    // What follows the last section is not loaded: the same library under another digest.
    world = try World(old: old, new: old + Array("improved".utf8))
    home = world.temporary.path + "/home"
    let folder = try world.temporary.directory.creatingDirectory(path("home"))
    _ = try folder.creatingDirectory(path("etc/suture/services"))
    _ = try folder.creatingDirectory(path("etc/suture/trust"))
    try folder.write(world.publisher.rootBytes, to: path("etc/suture/trust/root.json"))
    let settings = World.settings.replacing("ProbationTime=0ms", with: "ProbationTime=\(probation)").replacing(
      "[Repository]", with: "Grafts=mounts\nMountNamespace=own\nServiceManager=built-in\n[Repository]")
    try folder.write(Array((settings + world.repository.path + "\n").utf8), to: path("etc/suture/sutured.conf"))
    let service = "[Service]\nExecStart=/bin/sleep 1000\nEnvironment=LD_PRELOAD=libdemo.so.1\n"
    try folder.write(Array(service.utf8), to: path("etc/suture/services/demo.service"))
    let lists = try world.temporary.directory.creatingDirectory(path("lists"))
    try lists.write(Array("\(Self.name)\n".utf8), to: path("libdemo.list"))
  }

  /// The words that make the namespace, lay the component over the machine's root, and start the daemon there, with these
  /// variables besides.
  func command(_ variables: [String: String] = [:]) throws -> [String] {
    let device = world.deviceRoot
    let script = """
      mount -t overlay none -o ro,lowerdir=\(device)/usr/lib:/usr/lib /usr/lib
      mount -t overlay none -o ro,lowerdir=\(world.temporary.path)/lists:/var/lib/dpkg/info /var/lib/dpkg/info
      mount --bind \(device)/usr/lib/libdemo.so.1.2 \(Self.name)
      exec "$@"
      """
    let settings = variables.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    return ["/usr/bin/unshare", "--mount", "--propagation", "private", "--", "/bin/sh", "-e", "-c", script, "sh"]
      + (settings.isEmpty ? [] : ["/usr/bin/env"] + settings) + (try daemon())
  }

  /// The words that start the daemon in the namespace in which they are run.
  func daemon() throws -> [String] { [try Program.path("sutured"), "--root", "/", "--home", home] }

  /// The stored files that are mounted in a process's namespace, by where.
  func mounts(of pid: Int32) throws -> [String: String] {
    let store = try Directory(path: home + "/var/lib/suture/store").placeInFileSystem(
      MountNamespace.own.mounts(), OwnProcFolder())
    let mounts = try MountNamespace.of(process: pid).mounts().fileMounts(of: store, beneath: "/")
    return Dictionary(mounts.map { ("/\($0.path)", $0.name) }, uniquingKeysWith: { first, _ in first })
  }
}
