import Basics
import CanonicalJSON
import DeviceTestSupport
import Improvements
import Linux
import Packages
import TestSupport
import Testing

/// The real daemon, a real service that maps a real library, and the kernel's word for it.
@Suite(.timeLimit(.minutes(10))) struct DaemonTests {
  /// A world whose component is a shared library of this machine, with a service that loads it.
  private func libraryWorld() throws -> World {
    let libraries = try Directory(path: "/usr/lib/x86_64-linux-gnu", links: .withinRoot)
    let old = try libraries.read(path("libz.so.1"), limit: 1 << 24)
    // What follows the last section is not loaded: the same library under another digest.
    let world = try World(old: old, new: old + Array("improved".utf8))
    try service(world, "ExecStart=/bin/sleep 1000\nEnvironment=LD_PRELOAD=libdemo.so.1\n")
    return world
  }

  private func service(_ world: World, _ text: String) throws {
    let device = try Directory(path: world.deviceRoot)
    _ = try device.creatingDirectory(path("etc/suture/services"))
    try device.write(Array("[Service]\n\(text)".utf8), to: path("etc/suture/services/demo.service"))
  }

  @Test func `a run of packages that nobody told the daemon of, and that was killed, is found by its note`()
    async throws
  {
    var world = try libraryWorld()
    try world.publish()
    let daemon = try await Daemon(world)
    _ = try await daemon.wait { $0.verdict == .protected }
    let log = try TemporaryDirectory()
    let killed = try ProcessLauncher.start(
      "/bin/sleep", arguments: ["1000"], environment: [:], output: log.directory.appendingFile(path("log")))
    let run = PackageRun(announcer: .dpkg, process: killed, since: world.now, aside: [])
    _ = try killed.send(ProcessSignal.kill)
    while !killed.reap() { try await Task.sleep(for: .milliseconds(2)) }
    let runtime = try Directory(path: world.deviceRoot + "/run/suture")
    try runtime.write(run.bytes, to: path("packages"), mode: 0o644)
    var tries = 3_000
    while try runtime.statusOfLink(path("packages")) != nil, tries > 0 {
      tries -= 1
      try await Task.sleep(for: .milliseconds(10))
    }
    #expect(tries > 0)
    #expect(try await daemon.status().verdict == .protected)
    try await daemon.end(.terminate)
  }

  @Test func `the daemon finds, verifies and applies by itself; the owner removes and reapplies`() async throws {
    var world = try libraryWorld()
    try world.publish()
    let daemon = try await Daemon(world)
    let status = try await daemon.wait { $0.verdict == .protected }
    let process = try #require(status.components.first?.processes.first)
    #expect(process.exposure == .protected && process.service == "demo")
    #expect(process.mapped.contains("/var/lib/suture/store/"))
    #expect(try await daemon.suture("status").status == 0)

    let removed = try await daemon.suture("remove", "libdemo")
    #expect(removed.status == 0, "\(removed.error)")
    #expect(removed.output.contains("is the baseline 1.2-1 again"))
    let exposed = try await daemon.suture("status")
    #expect(exposed.status == 2)
    #expect(exposed.output.contains("not logged"))
    let baseline = try #require(try await daemon.status().components.first?.processes.first)
    #expect(baseline.exposure == .exposed && baseline.mapped == "\(world.deviceRoot)/\(world.file)")
    #expect(baseline.pid != process.pid)

    let held = try await daemon.suture("apply", "libdemo")
    #expect(held.status == 1 && held.error.contains("`suture reapply libdemo`"), "\(held.error)")
    let plan = try await daemon.suture("reapply", "libdemo", "--dry-run", "--json")
    #expect(plan.output.contains(#""services":["demo"]"#) && plan.output.contains(#""class":"restart""#))
    let told = try await daemon.suture("reapply", "libdemo", "--dry-run")
    // What else the machine runs may come after it.
    #expect(
      told.output.hasPrefix(
        """
        would put in place  debian-12/amd64/libdemo
        costs               restart: services restart by themselves, and then no process runs the vulnerable code
        restart             by itself
          demo, 1 process

        """))
    #expect(try await daemon.suture("status").status == 2)
    let applied = try await daemon.suture("reapply", "--json")
    #expect(applied.status == 0)
    for line in applied.output.split(separator: "\n") {
      #expect(throws: Never.self) { try JSON(parsing: Array(line.utf8)) }
    }
    #expect(try await daemon.status().verdict == .protected)
    #expect(try await daemon.suture("apply").status == 3)
    #expect(try await daemon.suture("reapply").status == 3)
    #expect(try await daemon.suture("remove", "nothing").status == 3)
    #expect(try await daemon.suture("remove", "--all").status == 0)
    // Who logs in does not log in to a folder.
    #expect(try Directory(path: world.deviceRoot).status(path("run/motd.d")) == nil)
    try await daemon.end(.terminate)
  }

  @Test func `a killed daemon leaves its services running, and the next one adopts them`() async throws {
    var world = try libraryWorld()
    try world.publish()
    let first = try await Daemon(world)
    let before = try await first.wait { $0.verdict == .protected }
    let pid = try #require(before.components.first?.processes.first?.pid)
    try await first.end(.kill)
    #expect(ProcessIdentity(running: pid) != nil)
    let second = try await Daemon(world)
    let after = try await second.wait { $0.verdict == .protected }
    #expect(after.components.first?.processes.first?.pid == pid)
    try await second.end(.terminate)
    #expect(ProcessIdentity(running: pid) == nil)
  }

  @Test(arguments: ["exits at once", "is no program"])
  func `a build that does not run is taken off again and the service runs as before`(kind: String) async throws {
    let programs = try Directory(path: "/usr/bin", links: .withinRoot)
    let old = try programs.read(path("sleep"), limit: 1 << 24)
    let new = kind == "exits at once" ? try programs.read(path("false"), limit: 1 << 24) : Array("no program".utf8)
    var world = try World(old: old, new: new)
    let device = try Directory(path: world.deviceRoot)
    try device.write(old, to: world.file, mode: 0o755)
    try service(world, "ExecStart=/\(world.file) 1000\n")
    try world.publish()
    let daemon = try await Daemon(world)
    let status = try await daemon.wait { $0.components.first?.state.name == "rolledBack" }
    #expect(status.verdict == .exposed)
    let process = try #require(
      try await daemon.wait { $0.components.first?.processes.isEmpty == false }.components.first?.processes.first)
    #expect(process.exposure == .exposed)
    #expect(process.service == "demo")
    // Not tried again by itself, look after look.
    #expect(try await daemon.suture("look").status == 0)
    #expect(try await daemon.status().components.first?.state.name == "rolledBack")
    try await daemon.end(.terminate)
  }

  @Test func `what is asked for while the device is at work is done when it is free`() async throws {
    var world = try libraryWorld()
    try world.publish()
    let daemon = try await Daemon(world)
    _ = try await daemon.wait { $0.verdict == .protected }
    let outcomes = try await withThrowingTaskGroup(of: (Int32?, String).self) { group in
      for _ in 0..<6 {
        group.addTask {
          let look = try await daemon.suture("look")
          return (look.status, look.error)
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(outcomes.allSatisfy { $0.0 == 0 }, "\(outcomes)")
    try await daemon.end(.terminate)
  }

  @Test func `there is one daemon for a device`() async throws {
    let world = try libraryWorld()
    let daemon = try await Daemon(world)
    let second = try await Program.run("sutured", ["--root", world.deviceRoot])
    #expect(second.status == 1)
    #expect(second.error.contains("another sutured runs"))
    try await daemon.end(.terminate)
  }
}

/// What a person reads when something is not right.
@Suite struct WordsForPeopleTests {
  @Test func `without a daemon suture says how to start one`() async throws {
    let result = try await Program.run("suture", ["status", "--root", "/nonexistent"])
    #expect(result.status == 69)
    #expect(result.output.isEmpty)
    #expect(result.error.contains("suture: error: ") && result.error.contains("suture: hint: "))
  }

  @Test func `over the machine itself sutured reads its settings where --home says`() async throws {
    let home = try TemporaryDirectory()
    let result = try await Program.run("sutured", ["--root", "/", "--home", home.path])
    #expect(result.status == 1)
    #expect(result.error.contains("\(home.path)/etc/suture/sutured.conf"), "\(result.error)")
    for words in [["--root", "here"], ["--root", "/", "--home", "here"]] {
      let refused = try await Program.run("sutured", words)
      #expect(refused.status == 64 && refused.error.contains("must be an absolute path"))
    }
  }

  @Test func `remove asks for a component or for all`() async throws {
    #expect(try await Program.run("suture", ["remove"]).status == 64)
    #expect(try await Program.run("suture", ["remove", "x", "--all"]).status == 64)
  }

  @Test(arguments: [
    ("[Device]\nColour=red\n", "there is no setting"), ("[Device]\n", "OperatingSystem= is missing"),
    ("nonsense", "sutured.conf:1"),
    ("[Device]\nOperatingSystem=x\nArchitecture=y\nLookInterval=soon\n[Repository]\nAddress=/\n", "no time span"),
  ])
  func `a setting that is not understood is refused with a sentence`(text: String, words: String) async throws {
    let world = try World()
    try Directory(path: world.deviceRoot).write(Array(text.utf8), to: path("etc/suture/sutured.conf"))
    let result = try await Program.run("sutured", ["--root", world.deviceRoot])
    #expect(result.status == 1)
    #expect(result.error.contains(words), "\(result.error)")
  }

  @Test func `without a trusted root sutured says where it belongs`() async throws {
    let world = try World()
    try Directory(path: world.deviceRoot).remove(path("etc/suture/trust/root.json"))
    let result = try await Program.run("sutured", ["--root", world.deviceRoot])
    #expect(result.status == 1)
    #expect(result.error.contains("etc/suture/trust/root.json"))
  }
}
