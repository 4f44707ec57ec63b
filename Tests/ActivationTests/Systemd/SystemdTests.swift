import Activation
import Basics
import Linux
import TestSupport
import Testing

/// Under a real systemd as process 1.
@Suite(.serialized, .enabled(if: SystemdWorld.absence == nil, Comment(rawValue: SystemdWorld.absence ?? "")))
struct SystemdTests {
  @Test(.timeLimit(.minutes(1))) func `a service runs as another process after its restart`() async throws {
    let world = try SystemdWorld(["trial-plain.service": "ExecStart=/bin/sleep 1000"])
    try SystemdWorld.systemctl("start", "trial-plain.service")
    let first = try #require(await world.systemd.status(of: "trial-plain.service"))
    #expect(try first.pid == SystemdWorld.mainPID("trial-plain.service"))
    let down = try await world.systemd.restart("trial-plain.service")
    #expect(down > .zero && down < .seconds(5))
    let second = try #require(await world.systemd.status(of: "trial-plain.service"))
    #expect(second.pid != nil && second.pid != first.pid && second.crashes == 0)
    #expect(try second.pid == SystemdWorld.mainPID("trial-plain.service"))
    #expect(ProcessIdentity(running: try #require(first.pid)) == nil)
  }

  @Test(.timeLimit(.minutes(1))) func `a service that does not run is started, and is said to be down before`()
    async throws
  {
    let world = try SystemdWorld(["trial-down.service": "ExecStart=/bin/sleep 1000"])
    let before = try #require(await world.systemd.status(of: "trial-down.service"))
    #expect(before.pid == nil)
    _ = try await world.systemd.restart("trial-down.service")
    #expect(try await world.systemd.status(of: "trial-down.service")?.pid != nil)
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

  @Test(.timeLimit(.minutes(1))) func `a service that ends at once is an error that says how it ended`() async throws {
    let world = try SystemdWorld([
      "trial-exits.service": "ExecStart=/bin/sh -c 'exit 3'",
      "trial-comes-back.service": "ExecStart=/bin/sh -c 'kill -SEGV $$'\nRestart=always\nRestartSec=10ms",
      "trial-no-program.service": "Type=exec\nExecStart=/nonexistent/program",
      "trial-notify.service": "Type=notify\nExecStart=/bin/true",
    ])
    let errors = await failures(world, "exits", "comes-back", "no-program", "notify")
    #expect(
      errors == [
        "trial-exits.service does not run after its restart: its program exited with status 3;"
          + " `journalctl -u trial-exits.service` says more",
        "trial-comes-back.service does not run after its restart: it ended by itself at once, and systemd starts it again;"
          + " `journalctl -u trial-comes-back.service` says more",
        "trial-no-program.service could not be restarted: it failed: its program cannot be run",
        "trial-notify.service could not be restarted: it failed: it ended or forked without saying that it is ready",
      ])
  }

  func failures(_ world: SystemdWorld, _ names: String...) async -> [String] {
    var errors: [String] = []
    for name in names {
      do {
        let down = try await world.systemd.restart("trial-\(name).service")
        errors.append("\(name) took \(down)")
      } catch { errors.append("\(error)") }
    }
    return errors
  }

  @Test(.timeLimit(.minutes(1))) func `many restarts in a row meet no start limit, and none misses its job's end`()
    async throws
  {
    let names = (0..<20).map { "trial-many-\($0).service" }
    let world = try SystemdWorld(
      Dictionary(uniqueKeysWithValues: names.map { ($0, "ExecStart=/bin/sleep 1000") }).merging([
        "trial-often.service": "[Unit]\nStartLimitBurst=3\n[Service]\nExecStart=/bin/sleep 1000\n"
      ]) { $1 })
    for name in names { _ = try await world.systemd.restart(name) }
    for _ in 0..<8 { _ = try await world.systemd.restart("trial-often.service") }
  }
}
