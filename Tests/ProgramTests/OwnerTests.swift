import Basics
import CanonicalJSON
import DeviceTestSupport
import Improvements
import Linux
import TestSupport
import Testing

/// What the owner of a machine does with the real programs: the switch, the settings, the history.
@Suite(.timeLimit(.minutes(10))) struct OwnerTests {
  private func write(_ world: World, _ name: String, _ text: String) throws {
    let device = try Directory(path: world.deviceRoot)
    let file = try path("etc/suture/\(name)")
    if let folder = file.parent { _ = try device.creatingDirectory(folder) }
    try device.write(Array(text.utf8), to: file)
  }

  private func state(_ daemon: Daemon) async throws -> String? {
    try await daemon.status().components.first?.state.name
  }

  @Test func `automatic off: looks go on and nothing installs; switched on, it installs at once, and after a restart`()
    async throws
  {
    var world = try World()
    try write(world, "sutured.conf.d/10-test.conf", "[Device]\nLookInterval=1s\n")
    let daemon = try await Daemon(world)
    let off = try await daemon.suture("settings", "automatic", "off")
    #expect(off.status == 0 && off.output.contains("50-owner.conf"), "\(off.error)")
    try world.publish()
    let offered = try await daemon.wait { $0.components.first?.state == .offered }
    #expect(!offered.automatic && offered.verdict == .exposed)
    // Two more looks, and it is offered still.
    let look = try #require(offered.lastFreshLook)
    _ = try await daemon.wait { $0.lastFreshLook.map { $0 > look.advanced(by: .seconds(1)) } ?? false }
    #expect(try await state(daemon) == "offered")
    try await daemon.end(.terminate)

    // Looks seldom from here on: what happens, happens because of the switch.
    try write(world, "sutured.conf.d/10-test.conf", "[Device]\nLookInterval=1h\n")
    let second = try await Daemon(world)
    _ = try await second.wait { $0.lastFreshLook != nil }
    #expect(try await state(second) == "offered")
    #expect(try await second.suture("settings", "automatic", "on").status == 0)
    let applied = try await second.wait { $0.components.first?.state == .confirmed }
    #expect(applied.automatic)
    try await second.end(.terminate)
    let third = try await Daemon(world)
    #expect(try await third.status().automatic)
    try await third.end(.terminate)
  }

  @Test func `policy wins over the switch, and both say so`() async throws {
    let world = try World()
    try write(world, "policy.d/10-fleet.conf", "[Policy]\nAutomatic=off\n")
    let daemon = try await Daemon(world)
    let refused = try await daemon.suture("settings", "automatic", "on")
    #expect(refused.status == 1)
    #expect(refused.error.contains("policy.d/10-fleet.conf says Automatic=off"), "\(refused.error)")
    let shown = try await daemon.suture("settings").output
    #expect(
      shown.contains("policy, policy.d/10-fleet.conf") && shown.contains("default") && shown.contains("sutured.conf"))
    #expect(try await daemon.suture("status").output.contains("by the administrator's policy"))
    try await daemon.end(.terminate)
  }

  @Test func `SIGHUP has the settings read again; wrong ones are refused and the former hold`() async throws {
    let world = try World()
    let daemon = try await Daemon(world)
    try write(world, "sutured.conf.d/10-test.conf", "[Device]\nLookInterval=7min\n")
    _ = try daemon.process.send(.hangUp)
    try await daemon.wait(for: "LookInterval +7min .*10-test.conf", in: "settings")
    try write(world, "sutured.conf.d/10-test.conf", "[Device]\nLookInterval=soon\n")
    _ = try daemon.process.send(.hangUp)
    let status = try await daemon.wait { $0.limits.contains { $0.contains("LookInterval=soon") } }
    #expect(status.limits.contains { $0.contains("the former ones hold") })
    #expect(try await daemon.suture("settings").output.contains("7min"))
    let refused = try await daemon.suture("settings", "reload")
    #expect(refused.status == 1 && refused.error.contains("LookInterval=soon"))
    try write(world, "sutured.conf.d/10-test.conf", "[Device]\nLookInterval=9min\n")
    #expect(try await daemon.suture("settings", "reload").output.contains("9min"))
    #expect(try await daemon.status().limits.allSatisfy { !$0.contains("LookInterval") })
    try await daemon.end(.terminate)
  }

  @Test func `another repository is taken up without a restart`() async throws {
    var world = try World()
    try world.publish()
    try write(world, "sutured.conf.d/10-test.conf", "[Repository]\nAddress=/nonexistent\n")
    let daemon = try await Daemon(world)
    _ = try await daemon.wait { $0.limits.contains { $0.contains("/nonexistent") } }
    #expect(try await daemon.suture("look").status == 1)
    try write(world, "sutured.conf.d/10-test.conf", "[Repository]\nAddress=\(world.repository.path)\n")
    #expect(try await daemon.suture("settings", "reload").status == 0)
    #expect(try await daemon.suture("look").status == 0)
    #expect(try await state(daemon) == "offered")
    try await daemon.end(.terminate)
  }

  @Test func `who watches sees what others begin, and how the device stands before and after`() async throws {
    var world = try World()
    try world.publish()
    try write(world, "sutured.conf.d/10-test.conf", "[Device]\nAutomatic=off\n")
    let daemon = try await Daemon(world)
    _ = try await daemon.wait { $0.components.first?.state == .offered }
    let name = try path("watch.log")
    for json in [true, false] {
      try? world.temporary.directory.remove(name)
      let watcher = try ProcessLauncher.start(
        Program.path("suture"), arguments: ["watch", "--root", daemon.root] + (json ? ["--json"] : []),
        environment: ["PATH": "/usr/bin:/bin"], output: world.temporary.directory.appendingFile(name))
      func log() throws -> String {
        String(decoding: try world.temporary.directory.read(name, limit: 1 << 20), as: UTF8.self)
      }
      func wait(_ condition: (String) -> Bool) async throws {
        var text = try log()
        for _ in 0..<400 where !condition(text) {
          try await Task.sleep(for: .milliseconds(25))
          text = try log()
        }
        #expect(condition(text), "\(text)")
      }
      try await wait { $0.contains("exposed") && $0.contains("libdemo") }
      #expect(try await daemon.suture(json ? "apply" : "reapply", "libdemo").status == 0)
      try await wait { $0.contains("stands in place") && $0.contains("protected") }
      if json {
        for line in try log().split(separator: "\n") {
          #expect(throws: Never.self) { try JSON(parsing: Array(line.utf8)) }
        }
      }
      _ = try watcher.send(.interrupt)
      while watcher.isRunning { try await Task.sleep(for: .milliseconds(5)) }
      watcher.reap()
      #expect(try await daemon.suture("remove", "libdemo").status == 0)
    }
    try await daemon.end(.terminate)
  }

  @Test func `the history tells what happened, for people and for programs`() async throws {
    var world = try World()
    try world.publish()
    let daemon = try await Daemon(world)
    _ = try await daemon.wait { $0.components.first?.state == .confirmed }
    let text = try await daemon.suture("history").output
    #expect(text.contains("CVE-2026-0001") && text.contains("signed by") && text.contains("stands in place"))
    #expect(!text.contains("verified at"))
    #expect(try await daemon.suture("history", "--looks").output.contains("verified at"))
    let lines = try await daemon.suture("history", "libdemo", "--json", "--limit", "2").output.split(separator: "\n")
    #expect(lines.count == 2)
    for line in lines {
      let json = try JSON(parsing: Array(line.utf8))
      #expect(UTCTime(json["time"]?.string ?? "") != nil)
      #expect(json["event"]?["stream"]?.string == world.stream.description)
    }
    #expect(try await daemon.suture("history", "nothing").output.isEmpty)
    #expect(try await daemon.suture("history", "--limit", "0").status == 64)
    #expect(try await daemon.suture("history", "--limit", "1001").status == 64)
    try await daemon.end(.terminate)
  }
}
