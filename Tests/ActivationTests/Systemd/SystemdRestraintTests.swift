import Activation
import Basics
import Improvements
import Linux
import TestSupport
import Testing

extension SystemdTests {
  /// What real systemd's properties say about restarting.
  @Suite struct RestraintTests {
    @Test func `what the system cannot do without is restrained, and what it can is not`() async throws {
      let systemd = Systemd()
      for name in ["dbus.service", "systemd-logind.service", "user@1000.service", "getty@tty1.service", "basic.target"]
      {
        #expect(await systemd.restraint(on: name) != nil, "\(name)")
      }
      for name in ["cron.service", "nginx.service", "systemd-journald.service"] {
        #expect(await systemd.restraint(on: name) == nil, "\(name)")
      }
    }

    @Test func `a service is restrained by each of its names, and by what its administrator says`() async throws {
      let world = try SystemdWorld([
        "trial-named.service": "[Service]\nExecStart=/bin/sleep 1000\n[Install]\nAlias=gdm-trial.service\n",
        "trial-own.service": "ExecStart=/bin/sleep 1000",
      ])
      let lifted = RestartRules.Override(isRestrained: false, reason: "")
      #expect(await world.systemd.restraint(on: "trial-named.service") == nil)
      try SystemdWorld.systemctl("enable", "--runtime", "trial-named.service")
      let why = await world.systemd.restraint(on: "trial-named.service")
      #expect(why?.reason.hasPrefix("it shows the session") == true && why?.remedy == .session)
      for key in ["trial-named", "gdm-trial"] {
        let rules = RestartRules(patterns: ["trial-n*.service"], overrides: [key: lifted])
        #expect(await world.systemd.restraint(on: "trial-named.service", by: rules) == nil)
      }
      try SystemdWorld.systemctl("disable", "--runtime", "trial-named.service")
      let rules = RestartRules(patterns: ["trial-o*.service"], overrides: ["trial-none": lifted])
      #expect(
        await world.systemd.restraint(on: "trial-own.service", by: rules)?.reason.contains("DoNotRestart=") == true)
      #expect(await world.systemd.restraint(on: "trial-own.service") == nil)
      // What stands in the way but names is not lifted.
      #expect(await world.systemd.restraint(on: "trial-none.service", by: rules) != nil)
    }

