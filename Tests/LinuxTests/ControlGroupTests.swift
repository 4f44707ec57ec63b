import Testing

@testable import Linux

/// Whose a process is.
@Suite struct ProcessUserTests {
  @Test func `the real user of a process is told`() {
    #expect(ProcessTable.user(of: ProcessLauncher.ownPID) == ProcessLauncher.userID)
    #expect(ProcessTable.user(of: .max) == nil)
    #expect(ProcessTable.user(in: Array("Name:\tx\nUid:\t1000\t0\t0\t0\nGid:\t1\n".utf8)) == 1_000)
  }

  @Test(arguments: ["", "Uid:\n", "Uid:\tx\t0\n", "Uid:\t-1\n", "Name:\tUid: 5\n"])
  func `what is no such table tells none`(_ table: String) {
    #expect(ProcessTable.user(in: Array(table.utf8)) == nil)
  }
}

@Suite struct ControlGroupTests {
  @Test(arguments: [
    ("0::/system.slice/nginx.service\n", "/system.slice/nginx.service"),
    ("12:pids:/x\n1:name=systemd:/system.slice/a.service\n0::/\n", "/system.slice/a.service"),
    ("12:pids:/x\n1:name=systemd:/b\n0::/system.slice/a.service\n", "/system.slice/a.service"),
    ("1:name=systemd:/system.slice/a.service", "/system.slice/a.service"),
    ("0::/a:b.service\n", "/a:b.service"),
  ]) func `the hierarchy that a service manager keeps tells the path`(_ table: String, _ path: String) {
    #expect(ControlGroup.path(in: Array(table.utf8)) == path)
  }

  @Test(arguments: [
    "", "\n", "0::/\n", "0::\n", "0::/../x.service\n", "0::x\n", "4:cpu,cpuacct:/x\n", "0:/x\n", "00::/x\n",
  ])
  func `the root, another namespace's groups and other hierarchies are none`(_ table: String) {
    #expect(ControlGroup.path(in: Array(table.utf8)) == nil)
  }

  @Test func `a path that is no text is none`() {
    #expect(ControlGroup.path(in: Array("0::/".utf8) + [0xff, 0xfe]) == nil)
  }

  @Test func `a process that has ended is in none`() {
    #expect(ControlGroup.path(of: .max) == nil)
  }
}
