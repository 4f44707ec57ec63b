import Glibc
import Linux
import TestSupport
import Testing

/// The quickstart over a machine's own files: whatever ends it, nothing of it is left.
@Suite(.timeLimit(.minutes(10)), .enabled(if: Mounting.absence == nil, "\(Mounting.absence ?? "")"))
struct QuickstartTests {
  /// Who gets a signal: the program that was started, or the one in namespaces of its own that it started.
  enum Target: CaseIterable { case outer, inner }

  private let temporary: TemporaryDirectory

  init() throws { temporary = try TemporaryDirectory() }

  private func log() throws -> String {
    String(decoding: try temporary.directory.readIfPresent(path("log"), limit: 1 << 20) ?? [], as: UTF8.self)
  }

  private func start() throws -> ProcessIdentity {
    let log = try temporary.directory.appendingFile(path("log"))
    let process = try ProcessLauncher.start(
      Program.path("suture-quickstart"), arguments: [], environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"],
      output: log)
    // The first line is printed after signals are heard, and before anything is fetched.
    while try !self.log().contains("A real security update") {
      try #require(process.isRunning)
      // Without giving the thread away: where tests wait for threads, the quickstart would be over before this goes on.
      usleep(2_000)
    }
    return process
  }

  private func words(_ name: String, of pid: Int32) throws -> [Substring] {
    let bytes = try Directory(path: "/proc").read(path("\(pid)/\(name)"), limit: 1 << 16)
    return String(decoding: bytes, as: UTF8.self).split { $0 == "\0" || $0 == " " || $0 == "\n" }
  }

  // Whichever of its threads started it.
  private func child(of pid: Int32) throws -> Int32? {
    for thread in try Directory(path: "/proc/\(pid)/task").names() {
      if let child = try words("task/\(thread)/children", of: pid).first.flatMap({ Int32($0) }) { return child }
    }
    return nil
  }

  @Test(arguments: [ProcessSignal.terminate, .kill], Target.allCases)
  func `a signal to either of its processes ends both, and its folder is gone`(
    signal: ProcessSignal, target: Target
  ) async throws {
    let outer = try start()
    let pid = try #require(try child(of: outer.pid))
    let inner = try #require(ProcessIdentity(running: pid))
    let command = try words("cmdline", of: pid)
    let stage = try path(String(#require(command.firstIndex(of: "--stage").map { command[$0 + 1] })))
    #expect(try MountNamespace.of(process: pid).identity() != MountNamespace.own.identity())
    let parent = try Directory(path: "/tmp")
    _ = try (target == .outer ? outer : inner).send(signal)
    while try outer.isRunning || inner.isRunning || parent.statusOfLink(stage) != nil {
      try await Task.sleep(for: .milliseconds(5))
    }
    outer.reap()
    let word = signal == .kill && target == .inner ? "signal 9 ended it" : "interrupted"
    #expect(try log().contains("\(word); everything was taken down"))
  }

  @Test func `nobody talks it into mounting where others see it`() async throws {
    let result = try await Program.run("suture-quickstart", ["--outside", "0:4 1", "--stage", "x"])
    #expect(result.status == 1)
    #expect(result.error.contains("--outside is for the quickstart's own use"))
  }
}
