import Basics
import Grafting
import Linux
import TestSupport
import Testing

/// What only bind mounts do; every mount is made in a namespace of the test's own.
@Suite(.enabled(if: PrivateNamespace.absence == nil, "\(PrivateNamespace.absence ?? "")"))
struct BindMountsTests {
  /// A real program in the world, so that a process can run it; `tail` makes another file of the same program.
  static func sleeper(_ tail: String) throws -> [UInt8] {
    try Directory(path: "/usr/bin", links: .withinRoot).read(path("sleep"), limit: 1 << 20) + Array(tail.utf8)
  }

  static func putProgram(_ tail: String, in world: MountWorld) throws -> Graft {
    let bytes = try sleeper(tail)
    let key = Store.Key(digest: Digest(of: bytes), mode: 0o755)
    try world.store.put(key, length: bytes.count) { sink throws in try unsafe sink(bytes.span.bytes) }
    return Graft(path: try path(programPath), file: key)
  }

  /// The inode of the world's program as a process maps it.
  static func mapped(_ process: ProcessIdentity, in world: MountWorld) throws -> Set<UInt64> {
    // The name lies once a graft was taken off, so whatever is not the machine's own is the program.
    let entries = try ProcessTable.mappedFiles(of: process.pid) ?? []
    return Set(entries.filter { !$0.path.contains("/lib/") && !$0.path.contains("/locale/") }.map(\.identity.inode))
  }

  @Test func `a process keeps what it mapped before a switch, and one that starts afterwards maps the graft`() throws {
    let world = try MountWorld()
    let log = try world.temporary.directory.appendingFile(path("log"))
    let program = world.root.name(try path(programPath))
    try world.root.write(Self.sleeper(""), to: path(programPath), mode: 0o755)
    let baseline = try #require(try world.root.status(path(programPath))).identity
    let graft = try Self.putProgram("improved", in: world)
    var processes: [ProcessIdentity] = []
    defer {
      for process in processes {
        _ = try? process.send(.kill)
        process.reapSoon()
      }
    }
    func started() throws -> ProcessIdentity {
      let process = try world.space.start(program, "1000", output: log)
      processes.append(process)
      for _ in 0..<1_000 where ProcessTable.name(of: process.pid) != "program" {
        _ = try world.space.run("/bin/true")
      }
      return process
    }
    let before = try started()
    try world.mounts.establish([graft])
    let during = try started()
    try world.mounts.establish([])
    let after = try started()
    let stored = try world.store.identity(of: graft.file)
    #expect(try Self.mapped(before, in: world) == [baseline.inode])
    #expect(try Self.mapped(during, in: world) == [stored.inode])
    #expect(try Self.mapped(after, in: world) == [baseline.inode])
    #expect(processes.count { $0.isRunning } == 3)
  }

  @Test(arguments: [false, true])
  func `the machine sees nothing of what is grafted in a namespace`(isElsewhere: Bool) throws {
    let world = try MountWorld(isElsewhere: isElsewhere)
    let machine = try MountNamespace.own.mounts()
    try world.mounts.establish([world.graft("new")])
    #expect(try String(decoding: world.root.read(path(libraryPath), limit: 100), as: UTF8.self) == "old")
    #expect(try MountNamespace.own.mounts() == machine)
  }

  @Test func `a graft is read-only, without set-id bits and devices, and programs may run`() throws {
    let world = try MountWorld()
    try world.mounts.establish([world.graft("new")])
    let entry = try #require(try world.space.namespace.mounts().entries.first { $0.point.hasSuffix(libraryPath) })
    #expect(entry.options.isSuperset(of: ["ro", "nosuid", "nodev"]))
    #expect(!entry.options.contains("noexec"))
    let target = world.root.name(try path(libraryPath))
    #expect(try world.space.run("/bin/sh", "-c", "echo x >> \(target)").end != .exited(0))
    #expect(try world.content(libraryPath) == "new")
    #expect(try world.store.isWhole(world.graft("new").file))
  }

  @Test func `a program that is grafted from a store where none may run does run`() throws {
    let world = try MountWorld { _, store in "mount --bind \(store) \(store); mount -o remount,bind,noexec \(store)" }
    let graft = try Self.putProgram("", in: world)
    #expect(try world.space.run(world.store.directory.name(path(graft.file.name)), "0").end == .exited(126))
    try world.mounts.establish([graft])
    #expect(try world.space.run(world.root.name(path(programPath)), "0").end == .exited(0))
  }

  @Test func `a path through symbolic links covers the real file, and is found there`() throws {
    let world = try MountWorld()
    let through = try world.graft("new", at: "lib/x86_64-linux-gnu/libx.so.1")
    try world.mounts.establish([through])
    let real = try world.graft("new")
    #expect(try world.mounts.standing() == [real])
    #expect(try world.content(libraryPath) == "new")
    let name = world.root.name(try path(libraryPath))
    #expect(try world.mounts.name(of: path("lib/x86_64-linux-gnu/libx.so.1")) == name)
    #expect(try world.mounts.missing(of: [through]).isEmpty)
    #expect(try world.baseline("lib/x86_64-linux-gnu/libx.so.1") == "old")
    let table = try world.space.namespace.mounts()
    try world.mounts.establish([through])
    #expect(try world.space.namespace.mounts() == table)
    try world.mounts.establish([])
    #expect(try world.content(libraryPath) == "old")
  }