    @Test func `units that would not come back as they were are restrained by their properties`() async throws {
      let world = try SystemdWorld([
        "trial-once.service": "Type=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true",
        "trial-refuses.service": "[Unit]\nRefuseManualStop=yes\n[Service]\nExecStart=/bin/sleep 1000\n",
      ])
      try SystemdWorld.systemctl("start", "trial-once.service", "trial-refuses.service")
      let once = try #require(await world.systemd.status(of: "trial-once.service"))
      #expect(once.pid == nil)
      #expect(
        await world.systemd.restraint(on: "trial-once.service")
          == ServiceRestraint("it does its work once and does not run on"))
      #expect(
        await world.systemd.restraint(on: "trial-refuses.service")
          == ServiceRestraint("its unit file forbids it; a reboot does it", .reboot))
      #expect(
        await world.systemd.restraint(on: "trial-none.service")?.reason
          == "its unit file is gone, so that it would not start again")
      #expect(await world.systemd.restraint(on: "no unit")?.reason == "that is no name of a unit of systemd")
    }

    @Test func `what somebody started by hand is restrained`() async throws {
      let world = try SystemdWorld([:])
      let run = try ProcessLauncher.run(
        "/usr/bin/systemd-run", arguments: ["--quiet", "--unit=trial-by-hand", "/bin/sleep", "1000"])
      #expect(run.end == .exited(0))
      defer { _ = try? SystemdWorld.systemctl("stop", "trial-by-hand.service") }
      let why = await world.systemd.restraint(on: "trial-by-hand.service")
      #expect(why?.reason.hasPrefix("it runs what somebody started by hand") == true && why?.remedy == .relaunch)
    }

    @Test func `a service that serves one connection is restrained`() async throws {
      let world = try SystemdWorld([
        "trial-per.socket": "[Socket]\nListenStream=127.0.0.1:7531\nAccept=yes\n",
        "trial-per@.service": "ExecStart=/bin/sleep 1000\nStandardInput=socket",
        "trial-client.service": "Type=exec\nExecStart=/bin/bash -c 'exec 3<>/dev/tcp/127.0.0.1/7531; sleep 1000'",
        "trial-waits.socket": "[Socket]\nListenStream=127.0.0.1:7532\n",
        "trial-waits.service": "ExecStart=/bin/sleep 1000",
        "trial-many@.service": "ExecStart=/bin/sleep 1000",
      ])
      try SystemdWorld.systemctl("start", "trial-per.socket", "trial-waits.socket", "trial-client.service")
      var instance: Int32?
      for _ in 0..<200 where instance == nil {
        try await Task.sleep(for: .milliseconds(20))
        instance = try ProcessTable.pids().first { world.systemd.service(of: $0)?.hasPrefix("trial-per@") == true }
      }
      let pid = try #require(instance)
      let name = try #require(world.systemd.service(of: pid))
      let reason = await world.systemd.restraint(on: name)
      #expect(reason?.reason.hasPrefix("it serves one connection") == true, "\(name): \(reason?.reason ?? "none")")
      try SystemdWorld.systemctl("daemon-reload")
      #expect(await world.systemd.restraint(on: name) == reason)
      // One that takes all connections of its socket is started again by it.
      #expect(await world.systemd.restraint(on: "trial-waits.service") == nil)
      #expect(await world.systemd.restraint(on: "trial-many@one.service") == nil)
    }

    @Test func `a service is restrained while one that would end with it is`() async throws {
      let world = try SystemdWorld([
        "trial-base.service": "ExecStart=/bin/sleep 1000",
        "trial-middle.service":
          "[Unit]\nRequires=trial-base.service\nAfter=trial-base.service\n[Service]\nExecStart=/bin/sleep 1000\n",
        "trial-top.service": "[Unit]\nPartOf=trial-middle.service\n[Service]\nExecStart=/bin/sleep 1000\n",
      ])
      let rules = RestartRules(
        patterns: [], overrides: ["trial-top": .init(isRestrained: true, reason: "it is dear")])
      try SystemdWorld.systemctl("start", "trial-base.service", "trial-middle.service")
      #expect(await world.systemd.restraint(on: "trial-base.service", by: rules) == nil)
      try SystemdWorld.systemctl("start", "trial-top.service")
      let reason = await world.systemd.restraint(on: "trial-base.service", by: rules)
      #expect(reason?.reason == "trial-top.service would end with it, and it is dear")
      #expect(
        await Systemd().companions(of: "trial-base.service") == ["trial-middle.service", "trial-top.service"])
      // The reason is true: systemd does end it with the other.
      let pid = try SystemdWorld.mainPID("trial-top.service")
      _ = try await world.systemd.restart("trial-base.service")
      #expect(try SystemdWorld.mainPID("trial-top.service") != pid)
    }

    @Test func `Suture does not restart itself`() async throws {
      let systemd = Systemd()
      let own = try #require(
        systemd.service(of: ProcessLauncher.ownPID), "run this as a unit: `scripts/container test`")
      #expect(await systemd.restraint(on: own)?.reason.hasPrefix("it is Suture itself") == true)
    }

    @Test func `where systemd does not answer nothing is restarted`() async throws {
      let systemd = Systemd(addresses: [Systemd.Address("unix:path=/nonexistent", isBus: false)])
      let reason = try #require(await systemd.restraint(on: "cron.service"))
      #expect(
        reason.reason.hasPrefix("whether it may be cannot be told: the service manager did not answer: no connection"))
      #expect(await systemd.companions(of: "cron.service").isEmpty)
      let error = await #expect(throws: (any Error).self) { try await systemd.restart("cron.service") }
      #expect(error.map { "\($0)".contains("/nonexistent") } == true)
    }
  }
}
