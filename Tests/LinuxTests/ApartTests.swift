import Basics
import Glibc
import Linux
import TestSupport
import Testing

/// Whether mounts can be tried here.
enum Apart {
  /// Why not; nil where they can.
  static let absence: String? = {
    guard ProcessLauncher.userID == 0 else { return "NOT RUN: needs root" }
    let tried = try? ProcessLauncher.runApart("/bin/true", arguments: [])
    return tried == .exited(0) ? nil : "NOT RUN: needs root with CAP_SYS_ADMIN"
  }()
}

/// Programs in namespaces of their own: nobody sees what they mount, and nothing outlives them.
@Suite(.timeLimit(.minutes(10)), .enabled(if: Apart.absence == nil, "\(Apart.absence ?? "")"))
struct ApartTests {
  private let temporary: TemporaryDirectory

  init() throws { temporary = try TemporaryDirectory() }

  private func text(_ name: String) throws -> String? {
    try temporary.directory.readIfPresent(path(name), limit: 1 << 20).map { String(decoding: $0, as: UTF8.self) }
  }

  private func shell(_ script: String) throws -> ProcessEnd {
    try ProcessLauncher.runApart("/bin/sh", arguments: ["-e", "-c", "cd \(temporary.path); \(script)"])
  }

  @Test func `it is the first of its processes, with a proc folder of its own`() throws {
    #expect(try shell("echo $$ > number; ls /proc | grep -c '^[0-9]' > count; exit 5") == .exited(5))
    #expect(try text("number") == "1\n")
    #expect(try (Int(text("count")?.dropLast() ?? "") ?? 99) < 5)
  }

  @Test func `what it mounts is seen there and nowhere else`() throws {
    let end = try shell(
      """
      mkdir place; mount -t tmpfs none place; echo inside > place/file; cat place/file > seen
      mount | grep -c \(temporary.path)/place > count; grep -c shared: /proc/self/mountinfo > shared || true
      """)
    #expect(end == .exited(0))
    #expect(try text("seen") == "inside\n")
    #expect(try text("count") == "1\n")
    #expect(try text("shared") == "0\n")
    #expect(try text("place/file") == nil)
    #expect(try MountNamespace.own.mounts().entries.allSatisfy { !$0.point.hasPrefix(temporary.path) })
  }

  /// Runs a body in a thread of its own, where it may wait or be in another mount namespace.
  private func inThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      let work = Work { continuation.resume(with: Result(catching: body)) }
      var thread = pthread_t()
      let started = unsafe pthread_create(
        &thread, nil,
        { context in
          guard let context = unsafe context else { return nil }
          unsafe Unmanaged<Work>.fromOpaque(context).takeRetainedValue().body()
          return nil
        }, unsafe Unmanaged.passRetained(work).toOpaque())
      #expect(started == 0 && pthread_detach(thread) == 0)
    }
  }

  private final class Work: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }

  @Test func `one directory shows another's names before its own, and is as it was elsewhere`() async throws {
    let end = try shell("mkdir up low odd,; echo old > low/a; echo keep > low/b; echo new > up/a; echo c > up/c")
    #expect(end == .exited(0))
    let temporary = temporary
    try await inThread {
      try MountNamespace.leaveForCopy()
      let low = try temporary.directory.directory(path("low"))
      let proc = try OwnProcFolder()
      try low.cover(with: temporary.directory.directory(path("up")), proc)
      let seen = try Directory(path: "\(temporary.path)/low")
      #expect(try seen.names() == ["a", "b", "c"])
      #expect(try seen.read(path("a"), limit: 10) == Array("new\n".utf8))
      #expect(throws: LinuxError.self) { try seen.write([], to: path("d")) }
      // A comma would end the option in which the name stands.
      let odd = try temporary.directory.directory(path("odd,"))
      #expect(throws: LinuxError.self) { try low.cover(with: odd, proc) }
      #expect(throws: LinuxError.self) { try odd.cover(with: low, proc) }
    }
    #expect(try text("low/a") == "old\n")
    #expect(try text("low/c") == nil)
  }

  @Test func `killed, it takes everything with it, and the machine's files are as they were`() async throws {
    let libraries = try Directory(path: "/usr/lib/x86_64-linux-gnu", links: .withinRoot)
    let real = try path("libz.so.1")
    let before = try libraries.openFile(real)
    let (digest, status) = try (before.digest().digest, before.status())
    // The kernel's short name of a process tells ours from all others.
    let name = "apart\(UInt32.random(in: 0 ..< 1_000_000))"
    #expect(try shell("cp /bin/sleep \(name); cp /bin/sh shell; echo covered > covered") == .exited(0))
    let folder = temporary.path
    async let end = inThread {
      try ProcessLauncher.runApart(
        "\(folder)/shell",
        arguments: [
          "-e", "-c",
          """
          cd \(folder); mount --bind covered $(readlink -f \(libraries.path)/\(real))
          setsid ./\(name) 1000 & cat \(libraries.path)/\(real) > seen; exec ./\(name) 1000
          """,
        ])
    }
    func found() throws -> [Int32] { try ProcessTable.pids().filter { ProcessTable.name(of: $0) == name } }
    while try found().count < 2 { try await Task.sleep(for: .milliseconds(5)) }
    let pids = try found()
    #expect(pids.count == 2)
    #expect(try text("seen") == "covered\n")
    #expect(try libraries.openFile(real).digest().digest == digest)
    // The first process is the one that was started first.
    let first = try #require(pids.min())
    #expect(try ProcessIdentity(running: first)?.send(.kill) == true)
    #expect(try await end == .signalled(SIGKILL))
    #expect(try found().isEmpty)
    let after = try libraries.openFile(real)
    #expect(try after.digest().digest == digest && after.status() == status)
  }

  @Test func `a program that is missing is an error, and nothing was started`() {
    #expect(throws: LinuxError.self) { try ProcessLauncher.runApart("/nonexistent", arguments: []) }
  }
}

@Suite struct ApartForOrdinaryUsersTests {
  @Test(.enabled(if: ProcessLauncher.userID != 0, "NOT RUN: is for ordinary users"))
  func `who may not is told so`() {
    let error = #expect(throws: LinuxError.self) { try ProcessLauncher.runApart("/bin/true", arguments: []) }
    #expect(error?.description.contains("not permitted") == true)
  }
}
