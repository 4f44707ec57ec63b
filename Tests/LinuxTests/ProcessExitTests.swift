import Basics
import Linux
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct ProcessExitTests {
  let temporary: TemporaryDirectory

  init() throws { temporary = try TemporaryDirectory() }

  private func start(_ script: String) throws -> ProcessIdentity {
    try ProcessLauncher.start(
      "/bin/sh", arguments: ["-c", script], environment: [:],
      output: temporary.directory.appendingFile(path("output")))
  }

  @Test(
    .enabled(if: HeldProcess.isTold, "NOT RUN: this kernel does not tell how a process ended (Linux 6.15)"),
    arguments: [
      ("kill -SEGV $$", ProcessEnd.signalled(11), true), ("kill -ABRT $$", .signalled(6), true),
      ("kill -TERM $$", .signalled(15), false), ("exit 7", .exited(7), false),
    ])
  func `how a process ended is learned though somebody else waits for it`(
    words: String, end: ProcessEnd, isCrash: Bool
  ) async throws {
    let made = try ProcessLauncher.run("/usr/bin/mkfifo", arguments: ["\(temporary.path)/word"])
    try #require(made.end == .exited(0))
    // The shell in between waits for its child, which waits for a word of ours.
    let parent = try start("(read word < \(temporary.path)/word; exec sh -c '\(words)') & wait; exec sleep 1000")
    defer {
      _ = try? parent.send(.kill)
      parent.reapSoon()
    }
    var held: HeldProcess?
    while held == nil {
      for pid in try ProcessTable.pids() where ProcessIdentity.parent(of: pid) == parent.pid {
        held = try ProcessIdentity(running: pid).flatMap { try HeldProcess($0) }
      }
      try await Task.sleep(for: .milliseconds(2))
    }
    let child = try #require(held)
    #expect(child.account() == .running)
    try temporary.directory.appendingFile(path("word")).write(Array("go\n".utf8))
    while child.account() == .running || child.account() == .untold { try await Task.sleep(for: .milliseconds(2)) }
    #expect(child.account() == .ended(end) && end.isCrash == isCrash)
  }

  @Test func `a process that has ended, or another of its number, is not held on to`() throws {
    #expect(try HeldProcess(ProcessIdentity(pid: ProcessLauncher.ownPID, startTicks: 1)) == nil)
    #expect(try HeldProcess(ProcessIdentity(pid: 1 << 22, startTicks: 1)) == nil)
  }

  @Test func `every crash on the machine is told with its parent, and no end in order`() async throws {
    let events: ProcessEvents
    do { events = try ProcessEvents() } catch {
      // Where the kernel does not consent it says so, and nothing is made up.
      #expect(error.description.hasPrefix("cannot listen to the kernel's process events"))
      print("NOT RUN: \(error)")
      return
    }
    let parent = try start("sh -c 'kill -SEGV $$'; sh -c 'exit 3'; sh -c 'kill -TERM $$'; exit 0")
    while parent.isRunning { try await Task.sleep(for: .milliseconds(2)) }
    parent.reap()
    var ends: [ProcessEnd] = []
    var executed = 0
    while let event = try events.next() {
      switch event {
      case .ended(_, let mother, let end) where mother == parent.pid: ends.append(end)
      case .executed: executed += 1
      case .ended, .lost: continue
      }
    }
    #expect(ends == [.signalled(11), .signalled(15)] && executed >= 4)
  }

  @Test func `a program runs as the user that is meant, and is killed when its time is over, with what it started`()
    throws
  {
    let nobody = try #require(
      UserAccount(named: "nobody", in: Directory(path: "/etc").read(path("passwd"), limit: UserAccount.byteLimit)))
    let account = ProcessLauncher.userID == 0 ? nobody : nil
    func run(_ script: String, limit: Duration = .seconds(10)) throws -> ProcessEnd {
      try ProcessLauncher.run("/bin/sh", arguments: ["-c", script], as: account, limit: limit)
    }
    let user = account?.user ?? ProcessLauncher.userID
    #expect(try run("test $(id -u) = \(user) && test \"$(id -G)\" = \"$(id -g)\"") == .exited(0))
    #expect(try run("grep -q '^NoNewPrivs:.1' /proc/self/status && test ! -t 0 && ! read line") == .exited(0))
    #expect(try run("kill -SEGV $$") == .signalled(11))
    let mark = "1000.\(ProcessLauncher.ownPID)"
    let error = #expect(throws: LinuxError.self) { try run("sleep \(mark) & sleep \(mark)", limit: .milliseconds(200)) }
    #expect(error?.isTimeout == true)
    let left = try ProcessLauncher.run("/usr/bin/pgrep", arguments: ["-f", "^sleep \(mark)$"])
    #expect(left.end == .exited(1), "\(left.output)")
    #expect(throws: LinuxError.self) {
      try ProcessLauncher.run("/nonexistent/program", arguments: [], as: account, limit: .seconds(1))
    }
  }

  @Test(arguments: ["nobody2:x:1:1::/:/bin/sh", "nobody:x:1:1:/:/bin/sh", "nobody:x:-1:1::/:/bin/sh", ""])
  func `a table of users that is none, or has another, gives nobody`(text: String) {
    #expect(UserAccount(named: "nobody", in: Array(text.utf8)) == nil)
  }
}
