import Basics
import Grafting
import Linux
import TestSupport
import Testing

/// What others see while grafts are switched, where mounts propagate, and when a switch fails half-way.
@Suite(.enabled(if: PrivateNamespace.absence == nil, "\(PrivateNamespace.absence ?? "")"))
struct SwitchingTests {
  /// Opens, reads and runs the world's files over and over until `stop` exists; tells every failure and what was seen.
  static func loop(_ world: MountWorld) throws -> ProcessIdentity {
    let top = world.temporary.path
    let script = """
      turns=0; old=0; failed=0
      while [ ! -e \(top)/stop ]; do
        read -r seen < \(top)/root/\(libraryPath) || failed=$((failed + 1))
        case $seen in old) old=$((old + 1)) ;; a | b) ;; *) failed=$((failed + 1)) ;; esac
        \(top)/root/\(programPath) 0 || failed=$((failed + 1))
        turns=$((turns + 1))
        : > \(top)/running
      done
      echo "$turns $old $failed"
      """
    let log = try world.temporary.directory.appendingFile(path("told"))
    let process = try world.space.start("/bin/sh", "-c", script, output: log)
    while try world.temporary.directory.status(path("running")) == nil, process.isRunning {
      _ = try world.space.run("/bin/true")
    }
    return process
  }

  /// What the loop told: turns, how often the baseline was seen, and failures.
  static func end(_ process: ProcessIdentity, in world: MountWorld) throws -> [Int] {
    try world.temporary.directory.write([], to: path("stop"))
    process.reapSoon()
    let text = String(decoding: try world.temporary.directory.read(path("told"), limit: 1 << 16), as: UTF8.self)
    return text.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
  }

  static func sets(_ world: MountWorld) throws -> [Set<Graft>] {
    try world.root.write(BindMountsTests.sleeper(""), to: path(programPath), mode: 0o755)
    try world.root.write(Array("old\n".utf8), to: path(libraryPath))
    return try ["a", "b"].map { [try world.graft("\($0)\n"), try BindMountsTests.putProgram($0, in: world)] }
  }

  @Test(.timeLimit(.minutes(10)), .enabled(if: DetachedMount.canAttachBeneath, "NOT RUN: needs Linux 6.5"))
  func `200 switches under a program that opens and runs the files: it never fails nor sees the baseline`() throws {
    let world = try MountWorld()
    let sets = try Self.sets(world)
    try world.mounts.establish(sets[0])
    let process = try Self.loop(world)
    for turn in 1...200 { try world.mounts.establish(sets[turn % 2]) }
    let told = try Self.end(process, in: world)
    #expect(told.count == 3 && told.first ?? 0 > 50, "\(told)")
    #expect(told.dropFirst() == [0, 0])
    // Nothing is left underneath.
    #expect(try world.space.mountCount(beneath: world.root.path) == 2)
  }

  @Test(.timeLimit(.minutes(10)))
  func `on an older kernel the baseline may be seen for a moment, and nothing fails`() throws {
    let world = try MountWorld(isWithoutBeneath: true)
    let sets = try Self.sets(world)
    try world.mounts.establish(sets[0])
    let process = try Self.loop(world)
    for turn in 1...100 { try world.mounts.establish(sets[turn % 2]) }
    let told = try Self.end(process, in: world)
    #expect(told.count == 3 && told.last == 0, "\(told)")
    #expect(try world.space.mountCount(beneath: world.root.path) == 2)
  }

  @Test func `a service's own namespace follows: grafted, replaced, taken off`() throws {
    let world = try MountWorld { top, _ in "mount --bind \(top) \(top); mount --make-shared \(top)" }
    let service = try PrivateNamespace(from: world.space, flags: ["--propagation", "slave"])
    func seen() throws -> String {
      let view = try service.view(world.root.path)
      return String(decoding: try view.read(path(libraryPath), limit: 100), as: UTF8.self)
    }
    for content in ["a", "b", "c"] {
      let grafts: Set = [try world.graft(content), try world.graft(content, at: programPath)]
      try world.mounts.establish(grafts)
      #expect(try seen() == content)
      #expect(try service.mountCount(beneath: world.root.path) == 2)
      // Two grafts on their own, although the store's own tree is shared as well.
      #expect(try world.mounts.standing() == grafts)
    }
    try world.mounts.establish([])
    #expect(try seen() == "old")
    #expect(try service.mountCount(beneath: world.root.path) == 0)
    // Nor did anything stick to the store's own files, which a shared mount of them could do.
    #expect(try world.space.mountCount(beneath: world.store.directory.path) == 0)
  }

