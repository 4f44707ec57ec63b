import Activation
import Basics
import Linux
import TestSupport
import Testing

@Suite struct SupervisorTests {
  let temporary: TemporaryDirectory

  init() throws { temporary = try TemporaryDirectory() }

  func supervisor(_ command: String) throws -> Supervisor {
    let file = try ConfigurationFile(
      parsing: Array("[Service]\nExecStart=/bin/sh \(temporary.path)/run\nEnvironment=OWN=1\n".utf8), name: "x")
    try temporary.directory.write(Array(command.utf8), to: path("run"))
    return Supervisor(
      [try ServiceDefinition(name: "demo", file)], runtime: temporary.directory, logs: temporary.directory
    ) { definition in
      Supervisor.Launch(executable: definition.executable, environment: ["ADDED": "2"])
    }
  }

  func waitUntil(_ condition: () async throws -> Bool) async throws {
    for _ in 0..<2_000 {
      if try await condition() { return }
      try await Task.sleep(for: .milliseconds(5))
    }
    Issue.record("it did not come true within ten seconds")
  }

  @Test func `a service runs with its environment, restarts as another process, and ends`() async throws {
    let supervisor = try supervisor("echo $OWN$ADDED; exec sleep 100")
    await supervisor.startAll()
    let first = try #require(await supervisor.status(of: "demo")?.pid)
    #expect(await supervisor.service(of: first) == "demo")
    #expect(await supervisor.service(of: ProcessLauncher.ownPID) == nil)
    try await waitUntil { try !temporary.directory.read(path("demo.log"), limit: 99).isEmpty }
    #expect(try temporary.directory.read(path("demo.log"), limit: 99) == Array("12\n".utf8))
    let down = try await supervisor.restart("demo")
    #expect(down < .seconds(5))
    let second = try #require(await supervisor.status(of: "demo")?.pid)
    #expect(second != first)
    #expect(ProcessIdentity(running: first) == nil)
    await supervisor.stopAll()
    #expect(ProcessIdentity(running: second) == nil)
    #expect(await supervisor.status(of: "demo")?.pid == nil)
    await #expect(throws: ServiceError.unknown("other")) { try await supervisor.restart("other") }
  }

  @Test func `a child that the service left behind ends with it`() async throws {
    let supervisor = try supervisor("sleep 100 & echo $!; wait")
    await supervisor.startAll()
    try await waitUntil { try !temporary.directory.read(path("demo.log"), limit: 99).isEmpty }
    let text = String(decoding: try temporary.directory.read(path("demo.log"), limit: 99), as: UTF8.self)
    let child = try #require(text.split(separator: "\n").first.flatMap { Int32($0) })
    #expect(await supervisor.service(of: child) == "demo")
    await supervisor.stopAll()
    try await waitUntil { ProcessIdentity(running: child) == nil }
  }

  @Test func `the next supervisor adopts what still runs`() async throws {
    let first = try supervisor("exec sleep 100")
    await first.startAll()
    let pid = await first.status(of: "demo")?.pid
    let second = try supervisor("exec sleep 100")
    await second.startAll()
    #expect(await second.status(of: "demo")?.pid == pid)
    await second.stopAll()
  }

  @Test func `a service that ends by itself is started again and counted`() async throws {
    let supervisor = try supervisor("exec sleep 100")
    await supervisor.startAll()
    let first = try #require(await supervisor.status(of: "demo")?.pid)
    let loop = Task { await supervisor.run() }
    _ = try ProcessIdentity(running: first)?.send(.kill)
    try await waitUntil { await supervisor.status(of: "demo").map { $0.pid != nil && $0.pid != first } == true }
    #expect(await supervisor.status(of: "demo")?.crashes == 1)
    loop.cancel()
    await loop.value
    await supervisor.stopAll()
  }

  @Test func `a program that cannot be started keeps nobody else from starting, and is tried again`() async throws {
    let supervisor = try supervisor("exec sleep 100")
    let interpreter = try path("run")
    try temporary.directory.remove(interpreter)
    await supervisor.startAll()
    let loop = Task { await supervisor.run() }
    try await waitUntil { await supervisor.status(of: "demo").map { $0.pid == nil && $0.crashes > 0 } == true }
    try temporary.directory.write(Array("exec sleep 100".utf8), to: interpreter)
    try await waitUntil { await supervisor.status(of: "demo")?.pid != nil }
    loop.cancel()
    await loop.value
    await supervisor.stopAll()
  }

  @Test func `a service that ends at once is a failure, not a restart`() async throws {
    let supervisor = try supervisor("exec sleep 100")
    await supervisor.startAll()
    try temporary.directory.write(Array("exit 3".utf8), to: path("run"))
    await #expect(throws: ServiceError.endedAtOnce("demo")) { try await supervisor.restart("demo") }
    await supervisor.stopAll()
  }

  @Test(arguments: [
    "[Service]", "[Service]\nExecStart=sleep 1", "[Service]\nExecStart=/x\nUser=root",
    "[Service]\nExecStart=/x\nEnvironment=A",
  ])
  func `a definition that is not understood is refused`(text: String) throws {
    let file = try ConfigurationFile(parsing: Array(text.utf8), name: "x")
    #expect(throws: ServiceError.self) { try ServiceDefinition(name: "x", file) }
  }
}
