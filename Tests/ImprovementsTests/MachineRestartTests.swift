import Improvements
import Testing

/// How much of a machine starts anew.
@Suite struct MachineRestartTests {
  private static let new = "systemd 257 (257.9-1~deb13u1)\n+PAM +AUDIT\n"

  @Test func `the user space is enough where systemd can and no kernel waits`() {
    #expect(MachineRestart(version: Self.new, waiting: "", wantsKernel: false) == .userSpace)
    #expect(MachineRestart(version: "systemd 254", waiting: "libc6\ndbus\n", wantsKernel: false) == .userSpace)
  }

  @Test(arguments: [
    ("systemd 252 (252.39-1~deb12u1)\n", "", false, "systemd 252 can do no less"),
    ("systemd 253\n", "", false, "systemd 253 can do no less"),
    ("", "", false, "what systemd can do could not be found out"),
    ("systemctl: not found", "", false, "what systemd can do could not be found out"),
    ("systemd 99999999999999999999", "", false, "what systemd can do could not be found out"),
    (MachineRestartTests.new, "dbus\nlinux-image-6.12.1-amd64\n", false, "linux-image-6.12.1-amd64 waits for it"),
    (MachineRestartTests.new, "", true, "as you asked"),
  ])
  func `else all of it starts anew, and why`(version: String, waiting: String, wantsKernel: Bool, reason: String) {
    #expect(
      MachineRestart(version: version, waiting: waiting, wantsKernel: wantsKernel) == .everything(reason: reason))
  }
}
