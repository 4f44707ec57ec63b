import Glibc
import Linux
import TestSupport
import Testing

@Suite struct ProcessRunTests {
  static func shell(_ script: String, input: String = "", limit: Duration = .seconds(30)) throws -> (
    end: ProcessEnd, output: String, error: String, file: FileDescriptor?
  ) {
    try ProcessLauncher.run("/bin/sh", arguments: ["-c", script], input: Array(input.utf8), limit: limit)
  }

  @Test func `what it reads, writes and ends with arrives apart`() throws {
    let result = try Self.shell("cat; echo wrong >&2; exit 3", input: "told\n")
    #expect(result.end == .exited(3))
    #expect(result.output == "told\n")
    #expect(result.error == "wrong\n")
    #expect(result.file == nil)
  }

  @Test func `input and output longer than a pipe holds stop nobody`() throws {
    let text = String(repeating: "0123456789abcde\n", count: 4_000)
    #expect(try Self.shell("cat", input: text).output == text)
  }

  @Test func `more output than is wanted is an error`() throws {
    #expect(throws: LinuxError.self) { try Self.shell("head -c 100000 /dev/zero") }
  }

  @Test func `a signal is told apart from a status`() throws {
    #expect(try Self.shell("kill -9 $$").end == .signalled(9))
    #expect(try Self.shell("exit 137").end == .exited(137))
  }

  @Test func `a program that takes too long is ended`() throws {
    let clock = ContinuousClock()
    let took = clock.measure {
      let error = #expect(throws: LinuxError.self) { try Self.shell("exec sleep 100", limit: .milliseconds(50)) }
      #expect(error?.operation == "wait longer for")
    }
    #expect(took < .seconds(20))
  }

  @Test func `one that cannot be waited for is ended, and its end is told`() async {
    await #expect(processExitsWith: .success) {
      // As many files as it takes to start it, and none to wait for it with a limit.
      let free = (0..<3).map { _ in dup(STDERR_FILENO) }
      for number in free { close(number) }
      let count = rlim_t(free.max() ?? 0) + 1
      var limit = rlimit(rlim_cur: count, rlim_max: count)
      let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
      guard unsafe setrlimit(files, &limit) == 0 else { exit(2) }
      let end = try ProcessLauncher.run("/bin/sleep", arguments: ["1000"]).end
      exit(end == .signalled(9) ? 0 : 3)
    }
  }

  @Test func `it gets this environment and no other`() throws {
    let result = try ProcessLauncher.run("/usr/bin/env", arguments: [], environment: ["A": "b"])
    #expect(result.output == "A=b\n")
  }

  @Test func `it inherits no open file, whatever a library forgot to mark`() throws {
    // dup(2) makes a descriptor that programs inherit, as accept(2) does.
    let inherited = FileDescriptor(owning: dup(STDERR_FILENO), name: "a file that programs inherit")
    try #require(inherited.number > STDERR_FILENO)
    let result = try Self.shell("if [ -e /proc/$$/fd/\(inherited.number) ]; then echo inherited; fi")
    #expect(result.output.isEmpty)
    withExtendedLifetime(inherited) {}
  }

  @Test func `a program that sends no file where one may be sent is no error`() throws {
    let result = try ProcessLauncher.run("/bin/echo", arguments: ["text"], expectsFile: true)
    #expect(result.end == .exited(0))
    #expect(result.file == nil)
  }

  @Test func `a missing program is an error`() {
    #expect(throws: LinuxError.self) { try ProcessLauncher.run("/nonexistent", arguments: []) }
  }
}