  @Test func `a file that others mounted over the real one is the baseline`() throws {
    let world = try MountWorld { top, _ in
      "echo -n vulnerable > \(top)/other; mount --bind \(top)/other \(top)/root/\(libraryPath)"
    }
    #expect(try world.content(libraryPath) == "vulnerable")
    #expect(try world.baseline(libraryPath) == "vulnerable")
    #expect(try world.mounts.standing().isEmpty)
    try world.mounts.establish([world.graft("new")])
    #expect(try world.baseline(libraryPath) == "vulnerable")
    #expect(try world.content(libraryPath) == "new")
    try world.mounts.establish([world.graft("newer")])
    #expect(try world.baseline(libraryPath) == "vulnerable")
    try world.mounts.establish([])
    #expect(try world.content(libraryPath) == "vulnerable")
  }

  @Test func `a stored file that was written anew is grafted anew, not taken for the one that stands`() throws {
    let world = try MountWorld()
    let graft = try world.graft("new")
    try world.mounts.establish([graft])
    try world.store.directory.write(Array("nEw".utf8), to: path(graft.file.name))
    #expect(try world.mounts.standing().isEmpty)
    #expect(throws: GraftError.notInStore(graft.file.digest)) { try world.mounts.establish([graft]) }
    #expect(try world.content(libraryPath) == "new")
    _ = try world.graft("new")
    try world.mounts.establish([graft])
    #expect(try world.mounts.standing() == [graft])
    let seen = try world.view().status(path(String(world.root.name(path(libraryPath)).dropFirst())))?.identity
    #expect(try seen == world.store.identity(of: graft.file))
    try world.mounts.establish([])
    #expect(try world.content(libraryPath) == "old")
  }

  @Test func `many files are grafted and taken off as one set, however few may usually be open`() throws {
    let world = try MountWorld()
    var grafts: Set<Graft> = []
    for number in 0..<200 {
      try world.root.write([UInt8(ascii: "o")], to: path("usr/lib/lib\(number).so"))
      grafts.insert(try world.graft("new \(number)", at: "usr/lib/lib\(number).so"))
    }
    let script = "#!/bin/sh\nulimit -Sn 64\nexec \(try BindMounts.programBesideOwn()) \"$@\"\n"
    try world.temporary.directory.write(Array(script.utf8), to: path("limited"), mode: 0o755)
    let mounts = try BindMounts(
      root: world.root, store: world.store, namespace: world.space.namespace,
      program: world.temporary.path + "/limited")
    try mounts.establish(grafts)
    #expect(try mounts.standing() == grafts)
    try mounts.establish([])
    #expect(try world.space.mountCount(beneath: world.root.path) == 0)
  }

  @Test func `where the machine allows too few open files, that is no fault of the improvement`() throws {
    let world = try MountWorld()
    let standing: Set = [try world.graft("new")]
    try world.mounts.establish(standing)
    let script = "#!/bin/sh\nulimit -n 8\nexec \(try BindMounts.programBesideOwn()) \"$@\"\n"
    try world.temporary.directory.write(Array(script.utf8), to: path("limited"), mode: 0o755)
    let mounts = try BindMounts(
      root: world.root, store: world.store, namespace: world.space.namespace,
      program: world.temporary.path + "/limited")
    let error = #expect(throws: GraftError.self) { try mounts.establish([]) }
    guard case .mountsUnavailable(let reason) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(reason.hasSuffix("too many files are open"))
    #expect(try world.mounts.standing() == standing)
  }

  @Test func `a graft whose stored file is gone is taken off all the same`() throws {
    let world = try MountWorld()
    let gone = try world.graft("new")
    let other = try world.graft("other", at: programPath)
    for wanted: Set<Graft> in [[other], []] {
      try world.mounts.establish([gone, other])
      try world.store.directory.remove(path(gone.file.name))
      try world.mounts.establish(wanted)
      #expect(try world.content(libraryPath) == "old")
      #expect(try world.mounts.standing() == wanted)
      #expect(try world.space.mountCount(beneath: world.root.path) == wanted.count)
      _ = try world.graft("new")
    }
  }

  @Test func `a file that is to be covered must exist`() throws {
    let world = try MountWorld()
    let standing: Set = [try world.graft("new")]
    try world.mounts.establish(standing)
    let error = #expect(throws: GraftError.self) {
      try world.mounts.establish(standing.union([world.graft("new", at: "usr/lib/none.so")]))
    }
    #expect(error?.description.contains("nothing stands at usr/lib/none.so") == true)
    #expect(try world.mounts.standing() == standing)
  }

  @Test func `a program that is missing or does something else is told apart from a refusal`() throws {
    let world = try MountWorld()
    let graft = try world.graft("new")
    func mounts(_ program: String) throws -> BindMounts {
      try BindMounts(root: world.root, store: world.store, namespace: world.space.namespace, program: program)
    }
    #expect(
      throws: GraftError.mountsUnavailable(
        reason: "cannot start /nonexistent/suture-graft: it does not exist")
    ) { try mounts("/nonexistent/suture-graft").establish([graft]) }
    #expect(throws: GraftError.mountsUnknown(program: "/bin/false", end: .exited(1))) {
      try mounts("/bin/false").establish([graft])
    }
  }
}