  @Test func `a tree that shows at two places is one graft, which stays until it is to go`() throws {
    let world = try MountWorld { top, _ in
      "mkdir -p \(top)/root/mnt/again; mount --bind \(top)/root/usr \(top)/root/usr; mount --make-shared \(top)/root/usr; "
        + "mount --bind \(top)/root/usr \(top)/root/mnt/again"
    }
    let grafts: Set = [try world.graft("new")]
    try world.mounts.establish(grafts)
    let copy = "mnt/again" + libraryPath.dropFirst(3)
    #expect(try world.content(copy) == "new")
    #expect(try world.mounts.standing() == grafts)
    try world.mounts.establish(grafts.union([world.graft("new program", at: programPath)]))
    #expect(try world.content(libraryPath) == "new")
    #expect(try world.content(copy) == "new")
    try world.mounts.establish([])
    #expect(try world.content(libraryPath) == "old")
    #expect(try world.content(copy) == "old")
  }

  /// The kernel lets nobody take off a mount that was copied into a namespace of lesser right: a switch that fails in
  /// the middle for a reason of the kernel's own.
  @Test func `where one file cannot be switched, those before it are put back`() throws {
    let world = try MountWorld()
    let locked = try world.graft("locked")
    try world.mounts.establish([locked])
    let flags = ["--user", "--map-root-user", "--propagation", "private"]
    let inner: PrivateNamespace
    do { inner = try PrivateNamespace(from: world.space, flags: flags) } catch {
      print("NOT RUN: needs user namespaces: \(error)")
      return
    }
    let mounts = try world.backend(for: inner)
    func content(_ text: String) throws -> String {
      String(decoding: try inner.view(world.root.path).read(path(text), limit: 100), as: UTF8.self)
    }
    let first = Set([locked, try world.graft("first", at: programPath)])
    try mounts.establish(first)
    #expect(try content(programPath) == "first")
    // The program comes before the library: it is added, replaced, or taken off, and then the locked one fails.
    for before in [[], [try world.graft("first", at: programPath)]] {
      try mounts.establish(Set(before).union([locked]))
      let seen = try content(programPath)
      for program in [[], [try world.graft("second", at: programPath)]] {
        let error = #expect(throws: GraftError.self) {
          try mounts.establish(Set(program).union([world.graft("other")]))
        }
        #expect(error?.description.hasPrefix("the grafts are as they were: cannot ") == true)
        #expect(try content(programPath) == seen)
        #expect(try content(libraryPath) == "locked")
        #expect(try mounts.standing() == Set(before).union([locked]))
      }
    }
    #expect(try inner.mountCount(beneath: world.root.path) == 2)
  }

  @Test func `a graft over which others mounted a directory is not touched blindly`() throws {
    let world = try MountWorld()
    try world.mounts.establish([world.graft("new")])
    _ = try world.space.run("/usr/bin/mount", "-t", "tmpfs", "tmpfs", world.root.name(path("usr/lib")))
    let error = #expect(throws: GraftError.self) { try world.mounts.establish([]) }
    #expect(error?.description.contains("another mount hides the graft at \(libraryPath)") == true)
    _ = try world.space.run("/usr/bin/umount", world.root.name(path("usr/lib")))
    try world.mounts.establish([])
    #expect(try world.content(libraryPath) == "old")
  }

  @Test func `a change that is under way is waited for, and one that does not end is no fault of the improvement`()
    throws
  {
    let world = try MountWorld()
    let grafts: Set = [try world.graft("new")]
    let store = world.store.directory.path
    var lock: Directory? = try Directory(path: store)
    try lock?.lock()
    // Not a refusal, for which the newest improvement would be taken off.
    let reason = "cannot lock \(store): another process holds it"
    #expect(throws: GraftError.mountsUnavailable(reason: reason)) { try world.mounts.establish(grafts) }
    #expect(try world.mounts.standing().isEmpty)
    lock = nil
    // A process holds it, and no task: those may all be kept from letting go while the change waits.
    let log = try world.temporary.directory.appendingFile(path("held"))
    let holder = try world.space.start("/usr/bin/flock", store, "/bin/sh", "-c", "echo held; sleep 0.3", output: log)
    while try world.temporary.directory.read(path("held"), limit: 10).isEmpty { Pause.wait(.milliseconds(5)) }
    try world.mounts.establish(grafts)
    #expect(try world.mounts.standing() == grafts)
    holder.reapSoon()
  }
}
