import Activation
import Basics
import Linux
import Synchronization
import TestSupport
import Testing

extension SystemdTests {
  /// A real nginx under a real systemd, which is brought to another build in nginx's own way, or by a restart.
  @Suite struct NginxUpgradeTests {
    private let unit = "nginx.service"

    /// A running nginx of Debian's, started anew by systemd.
    private func world(_ systemd: Systemd = Systemd()) throws -> SystemdWorld {
      let world = try SystemdWorld([:], systemd: systemd)
      try? Directory(path: "/run").remove(path("nginx.pid.oldbin"))
      try SystemdWorld.systemctl("reset-failed", unit)
      try SystemdWorld.systemctl("restart", unit)
      return world
    }

    private func invocation() throws -> String {
      try SystemdWorld.systemctl("show", "--value", "--property=InvocationID", unit)
    }

    @Test func `no connection is refused, the unit is the same, and systemd follows the new master`() async throws {
      let world = try world()
      let before = try invocation()
      let isOver = Mutex(false)
      let counts = Task.detached {
        var (served, refused) = (0, 0)
        while !isOver.withLock({ $0 }) {
          do {
            try Loopback.connect(to: 80, limit: .seconds(2))
            served += 1
          } catch { refused += 1 }
        }
        return (served: served, refused: refused)
      }
      for _ in 0..<3 {
        let former = try SystemdWorld.mainPID(unit)
        #expect(try await world.systemd.restart(unit) == .zero)
        let main = try SystemdWorld.mainPID(unit)
        #expect(main != former && ProcessIdentity(running: former) == nil)
        #expect(ProcessIdentity.parent(of: main) == 1)
        #expect(try await world.systemd.status(of: unit)?.pid == main)
      }
      isOver.withLock { $0 = true }
      let found = await counts.value
      #expect(found.refused == 0 && found.served > 10)
      #expect(try invocation() == before)
    }

    @Test(arguments: [0, 1]) func `a crash after it is seen for what it is`(upgrades: Int) async throws {
      let world = try world()
      for _ in 0..<upgrades { #expect(try await world.systemd.restart(unit) == .zero) }
      try SystemdWorld.systemctl("kill", "--signal=SEGV", unit)
      var fault: String?
      for _ in 0..<200 where fault == nil {
        try await Task.sleep(for: .milliseconds(20))
        fault = try await world.systemd.status(of: unit)?.fault
      }
      #expect(fault?.contains("signal 11") == true, "\(fault ?? "it is well")")
      _ = try await world.systemd.restart(unit)
      #expect(try await world.systemd.status(of: unit)?.pid != nil)
    }

    /// - Parameter pause: how many milliseconds lie between two looks; a new master that cannot start is gone in less than the second.
    @Test(arguments: [5, 1_000])
    func `where a new master cannot start, the former one serves on`(pause: Int) async throws {
      let world = try world(Systemd(upgradePause: .milliseconds(pause)))
      let settings = try Directory(path: "/etc/nginx/conf.d")
      let (before, former) = try (invocation(), SystemdWorld.mainPID(unit))
      try settings.write(Array("this is nothing;\n".utf8), to: path("broken.conf"))
      defer { try? settings.remove(path("broken.conf")) }
      await #expect(throws: ServiceError.self) { try await world.systemd.restart(unit) }
      try Loopback.connect(to: 80, limit: .seconds(2))
      #expect(try SystemdWorld.mainPID(unit) == former && invocation() == before)
      try settings.remove(path("broken.conf"))
      #expect(try await world.systemd.restart(unit) == .zero)
      #expect(try SystemdWorld.mainPID(unit) != former)
    }

    @Test func `where an upgrade was cut off before, an ordinary restart cleans up`() async throws {
      let world = try world()
      let before = try invocation()
      try Directory(path: "/run").write(Array("1\n".utf8), to: path("nginx.pid.oldbin"))
      #expect(try await world.systemd.restart(unit) > .zero)
      #expect(try invocation() != before)
      try Directory(path: "/run").remove(path("nginx.pid.oldbin"))
    }

    @Test func `a master that does not do as it is told is restarted in the ordinary way`() async throws {
      let world = try world()
      let before = try invocation()
      try SystemdWorld.systemctl("kill", "--kill-whom=main", "--signal=STOP", unit)
      #expect(try await world.systemd.restart(unit) > .zero)
      #expect(try invocation() != before)
      #expect(try await world.systemd.status(of: unit)?.pid == SystemdWorld.mainPID(unit))
    }

    @Test func `one that systemd itself keeps in the foreground is restarted in the ordinary way`() async throws {
      let world = try world()
      try SystemdWorld.systemctl("stop", unit)
      let trial = try SystemdWorld([
        "trial-nginx.service": "ExecStart=/usr/sbin/nginx -g 'daemon off;'\nKillMode=mixed"
      ])
      try SystemdWorld.systemctl("start", "trial-nginx.service")
      let main = try SystemdWorld.mainPID("trial-nginx.service")
      _ = try await trial.systemd.restart("trial-nginx.service")
      #expect(try SystemdWorld.mainPID("trial-nginx.service") != main)
      try SystemdWorld.systemctl("stop", "trial-nginx.service")
      withExtendedLifetime(world) {}
    }
  }
}
