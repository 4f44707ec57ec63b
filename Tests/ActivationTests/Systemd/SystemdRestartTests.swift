import Activation
import Basics
import Linux
import TestSupport
import Testing

extension SystemdTests {
  /// Restarts under a real systemd as process 1.
  @Suite struct RestartTests {
    @Test(arguments: [Systemd.Address.manager, .systemBus])
    func `a service runs as another process after its restart, whichever way systemd is asked`(
      address: Systemd.Address
    ) async throws {
      let world = try SystemdWorld(
        ["trial-plain.service": "ExecStart=/bin/sleep 1000"], systemd: Systemd(addresses: [address]))
      try SystemdWorld.systemctl("start", "trial-plain.service")
      let first = try #require(await world.systemd.status(of: "trial-plain.service"))
      #expect(try first.pid == SystemdWorld.mainPID("trial-plain.service"))
      let down = try await world.systemd.restart("trial-plain.service")
      #expect(down > .zero && down < .seconds(5))
      let second = try #require(await world.systemd.status(of: "trial-plain.service"))
      #expect(second.pid != nil && second.pid != first.pid && second.crashes == 0)
      #expect(try second.pid == SystemdWorld.mainPID("trial-plain.service"))
      let ended = try #require(first.pid)
      #expect(ProcessIdentity(running: ended) == nil)
    }

    @Test func `a real nginx gets a new main process, and its workers are known for nginx's`() async throws {
      let world = try SystemdWorld([:])
      try SystemdWorld.systemctl("start", "nginx.service")
      for _ in 0..<2 {
        let before = try await workers(world)
        _ = try await world.systemd.restart("nginx.service")
        let after = try await workers(world)
        #expect(before.count > 1 && after.count > 1 && before.isDisjoint(with: after))
        #expect(before.allSatisfy { ProcessIdentity(running: $0) == nil })
      }
      #expect(await world.systemd.restraint(on: "nginx.service") == nil)
    }

    @Test func `what starts after another is restarted after it, whatever their names`() async throws {
      let world = try SystemdWorld([
        "trial-a.service": "[Unit]\nAfter=trial-b.service\n[Service]\nExecStart=/bin/sleep 1000\n",
        "trial-b.service": "[Unit]\nAfter=trial-c.service\n[Service]\nExecStart=/bin/sleep 1000\n",
        "trial-c.service": "ExecStart=/bin/sleep 1000",
        "trial-d.service": "[Unit]\nPartOf=trial-c.service\n[Service]\nExecStart=/bin/sleep 1000\n",
      ])
      let groups = await world.systemd.inGroups(
        ["trial-a.service", "trial-b.service", Systemd.itself, "trial-c.service", "trial-d.service"])
      #expect(
        groups == [["trial-c.service"], ["trial-b.service", "trial-d.service"], ["trial-a.service"], [Systemd.itself]])
    }

    /// The processes named nginx that belong to it, among them the main one, which starts the others a moment after systemd
    /// counts it as started.
    func workers(_ world: SystemdWorld) async throws -> Set<Int32> {
      var found: [Int32] = []
      for _ in 0..<200 where found.count < 2 {
        try await Task.sleep(for: .milliseconds(20))
        found = try ProcessTable.pids().filter { ProcessTable.name(of: $0) == "nginx" }
      }
      for pid in found { #expect(world.systemd.service(of: pid) == "nginx.service") }
      let main = try #require(await world.systemd.status(of: "nginx.service")?.pid)
      #expect(found.contains(main))
      return Set(found)
    }

    @Test func `a service that does not run is said to be down, and a restart starts it`() async throws {
      let world = try SystemdWorld(["trial-down.service": "ExecStart=/bin/sleep 1000"])
      let before = try #require(await world.systemd.status(of: "trial-down.service"))
      #expect(before.pid == nil)
      _ = try await world.systemd.restart("trial-down.service")
      #expect(try await world.systemd.status(of: "trial-down.service")?.pid != nil)
    }

    @Test func `a service that ended in order and is started when needed is at rest, and no other`() async throws {
      let world = try SystemdWorld([
        "trial-idle.socket": "[Socket]\nListenStream=127.0.0.1:7541\n",
        "trial-idle.service": "ExecStart=/bin/sleep 0.3",
        "trial-broken.socket": "[Socket]\nListenStream=127.0.0.1:7542\n",
        "trial-broken.service": "ExecStart=/bin/sh -c 'sleep 0.3; exit 1'",
        "trial-ends.service": "ExecStart=/bin/sleep 0.3",
      ])
      try SystemdWorld.systemctl("start", "trial-idle.socket", "trial-broken.socket")
      for (name, isAtRest) in [
        ("trial-idle.service", true), ("trial-broken.service", false), ("trial-ends.service", false),
      ] {
        try SystemdWorld.systemctl("start", name)
        #expect(try await world.systemd.status(of: name)?.isAtRest == false)
        for _ in 0..<500 {
          guard try await world.systemd.status(of: name)?.pid != nil else { break }
          try await Task.sleep(for: .milliseconds(10))
        }
        let status = try #require(await world.systemd.status(of: name))
        #expect(status.pid == nil && status.isAtRest == isAtRest, "\(name)")
      }
    }

    @Test func `where there is no such service, status says nothing and a restart is refused`() async throws {
      let world = try SystemdWorld([:])
      #expect(try await world.systemd.status(of: "trial-none.service") == nil)
      #expect(try await world.systemd.status(of: "../../etc/passwd") == nil)
      await #expect(throws: ServiceError.unknown("trial-none.service")) {
        try await world.systemd.restart("trial-none.service")
      }
      await #expect(throws: ServiceError.unknown("basic.target")) { try await world.systemd.restart("basic.target") }
    }

