import Improvements
import Testing

@testable import Activation

@Suite struct RestraintTests {
  func reason(_ unit: String) -> String? { Restraint.builtIn.first { $0.holds(unit) }?.why.reason }

  @Test(arguments: [
    "dbus.service", "dbus-broker.service", "systemd-logind.service", "user@0.service", "getty@tty1.service",
    "serial-getty@ttyS0.service", "gdm.service", "gdm3.service", "sddm.service", "lightdm.service",
    "display-manager.service", "NetworkManager.service", "NetworkManager-dispatcher.service",
    "systemd-networkd.service", "ifup@eth0.service", "wpa_supplicant@wlan0.service", "networking.service",
    "openvpn-server@home.service", "wg-quick@wg0.service", "tailscaled.service", "docker.service",
    "containerd.service", "podman.service", "libvirtd.service", "virtqemud.service", "systemd-machined.service",
    "systemd-nspawn@web.service", "emergency.service", "rescue.service", "sutured.service", "multipathd.service",
    "pacemaker.service", "xrdp.service", "packagekit.service", "unattended-upgrades.service",
  ]) func `what must not be bounced is in the table, with a reason`(_ unit: String) {
    #expect(reason(unit) != nil)
  }

  @Test(arguments: [
    "nginx.service", "ssh.service", "cron.service", "systemd-journald.service", "systemd-resolved.service",
    "systemd-timesyncd.service", "systemd-udevd.service", "postgresql@15-main.service", "apache2.service",
    "rsyslog.service", "polkit.service", "redis-server.service", "php8.2-fpm.service", "dnsmasq.service",
    "network-probe.service", "lyrion.service", "mydbus.service", "dbus.service.service",
  ]) func `what serves and starts again is not`(_ unit: String) {
    #expect(reason(unit) == nil)
  }

  @Test func `a star stands for any text, and everything else for itself`() {
    func holds(_ pattern: String, _ unit: String) -> Bool { Restraint([pattern], "").holds(unit) }
    #expect(holds("*", "") && holds("*", "a.service") && holds("a*", "a") && holds("*a", "aa") && holds("", ""))
    #expect(holds("a*b*.service", "a1b22b.service") && holds("a**b", "ab") && holds("*.service", "a.b.service"))
    #expect(
      !holds("a*b", "a1c") && !holds("a", "ab") && !holds("", "a") && !holds("a*b*c", "a1c1b") && !holds("?", "a"))
    #expect(!holds("a.service", "abservice") && !holds("A.service", "a.service"))
    // What would take for ever where each star tried everything.
    #expect(!holds(String(repeating: "a*", count: 60) + "b", String(repeating: "a", count: 250)))
  }

  @Test func `every reason is the end of a sentence, and every pattern could be a unit's name`() {
    for restraint in Restraint.builtIn + [.ofSessions] {
      let reason = restraint.why.reason
      #expect(reason.first?.isLowercase == true && reason.last != ".", "\(reason)")
      for unit in restraint.units {
        #expect(UnitName(unit.split(separator: "*", omittingEmptySubsequences: false).joined(separator: "x")) != nil)
      }
    }
  }

  @Test(arguments: [
    ("dbus.service", PlanClass.reboot), ("user@1000.service", .session), ("getty@tty1.service", .session),
    ("gdm.service", .session), ("docker.service", .restart), ("NetworkManager.service", .restart),
  ]) func `what its reason names as the end of it is what it costs`(unit: String, cost: PlanClass) {
    #expect(Restraint.builtIn.first { $0.holds(unit) }?.why.remedy == cost)
  }

  @Test(arguments: [
    "failed", "dependency", "timeout", "skipped", "canceled", "invalid", "assert", "unsupported", "collected", "once",
    "frozen", "concurrency",
  ]) func `each way that a job may end undone has words of its own`(_ word: String) {
    guard case .undone(let why) = JobResult(word) else {
      Issue.record("\(word) counts as done")
      return
    }
    #expect(!why.contains("systemd says '"))
  }

  @Test func `a job's end that is not known is not done`() {
    #expect(JobResult("done") == .done)
    #expect(JobResult("improved") == .undone("systemd says 'improved'"))
  }

  @Test func `how a service ended is told by systemd's own account`() {
    func account(_ result: String, _ code: Int32 = 0, _ status: Int32 = 0) -> String {
      ServiceEnd(result: result, code: code, status: status).account
    }
    #expect(account("exit-code", 1, 3) == "its program exited with status 3")
    #expect(account("exit-code", 1, 0) == "a command of its unit file failed")
    #expect(account("signal", 2, 9) == "its program was ended by signal 9")
    #expect(account("core-dump", 3, 11) == "its program crashed with signal 11")
    #expect(account("success", 1, 0) == "its program ended by itself")
    #expect(account("new-word") == "systemd says 'new-word'")
  }
}
