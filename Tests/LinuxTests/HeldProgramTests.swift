import Basics
import Linux
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct HeldProgramTests {
  let temporary: TemporaryDirectory

  init() throws { temporary = try TemporaryDirectory() }

  private func held(_ script: String) throws -> HeldProgram {
    try HeldProgram(
      "/bin/sh", arguments: ["-c", script], environment: [:], output: temporary.directory.appendingFile(path("log")))
  }

  private func said() throws -> String {
    String(decoding: try temporary.directory.read(path("log"), limit: 4_096), as: UTF8.self)
  }

  @Test func `it is a process before it begins, the same one afterwards, and has nothing open but its streams`()
    async throws
  {
    let program = try held("ls /proc/$$/fd; echo process $$; exec sleep 1000")
    let process = program.process
    #expect(process.isRunning)
    try await Task.sleep(for: .milliseconds(50))
    #expect(try said().isEmpty)
    try program.begin()
    while try !said().contains("process \(process.pid)\n") { try await Task.sleep(for: .milliseconds(1)) }
    #expect(try said() == "0\n1\n2\nprocess \(process.pid)\n")
    #expect(ProcessIdentity(running: process.pid) == process)
    #expect(ProcessIdentity.session(of: process.pid) == process.pid)
    #expect(try process.send(.kill))
    while !process.reap() { try await Task.sleep(for: .milliseconds(1)) }
  }

  @Test func `one that is never let go never ran, and leaves no process`() throws {
    // Both wait at the same time: neither keeps the other from seeing that it is given up.
    var programs = [try held("echo one"), try held("echo two")]
    let processes = programs.map(\.process)
    #expect(processes.map(\.isRunning) == [true, true])
    programs.removeFirst()
    #expect(processes.map(\.isRunning) == [false, true])
    programs.removeAll()
    #expect(processes.allSatisfy { !$0.isRunning && !$0.reap() })
    #expect(try said().isEmpty)
  }

  @Test func `one that was killed while it waited neither ends whoever lets it go nor counts as refused`() throws {
    let program = try held("echo ran")
    #expect(try program.process.send(.kill))
    while program.process.isRunning {}
    try program.begin()
    #expect(program.process.reap())
    #expect(try said().isEmpty)
  }

  @Test func `what cannot be run says why, and leaves no process`() throws {
    let log = try temporary.directory.appendingFile(path("log"))
    let process: ProcessIdentity
    do {
      let program = try HeldProgram("/nonexistent/program", arguments: [], environment: [:], output: log)
      process = program.process
      let error = #expect(throws: LinuxError.self) { try program.begin() }
      #expect(error?.description == "cannot start /nonexistent/program: it does not exist")
    }
    #expect(!process.isRunning && !process.reap())
  }
}
