import Testing

@testable import Activation

/// What ends a login session, told from groups, parents and names.
@Suite struct SessionHeadTests {
  // sshd listens in its service; in the session its privileged process has one of the user's, which has a shell with a child.
  private let parents: [Int32: Int32] = [10: 1, 20: 10, 21: 20, 22: 21, 23: 22, 30: 31, 31: 30]
  private let names: [Int32: String] = [10: "sshd", 20: "sshd", 21: "sshd", 22: "bash", 23: "vim", 30: "a", 31: "a"]

  private func leads(_ pid: Int32) -> Bool {
    SessionHead.leads(
      pid, group: { $0 >= 20 ? "/user.slice/session-3.scope" : "/system.slice/ssh.service" }, parent: { parents[$0] },
      name: { names[$0] })
  }

  @Test func `the connection's own processes lead it, and what runs in it does not`() {
    #expect(leads(20) && leads(21))
    #expect(!leads(22) && !leads(23))
  }

  @Test func `what has ended leads nothing, and a circle of parents ends`() {
    #expect(!leads(99))
    #expect(!leads(30))
  }
}
