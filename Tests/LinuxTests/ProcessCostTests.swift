import Glibc
import Linux
import TestSupport
import Testing

@Suite struct ProcessCostTests {
  private func shell(_ script: String, limit: Duration = .seconds(30)) throws -> ProcessCost {
    try ProcessLauncher.measure(
      "/bin/sh", arguments: ["-c", script], environment: ["PATH": "/usr/bin:/bin"], limit: limit)
  }

  @Test func `processor time is counted, and waiting is not`() throws {
    let busy = try shell("i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done")
    let idle = try shell("exec sleep 0.3")
    #expect(busy.end == .exited(0) && busy.microseconds > 20_000)
    #expect(idle.microseconds < busy.microseconds)
  }

  @Test func `memory is the program's own, not what started it`() throws {
    // Held until the end, so that it is ours while the small program runs.
    let ballast = [UInt8](repeating: 1, count: 64 << 20)
    let small = try shell("exec sleep 0.05")
    let large = try ProcessLauncher.measure(
      "/usr/bin/head", arguments: ["-c", "16M", "/dev/zero"], environment: [:], limit: .seconds(30))
    #expect(small.residentBytes > 0 && small.residentBytes < 32 << 20, "\(small.residentBytes)")
    #expect(small.anonymousBytes <= small.residentBytes)
    #expect(large.end == .exited(0))
    #expect(ballast.count == 64 << 20)
  }

  @Test func `a status and a signal arrive as they are`() throws {
    #expect(try shell("exit 7").end == .exited(7))
    #expect(try shell("kill -TERM $$").end == .signalled(SIGTERM))
  }

  @Test func `a signal that the program handles does not end it`() throws {
    #expect(try shell("trap 'exit 3' USR1; kill -USR1 $$; exit 4").end == .exited(3))
  }

  @Test func `what it writes goes to the files that are given`() throws {
    let temporary = try TemporaryDirectory()
    let output = try temporary.directory.appendingFile(path("output"))
    let errors = try temporary.directory.appendingFile(path("errors"))
    let cost = try ProcessLauncher.measure(
      "/bin/sh", arguments: ["-c", "echo told; echo wrong >&2"], environment: [:], output: output, errors: errors,
      limit: .seconds(30))
    #expect(cost.end == .exited(0))
    #expect(try temporary.directory.read(path("output"), limit: 100) == Array("told\n".utf8))
    #expect(try temporary.directory.read(path("errors"), limit: 100) == Array("wrong\n".utf8))
  }

  @Test func `what takes too long is ended, with what it started`() throws {
    let begin = ContinuousClock.now
    let error = #expect(throws: LinuxError.self) { try shell("sleep 60 & wait", limit: .milliseconds(200)) }
    #expect(error?.isTimeout == true)
    #expect(ContinuousClock.now - begin < .seconds(20))
  }

  @Test func `a program that does not exist is an error`() {
    #expect(throws: LinuxError.self) {
      try ProcessLauncher.measure("/nowhere/program", arguments: [], environment: [:], limit: .seconds(1))
    }
  }
}
