import Activation
import Linux
import TestSupport
import Testing

extension SystemdTests {
  /// Process 1 itself, under a real systemd.
  @Suite struct ItselfTests {
    @Test func `process 1 executes itself anew, and its services run on`() async throws {
      let world = try SystemdWorld(["trial-bystander.service": "ExecStart=/bin/sleep 1000"])
      try SystemdWorld.systemctl("start", "trial-bystander.service")
      let bystander = try SystemdWorld.mainPID("trial-bystander.service")
      let before = try mapped()
      #expect(world.systemd.service(of: 1) == Systemd.itself)
      #expect(await world.systemd.restraint(on: Systemd.itself) == nil)
      #expect(try await world.systemd.restart(Systemd.itself) > .zero)
      // The kernel chooses new addresses for every execution.
      #expect(try mapped() != before)
      #expect(try await world.systemd.status(of: Systemd.itself)?.pid == 1)
      #expect(try SystemdWorld.mainPID("trial-bystander.service") == bystander)
      _ = try await world.systemd.restart("trial-bystander.service")
      #expect(try SystemdWorld.mainPID("trial-bystander.service") != bystander)
    }

    private func mapped() throws -> String {
      try ProcessLauncher.run("/bin/cat", arguments: ["/proc/1/maps"], outputLimit: 1 << 20).output
    }
  }
}
