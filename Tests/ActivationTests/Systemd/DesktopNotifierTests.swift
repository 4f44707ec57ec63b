import Activation
import Basics
import Linux
import TestSupport
import Testing

extension SystemdTests {
  /// People who are told something at their desktops: a real message bus of a user's, and a service that stands for what shows it.
  @Suite struct DesktopNotifierTests {
    /// www-data, which every Debian system has.
    private let user: UInt32 = 33
    private let unit = "trial-session-bus.service"

    private func notifier() throws -> DesktopNotifier { DesktopNotifier(runtime: try Directory(path: "/run")) }

    /// A session bus of that user's, at its place.
    ///
    /// A desktop's own lets nobody else in; this one does, so that the test can be what shows notices.
    private func world() throws -> SystemdWorld {
      let settings = """
        <busconfig>
          <type>session</type>
          <listen>unix:path=/run/user/\(user)/bus</listen>
          <policy context="default">
            <allow user="*"/><allow own="*"/><allow send_destination="*"/><allow receive_sender="*"/>
          </policy>
        </busconfig>
        """
      try Directory(path: "/run").write(Array(settings.utf8), to: path("trial-session-bus.conf"))
      let world = try SystemdWorld([
        unit: """
        [Service]
        User=\(user)
        RuntimeDirectory=user/\(user)
        RuntimeDirectoryMode=0700
        ExecStart=/usr/bin/dbus-daemon --config-file=/run/trial-session-bus.conf --nofork --nopidfile
        """
      ])
      try SystemdWorld.systemctl("start", unit)
      let bus = try path("user/\(user)/bus")
      for _ in 0..<500 where (try? Directory(path: "/run").statusOfLink(bus)) == nil { try pause() }
      return world
    }

    private func pause() throws { _ = try ProcessLauncher.run("/bin/sleep", arguments: ["0.02"]) }

    @Test func `the user's own desktop shows it as plain text, and the user is who asks`() async throws {
      let world = try world()
      let service = try NotificationService(at: "unix:path=/run/user/\(user)/bus")
      let notifier = try notifier()
      async let isShown = notifier.tell(user, "Title", "Close <b>this</b>\u{1b} & that\nand that")
      let notice = try service.answer()
      #expect(try await isShown)
      #expect(
        notice == .init(program: "Suture", title: "Title", text: "Close ?b?this?/b?? ? that\nand that", user: user))
      withExtendedLifetime(world) {}
    }

    @Test func `where nothing shows it, it was not told`() async throws {
      let world = try world()
      #expect(try await !notifier().tell(user, "Title", "Text"))
      withExtendedLifetime(world) {}
    }

    @Test func `who has no desktop is told nothing, nor is who has somebody else's`() async throws {
      #expect(try await !notifier().tell(4_294_967_000, "Title", "Text"))
      let world = try world()
      let runtime = try Directory(path: "/run")
      _ = try runtime.creatingDirectory(path("user/34"))
      defer { try? runtime.remove(path("user/34")) }
      // A folder of root's is no folder of that user's, whatever is in it.
      try runtime.link(to: "/run/user/\(user)/bus", at: path("user/34/bus"))
      defer { try? runtime.remove(path("user/34/bus")) }
      #expect(try await !notifier().tell(34, "Title", "Text"))
      withExtendedLifetime(world) {}
    }
  }
}
