import DeviceEngine
import Improvements
import Testing

/// What people at their desktops are asked to do.
@Suite struct RelaunchRequestTests {
  private func step(
    _ name: String, _ cost: PlanClass, in place: ProcessPlace, user: UInt32? = 1_000
  ) -> RestartPlan.Step {
    RestartPlan.Step(cost, isUnattended: false, .program(name), in: place, user: user, processes: 1)
  }

  @Test func `everybody is asked for their own programs, and once for a new session`() {
    let waiting = [
      step("firefox", .relaunch, in: .userUnit("app-firefox-1.scope", user: "1000")),
      step("firefox", .relaunch, in: .session("3")), step("evolution", .relaunch, in: .session("3")),
      step("gnome-shell", .session, in: .session("3")),
      step("vim", .relaunch, in: .session("4"), user: 1_001),
    ]
    let requests = RelaunchRequest.all(for: waiting)
    #expect(requests.map(\.user) == [1_000, 1_001])
    #expect(requests[0].text == "Close and open again: evolution, firefox\nLog out and in again")
    #expect(requests[1].text == "Close and open again: vim")
  }

  @Test func `what is no person's at a desktop is asked of nobody`() {
    let waiting = [
      step("postgres", .relaunch, in: .container("docker")), step("tool", .relaunch, in: .unmanaged),
      step("screen", .relaunch, in: .session("1"), user: nil), step("systemd", .reboot, in: .session("1")),
      RestartPlan.Step(.restart, isUnattended: false, .unit("dbus.service"), in: .unit("dbus.service"), processes: 1),
    ]
    #expect(RelaunchRequest.all(for: waiting).isEmpty)
  }

  @Test func `it is asked again only for more`() throws {
    let one = try #require(RelaunchRequest.all(for: [step("a", .relaunch, in: .session("1"))]).first)
    let other = try #require(RelaunchRequest.all(for: [step("b", .relaunch, in: .session("1"))]).first)
    let session = try #require(
      RelaunchRequest.all(for: [step("a", .relaunch, in: .session("1")), step("s", .session, in: .session("1"))]).first)
    #expect(one.asksMore(than: nil) && other.asksMore(than: one) && session.asksMore(than: one))
    #expect(!one.asksMore(than: one) && !one.asksMore(than: session))
  }
}
