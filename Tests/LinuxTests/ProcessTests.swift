import Basics
import Linux
import TestSupport
import Testing

@Suite struct ProcessTests {
  @Test func `a started program has our environment only, writes to its log, and ends when told`() async throws {
    let temporary = try TemporaryDirectory()
    let log = try temporary.directory.appendingFile(path("log"))
    let child = try ProcessLauncher.start(
      "/bin/sh", arguments: ["-c", "echo $MARK-$HOME; exec sleep 3600"], environment: ["MARK": "here"], output: log)
    #expect(child.isRunning)
    while try temporary.directory.read(path("log"), limit: 100).isEmpty { try await Task.sleep(for: .milliseconds(2)) }
    #expect(try temporary.directory.read(path("log"), limit: 100) == Array("here-\n".utf8))
    #expect(try child.send(.terminate))
    while child.isRunning { try await Task.sleep(for: .milliseconds(2)) }
    #expect(child.reap())
    #expect(try child.send(.kill) == false)
  }

  @Test func `another process with the same number is not the same process`() throws {
    let own = try #require(ProcessIdentity(running: ProcessLauncher.ownPID))
    #expect(own.isRunning)
    let stranger = ProcessIdentity(pid: own.pid, startTicks: own.startTicks + 1)
    #expect(!stranger.isRunning)
    #expect(try stranger.send(.kill) == false)
  }

  @Test func `who began before a moment is told from who began after it`() async throws {
    let temporary = try TemporaryDirectory()
    let log = try temporary.directory.appendingFile(path("log"))
    func started() throws -> ProcessIdentity {
      try ProcessLauncher.start("/bin/sleep", arguments: ["1000"], environment: [:], output: log)
    }
    let before = try started()
    let moment = try #require(BootMoment.now())
    #expect(moment.boot == BootMoment.currentBoot() && moment.boot.utf8.count == 36)
    try await Task.sleep(for: BootMoment.resolution)
    let after = try started()
    #expect(!moment.isBefore(before) && moment.isBefore(after))
    for process in [before, after] {
      _ = try process.send(.kill)
      while process.isRunning { try await Task.sleep(for: .milliseconds(1)) }
      process.reap()
    }
  }

  @Test func `a program that does not exist is a sentence`() throws {
    let temporary = try TemporaryDirectory()
    let log = try temporary.directory.appendingFile(path("log"))
    let error = #expect(throws: LinuxError.self) {
      try ProcessLauncher.start("/nonexistent/program", arguments: [], environment: [:], output: log)
    }
    #expect(error?.description == "cannot start /nonexistent/program: it does not exist")
  }

  @Test func `what stands in the way is told apart: a lock, and want of room`() {
    let again: Int32 = 11
    let locked = LinuxError("lock", "/x", code: again)
    #expect(locked.isLocked && locked.description == "cannot lock /x: another process holds it")
    let full = LinuxError("start", "/x", code: again)
    #expect(!full.isLocked && full.isShortage)
    #expect(full.description == "cannot start /x: the machine has no room for it at this moment; try again")
  }

  @Test func `this process knows its program and where it is`() throws {
    #expect(try ProcessLauncher.ownExecutable().hasPrefix("/"))
    #expect(try ProcessLauncher.workingDirectory().hasPrefix("/"))
  }

  @Test func `this process is in the table and maps its own program`() throws {
    #expect(try ProcessTable.pids().contains(ProcessLauncher.ownPID))
    #expect(ProcessTable.name(of: ProcessLauncher.ownPID) != nil)
    let maps = try #require(try ProcessTable.mappedFiles(of: ProcessLauncher.ownPID))
    #expect(maps.contains { $0.path.contains("libc.so") })
    #expect(try ProcessTable.mappedFiles(of: Int32.max) == nil)
  }

  @Test func `maps are read by their columns, odd names included`() {
    let text = """
      7f1 r-xp 00000000 fe:01 1234                      /usr/lib/a b.so (deleted)
      7f2 r--p 00001000 fe:01 1234                      /usr/lib/a b.so (deleted)
      7f3 rw-p 00000000 00:00 0
      7f4 rw-p 00000000 00:00 0                          [heap]
      garbage
      7f5 r-xp 0 zz:01 77 /x
      7f6 r-xp 00000000 fe:01 1235                      /usr/lib/b.so
      7f7 rw-p 00000000 00:00 0
      7f8 r--p 00002000 fe:01 1235                      /usr/lib/b.so
      7f9 r--p 00000000 fe:01 1236                      /usr/lib/b.so
      7fa r--p 00000000 fe:01 1234                      /usr/lib/a b.so (deleted)
      7fb r--p 0 fe:01 /
      7fc r--p 00000000 fe:01 1237 /last
      """
    let entries = MappedFileEntry.parse(maps: Array(text.utf8))
    #expect(entries.map(\.path) == ["/usr/lib/a b.so (deleted)", "/usr/lib/b.so", "/usr/lib/b.so", "/last"])
    #expect(entries.map(\.identity.inode) == [1234, 1235, 1236, 1237])
    #expect(entries.first?.identity == FileIdentity(major: 0xfe, minor: 1, inode: 1234))
  }
}

@Suite struct ConfigurationFileTests {
  @Test func `systemd's style is read, drop-ins override and lists accumulate`() throws {
    var file = try ConfigurationFile(
      parsing: Array("# c\n; c\n\n[Device]\nAutomatic = on\r\nUrl=http://x/?a=b\nItem=1\nItem=2\n".utf8), name: "x")
    try file.merge(ConfigurationFile(parsing: Array("[Device]\nAutomatic=off\nItem=\nItem=3".utf8), name: "y"))
    #expect(try file.boolean("Automatic", in: "Device") == false)
    #expect(file.value("Url", in: "Device") == "http://x/?a=b")
    #expect(file.values("Item", in: "Device") == ["3"])
    #expect(file.value("Url", in: "Other") == nil)
    #expect(file.assignment("Automatic", in: "Device")?.file == "y")
    #expect(file.assignment("Url", in: "Device")?.file == "x")
  }

  @Test(arguments: ["[Device]\nnonsense", "Key=1", "[Device\nA=1", "[]", "[D]\nA=1 \\"])
  func `what is not understood is refused with its line`(text: String) {
    let error = #expect(throws: ConfigurationFile.Refusal.self) {
      try ConfigurationFile(parsing: Array(text.utf8), name: "sutured.conf")
    }
    #expect(error?.description.hasPrefix("sutured.conf:") == true)
  }

  @Test func `an empty assignment takes back what was set before`() throws {
    var file = try ConfigurationFile(parsing: Array("[D]\nA=off".utf8), name: "x")
    try file.merge(ConfigurationFile(parsing: Array("[D]\nA=".utf8), name: "y"))
    #expect(try file.boolean("A", in: "D") == nil)
  }

  @Test func `a word that is no boolean is refused`() throws {
    let file = try ConfigurationFile(parsing: Array("[D]\nA=maybe".utf8), name: "x")
    #expect(throws: ConfigurationFile.Refusal.self) { try file.boolean("A", in: "D") }
  }
}