    @Test func `a masked service is not restarted, and is left running`() async throws {
      let world = try SystemdWorld(["trial-masked.service": "ExecStart=/bin/sleep 1000"])
      try SystemdWorld.systemctl("start", "trial-masked.service")
      let pid = try await world.systemd.status(of: "trial-masked.service")?.pid
      try world.mask("trial-masked.service")
      await #expect(
        throws: ServiceError.notRestarted("trial-masked.service", "it is masked; `systemctl unmask` ends that")
      ) { try await world.systemd.restart("trial-masked.service") }
      #expect(try await world.systemd.status(of: "trial-masked.service")?.pid == pid && pid != nil)
      #expect(await world.systemd.restraint(on: "trial-masked.service")?.reason.hasPrefix("it is masked") == true)
    }

    @Test func `a restart that fails says how`() async throws {
      let world = try SystemdWorld([
        "trial-exits.service": "ExecStart=/bin/sh -c 'exit 3'",
        "trial-returns.service": "ExecStart=/bin/sh -c 'kill -SEGV $$$$'\nRestart=always\nRestartSec=10ms",
        "trial-crashes.service": "Type=notify\nExecStart=/bin/sh -c 'kill -SEGV $$$$'",
        "trial-no-program.service": "Type=exec\nExecStart=/nonexistent/program",
        "trial-silent.service": "Type=notify\nExecStart=/bin/true",
        "trial-slow.service": "Type=notify\nTimeoutStartSec=300ms\nExecStart=/bin/sleep 1000",
        "trial-before.service": "ExecStartPre=/bin/false\nExecStart=/bin/sleep 1000",
        "trial-needs.service":
          "[Unit]\nRequires=trial-no-program.service\nAfter=trial-no-program.service\n[Service]\nExecStart=/bin/sleep 1000\n",
        "trial-condition.service":
          "[Unit]\nConditionPathExists=/nonexistent\n[Service]\nExecStart=/bin/sleep 1000\n",
        "trial-assert.service": "[Unit]\nAssertPathExists=/nonexistent\n[Service]\nExecStart=/bin/sleep 1000\n",
        "trial-malformed.service": "Type=simple",
      ])
      let ends = [
        "exits": "does not run after its restart: its program exited with status 3",
        "returns": "does not run after its restart: it ended by itself at once, and systemd starts it again",
        "crashes": "could not be restarted: it failed: its program was ended by signal 11",
        "no-program": "could not be restarted: it failed: its program cannot be run",
        "silent": "could not be restarted: it failed: it ended or forked without saying that it is ready",
        "slow": "could not be restarted: it failed: it did not start or end within its unit file's limit of time",
        "before": "could not be restarted: it failed: a command of its unit file failed",
        "needs": "could not be restarted: a unit that it needs did not start: it does not run",
        "condition": "does not run after its restart: a condition in its unit file does not hold",
        "assert": "could not be restarted: an assertion in its unit file does not hold: it does not run",
        "malformed": "could not be restarted: its unit file cannot be used; `systemctl status` says why",
      ]
      for (name, end) in ends.sorted(by: { $0.key < $1.key }) {
        let error = await #expect(throws: ServiceError.self) {
          try await world.systemd.restart("trial-\(name).service")
        }
        #expect(error?.description.hasPrefix("trial-\(name).service \(end)") == true, "\(error?.description ?? "")")
      }
    }

    @Test func `a service that does not end in time is killed, and runs anew`() async throws {
      let world = try SystemdWorld([
        "trial-stays.service":
          "ExecStart=/bin/bash -c 'trap \"\" TERM; while :; do sleep 1; done'\nTimeoutStopSec=500ms"
      ])
      _ = try await world.systemd.restart("trial-stays.service")
      let first = try #require(await world.systemd.status(of: "trial-stays.service")?.pid)
      _ = try await world.systemd.restart("trial-stays.service")
      #expect(ProcessIdentity(running: first) == nil)
      #expect(try await world.systemd.status(of: "trial-stays.service")?.pid != first)
    }

    @Test func `a start that hangs is given up after the limit, while other questions are answered`() async throws {
      let world = try SystemdWorld(
        ["trial-hangs.service": "Type=notify\nTimeoutStartSec=infinity\nExecStart=/bin/sleep 1000"],
        systemd: Systemd(restartLimit: .seconds(1)))
      let restart = Task { try await world.systemd.restart("trial-hangs.service") }
      try await Task.sleep(for: .milliseconds(300))
      let asked = ContinuousClock.now
      #expect(try await world.systemd.status(of: "trial-hangs.service")?.pid != nil)
      #expect(asked.duration(to: .now) < .milliseconds(500))
      await #expect(throws: ServiceError.stillRestarting("trial-hangs.service", .seconds(1))) {
        try await restart.value
      }
    }

    @Test func `a restart that somebody else's job replaces is an error`() async throws {
      let world = try SystemdWorld([
        "trial-replaced.service": "Type=notify\nTimeoutStartSec=infinity\nExecStart=/bin/sleep 1000"
      ])
      let restart = Task { try await world.systemd.restart("trial-replaced.service") }
      try await Task.sleep(for: .milliseconds(300))
      try SystemdWorld.systemctl("stop", "trial-replaced.service")
      let error = await #expect(throws: ServiceError.self) { try await restart.value }
      #expect(error?.description.contains("another job took its place") == true)
    }

    @Test func `a restart is followed to its end though systemd starts itself anew meanwhile`() async throws {
      let world = try SystemdWorld([
        "trial-outlives.service":
          "Type=notify\nNotifyAccess=all\nExecStart=/bin/bash -c 'sleep 2; systemd-notify --ready; exec sleep 1000'"
      ])
      let asked = ContinuousClock.now
      async let restart = world.systemd.restart("trial-outlives.service")
      try await Task.sleep(for: .milliseconds(500))
      try SystemdWorld.systemctl("daemon-reexec")
      _ = try await restart
      #expect(asked.duration(to: .now) > .seconds(2))
      #expect(try await world.systemd.status(of: "trial-outlives.service")?.pid != nil)
    }

    @Test func `many restarts in a row meet no start limit, and none misses its job's end`() async throws {
      let names = (0..<20).map { "trial-many-\($0).service" }
      let world = try SystemdWorld(
        Dictionary(uniqueKeysWithValues: names.map { ($0, "ExecStart=/bin/sleep 1000") }).merging([
          "trial-often.service": "[Unit]\nStartLimitBurst=3\n[Service]\nExecStart=/bin/sleep 1000\n"
        ]) { $1 })
      for name in names { _ = try await world.systemd.restart(name) }
      for _ in 0..<8 { _ = try await world.systemd.restart("trial-often.service") }
      // Without what is forgotten before each, systemd does refuse.
      #expect(throws: (any Error).self) {
        for _ in 0..<8 { try SystemdWorld.systemctl("restart", "trial-often.service") }
      }
    }

    @Test func `a service that ends by itself is counted`() async throws {
      let world = try SystemdWorld(["trial-falls.service": "ExecStart=/bin/sleep 1000\nRestart=always\nRestartSec=50ms"]
      )
      _ = try await world.systemd.restart("trial-falls.service")
      let first = try #require(await world.systemd.status(of: "trial-falls.service"))
      let main = try #require(first.pid)
      #expect(try ProcessIdentity(running: main)?.send(.kill) == true)
      var last: ServiceStatus?
      for _ in 0..<200 where last?.pid == nil || last?.pid == first.pid {
        try await Task.sleep(for: .milliseconds(20))
        last = try await world.systemd.status(of: "trial-falls.service")
      }
      #expect(first.crashes == 0 && last?.crashes == 1 && last?.pid != nil && last?.pid != first.pid)
    }

    @Test func `a service without a main process is known by another of its processes`() async throws {
      let world = try SystemdWorld([
        "trial-script.service":
          "Type=forking\nRemainAfterExit=yes\nGuessMainPID=no\nExecStart=/bin/bash -c 'sleep 1000 & sleep 1001 &'"
      ])
      _ = try await world.systemd.restart("trial-script.service")
      let pid = try #require(await world.systemd.status(of: "trial-script.service")?.pid)
      #expect(ProcessTable.name(of: pid) == "sleep" && world.systemd.service(of: pid) == "trial-script.service")
      #expect(await world.systemd.restraint(on: "trial-script.service") == nil)
    }
  }
}
