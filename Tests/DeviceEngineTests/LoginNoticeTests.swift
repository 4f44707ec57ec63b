import Activation
import Basics
import DeviceEngine
import DeviceTestSupport
import Improvements
import Linux
import TestSupport
import Testing

/// What is said at login, and that it is true.
@Suite(.timeLimit(.minutes(10))) struct LoginNoticeTests {
  @Test func `it is a file that everybody may read, and gone when there is nothing to say`() throws {
    let temporary = try TemporaryDirectory(inMemory: true)
    let runtime = temporary.directory
    let file = try path("motd.d/suture")
    let notice = try LoginNotice(runtime: runtime)
    try notice.show(nil)
    #expect(try runtime.status(path("motd.d")) == nil)
    try notice.show("one\n")
    #expect(try runtime.read(file, limit: 100) == Array("one\n".utf8))
    let first = try #require(try runtime.status(file))
    #expect(first.mode == 0o644)
    #expect(try runtime.status(path("motd.d"))?.mode == 0o755)
    try notice.show("one\n")
    #expect(try runtime.status(file)?.identity == first.identity)
    try notice.show("two\n")
    #expect(try runtime.read(file, limit: 100) == Array("two\n".utf8))
    // Somebody took the right to read away.
    try runtime.write(Array("two\n".utf8), to: file, mode: 0o600)
    try notice.show("two\n")
    #expect(try runtime.status(file)?.mode == 0o644)
    try notice.show(nil)
    #expect(try runtime.status(file) == nil)
    try notice.show(nil)
  }

  @Test func `others' notices are left alone, and what a killed daemon left beside its own is cleared`() throws {
    let temporary = try TemporaryDirectory(inMemory: true)
    let folder = try temporary.directory.creatingDirectory(path("motd.d"))
    let others = ["other", ".other.0123456789abcdef", ".suture.conf"]
    for name in others + [".suture.0123456789abcdef"] { try folder.write([1], to: path(name)) }
    let notice = try LoginNotice(runtime: temporary.directory)
    try notice.show("one\n")
    try notice.show(nil)
    #expect(try Set(folder.names()) == Set(others))
  }

  @Test func `a folder that leads elsewhere is refused, and nothing is written there`() throws {
    let temporary = try TemporaryDirectory(inMemory: true)
    let elsewhere = try temporary.directory.creatingDirectory(path("elsewhere"))
    try temporary.directory.link(to: "elsewhere", at: path("motd.d"))
    let notice = try LoginNotice(runtime: temporary.directory)
    #expect(throws: LinuxError.self) { try notice.show("one\n") }
    #expect(try elsewhere.names().isEmpty)
  }

  @Test func `only what is over the machine's own files and at home there is the machine's`() throws {
    let temporary = try TemporaryDirectory(inMemory: true)
    #expect(try !DeviceLayout(root: temporary.path).isOfMachine)
    #expect(try !DeviceLayout(root: "/", home: temporary.path).isOfMachine)
  }

  @Test func `it names what waits for somebody once the improvement stands, and no other`() async throws {
    var world = try World()
    try world.publish()
    let manager = PlannedManager(
      services: [ProcessLauncher.ownPID: "docker"],
      restraints: ["docker": ServiceRestraint("containers run \u{1b}[2J beneath it")])
    let running = try await world.device(manager: { _ in manager })
    var mapping: MappedFile? = try MappedFile(
      Directory(path: world.deviceRoot).openFile(world.file), limit: 1 << 20)
    try await running.device.look()
    #expect(try await Device.loginNotice(running.device.waiting()) == nil)
    try await running.device.apply(component: "libdemo")
    #expect(
      try await Device.loginNotice(running.device.waiting()) == """
        Suture: these run vulnerable code still and wait for somebody:
          docker, 1 process: containers run ?[2J beneath it
        `suture status` names each process.

        """)
    withExtendedLifetime(mapping) {}
    mapping = nil
    #expect(try await Device.loginNotice(running.device.waiting()) == nil)
    try await running.device.remove(component: nil, by: "owner")
    #expect(try await Device.loginNotice(running.device.waiting()) == nil)
  }
}
