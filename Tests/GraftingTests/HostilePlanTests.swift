import Basics
import Grafting
import Linux
import TestSupport
import Testing

/// Plans that `suture-graft` must refuse: each with exit status 1, one sentence, and not one mount.
@Suite(.enabled(if: PrivateNamespace.absence == nil, "\(PrivateNamespace.absence ?? "")"))
struct HostilePlanTests {
  let world: MountWorld
  let name: String
  let head: String
  let line: String

  init() throws {
    world = try MountWorld()
    let key = try put("new", in: world.store)
    let identity = try world.store.identity(of: key)
    name = "\(identity.major):\(identity.minor) \(identity.inode) \(key.name)"
    head = "suture-graft 1\nroot \(world.root.path)\nstore \(world.store.directory.path)\n"
    line = "graft \(name) \(libraryPath)\n"
  }

  func expectRefused(_ plan: String, _ reason: String, _ place: SourceLocation = #_sourceLocation) throws {
    let before = try world.space.namespace.mounts()
    let result = try world.offer(plan)
    #expect(result.end == .exited(1), "\(plan.debugDescription)", sourceLocation: place)
    #expect(result.output.isEmpty, sourceLocation: place)
    #expect(result.error.hasPrefix("suture-graft: error: "), sourceLocation: place)
    #expect(result.error.contains(reason), "\(result.error)", sourceLocation: place)
    #expect(result.error.utf8.count { $0 == UInt8(ascii: "\n") } == 1, sourceLocation: place)
    #expect(try world.space.namespace.mounts() == before, sourceLocation: place)
  }

  @Test func `the honest plan is accepted`() throws {
    let result = try world.offer(head + line + "establish\n")
    #expect(result.end == .exited(0), "\(result.error)")
    #expect(
      result.output
        == "{\"added\":1,\"gapless\":\(DetachedMount.canAttachBeneath),\"kept\":0,\"removed\":0,\"replaced\":0}\n")
  }

  @Test(arguments: [
    "../etc/passwd", "/etc/passwd", "usr/../../etc/passwd", "usr//lib/x", "usr/lib/", "", ".", "a\u{7f}b",
    String(repeating: "a", count: 256), String(repeating: "a/", count: 2_100) + "a",
  ])
  func `a path that is not plain`(path: String) throws {
    try expectRefused(head + "graft \(name) \(path)\n" + "establish\n", "line 4 of the plan")
  }

  @Test func `a symbolic link that leads out of the root`() throws {
    try world.temporary.directory.write(Array("outside".utf8), to: path("outside"))
    try world.root.link(to: "\(world.temporary.path)/outside", at: path("usr/lib/absolute"))
    try world.root.link(to: "../../../../../../outside", at: path("usr/lib/climbing"))
    for name in ["absolute", "climbing"] {
      try expectRefused(
        head + "graft \(self.name) usr/lib/\(name)\n" + "establish\n", "nothing stands at usr/lib/\(name)")
    }
    try world.root.link(to: "/proc/self/root/etc", at: path("usr/lib/magic"))
    _ = try world.root.creatingDirectory(path("proc"))
    _ = try world.space.run("/usr/bin/mount", "-t", "proc", "proc", world.root.name(path("proc")))
    try expectRefused(
      head + "graft \(name) usr/lib/magic/passwd\n" + "establish\n", "a symbolic link stands where none")
  }

  @Test func `a place that is no plain file`() throws {
    _ = try world.space.run("/usr/bin/mkfifo", world.root.name(path("usr/lib/pipe")))
    // Not every container lets root make a device.
    let made = try world.space.run("/usr/bin/mknod", world.root.name(path("usr/lib/device")), "c", "1", "3").end
    for name in ["usr/lib", "usr/lib/pipe"] + (made == .exited(0) ? ["usr/lib/device"] : []) {
      try expectRefused(head + "graft \(self.name) \(name)\n" + "establish\n", "cannot mount over")
    }
  }

  @Test func `one file named twice, by one path or through links`() throws {
    try expectRefused(head + line + line + "establish\n", "are the same file")
    let other = "graft \(name) lib/x86_64-linux-gnu/libx.so.1\n"
    try expectRefused(head + line + other + "establish\n", "are the same file")
  }

  @Test func `a stored file that is not the one that was verified`() throws {
    let plain = name.split(separator: " ")
    let wrong = "graft \(plain[0]) \((Int(plain[1]) ?? 0) + 1) \(plain[2]) \(libraryPath)\n"
    try expectRefused(head + wrong + "establish\n", "which was verified")
    try world.store.directory.link(to: String(plain[2]), at: path("link"))
    _ = try world.store.directory.creatingDirectory(path("folder"))
    let link = "graft \(plain[0]) \(plain[1]) link \(libraryPath)\n"
    try expectRefused(head + link + "establish\n", "a symbolic link stands where none is allowed")
    let folder = "graft \(plain[0]) \(plain[1]) folder \(libraryPath)\n"
    try expectRefused(head + folder + "establish\n", "no plain file")
    for bad in ["../outside", "a/b", "..", "missing"] {
      try expectRefused(head + "graft \(plain[0]) \(plain[1]) \(bad) \(libraryPath)\n" + "establish\n", "")
    }
  }

  @Test func `a root or a store through a symbolic link`() throws {
    try world.temporary.directory.link(to: "store", at: path("other"))
    let other = head.replacing(world.store.directory.path, with: "\(world.temporary.path)/other")
    try expectRefused(other + line + "establish\n", "cannot open")
  }

  @Test func `a plan that is cut off, longer, or in another form`() throws {
    try expectRefused("", "cut off")
    try expectRefused(head + line, "it must end with establish")
    try expectRefused(head + line + "establish", "cut off")
    try expectRefused(head + line + "establish\n\n", "it must end")
    try expectRefused(head + line + "establish\nestablish\n", "it is no graft")
    try expectRefused(head + line.replacing("\n", with: "\r\n") + "establish\n", "not plain")
    try expectRefused(head + "graft 01:2 3 a b\nestablish\n", "plain numbers")
    try expectRefused(head + "graft +1:2 3 a b\nestablish\n", "plain numbers")
    try expectRefused(head + "graft 1:4294967296 3 a b\nestablish\n", "plain numbers")
    try expectRefused(head.replacing(" 1\n", with: " 2\n") + "establish\n", "it must begin with")
    try expectRefused("suture-graft 1\nroot relative\nstore /tmp\nestablish\n", "absolute path")
    try expectRefused(head + String(repeating: line, count: 4_097) + "establish\n", "more than 4096 grafts")
    try expectRefused(head + String(repeating: " ", count: 1 << 20) + "\n", "larger than allowed")
    try expectRefused(head + "open ../x\n", "not plain")
    try expectRefused(head + line + "open \(libraryPath)\n", "it must end with establish")
  }

  @Test func `bytes that are no text`() throws {
    let result = try ProcessLauncher.run(BindMounts.programBesideOwn(), arguments: [], input: [0xff, 0xfe, 0x0a])
    #expect(result.end == .exited(1))
  }

  @Test func `a namespace or an option that is none`() throws {
    for arguments in [["--namespace", "/etc/passwd"], ["--namespace", "/nonexistent"], ["--namespace"], ["--force"]] {
      let result = try ProcessLauncher.run(
        BindMounts.programBesideOwn(), arguments: arguments, input: Array((head + "establish\n").utf8))
      #expect(result.end == .exited(1))
      #expect(result.error.hasPrefix("suture-graft: error: "))
    }
  }
}
