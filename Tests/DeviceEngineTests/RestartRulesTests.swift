import Activation
import Basics
import DeviceEngine
import DeviceTestSupport
import Improvements
import Journal
import Linux
import TestSupport
import Testing

/// `DoNotRestart=` and the files of single units.
@Suite(.timeLimit(.minutes(10))) struct RestartRulesTests {
  private let needed = "[Device]\nOperatingSystem=debian-12\nArchitecture=amd64\n[Repository]\nAddress=/srv\n"

  private func layout(_ files: [String: String]) throws -> (DeviceLayout, TemporaryDirectory) {
    let temporary = try TemporaryDirectory(inMemory: true)
    let layout = try DeviceLayout(root: temporary.path)
    for (name, text) in ["sutured.conf": needed].merging(files, uniquingKeysWith: { $1 }) {
      if let folder = try path(name).parent { _ = try layout.configuration.creatingDirectory(folder) }
      try layout.configuration.write(Array(text.utf8), to: path(name))
    }
    return (layout, temporary)
  }

  @Test func `lists add up from file to file, and an empty assignment takes back all before it`() throws {
    let (layout, temporary) = try layout([
      "sutured.conf.d/10-a.conf": "[Device]\nDoNotRestart=lost.service\nDoNotRestart=\nDoNotRestart=nginx.service\n",
      "sutured.conf.d/20-b.conf": "[Device]\nDoNotRestart=postgresql@*.service redis\n",
    ])
    var settings = try layout.settings()
    #expect(
      settings.restartRules.patterns == ["nginx.service", "postgresql@*.service", "redis", "redis.service"])
    #expect(settings.setting("DoNotRestart")?.value == "nginx.service postgresql@*.service redis")
    #expect(settings.setting("DoNotRestart")?.origin == .settings(file: "sutured.conf.d/20-b.conf"))
    try layout.configuration.write(Array("[Device]\nDoNotRestart=\n".utf8), to: path("sutured.conf.d/30-c.conf"))
    settings = try layout.settings()
    #expect(settings.restartRules == .none && settings.setting("DoNotRestart")?.origin == .standard)
    withExtendedLifetime(temporary) {}
  }

  @Test func `a unit's file says whether it is restarted, and why not`() throws {
    let (layout, temporary) = try layout([
      "units.d/docker.service.conf": "# We drain first.\n[Unit]\nDoNotRestart=no\n",
      "units.d/shop.conf": "[Unit]\nDoNotRestart=yes\nReason=carts would be lost; restart it at night\n",
      "units.d/db@.service.conf": "[Unit]\nDoNotRestart=yes\n", "units.d/nothing.conf": "[Unit]\nDoNotRestart=\n",
      "units.d/other.conf.off": "[Unit]\nColour=red\n",
    ])
    let settings = try layout.settings()
    let shown = settings.unitsInForce
    #expect(
      shown.map { "\($0.key) of \($0.unit ?? "?")=\($0.value)" } == [
        "DoNotRestart of db@=yes", "DoNotRestart of docker=no", "DoNotRestart of shop=yes",
        "Reason of shop=carts would be lost; restart it at night",
      ])
    #expect(shown.last?.origin == .settings(file: "units.d/shop.conf"))
    #expect(shown.compactMap { SettingInForce($0.json) } == shown)
    // The device's own is not among them.
    #expect(settings.setting("DoNotRestart")?.origin == .standard && settings.setting("DoNotRestart")?.unit == nil)
    let overrides = settings.restartRules.overrides
    #expect(Set(overrides.keys) == ["docker", "shop", "db@"])
    #expect(overrides["docker"]?.isRestrained == false)
    #expect(overrides["shop"]?.reason == "carts would be lost; restart it at night")
    #expect(overrides["db@"]?.reason.contains("(units.d/db@.service.conf)") == true)
    withExtendedLifetime(temporary) {}
  }

  @Test(arguments: [
    (
      "sutured.conf.d/a.conf", "[Device]\nDoNotRestart=nginx.socket\n", "DoNotRestart=nginx.socket is no service's name"
    ),
    ("sutured.conf.d/a.conf", "[Device]\nDoNotRestart=\(String(repeating: "a ", count: 257))\n", "more than 256"),
    ("units.d/a.conf", "[Unit]\nRestart=no\n", "units.d/a.conf:2: there is no setting [Unit] Restart= of a unit"),
    ("units.d/a.conf", "[Service]\nDoNotRestart=no\n", "there is no setting [Service]"),
    ("units.d/a.conf", "[Unit]\nDoNotRestart=perhaps\n", "neither on nor off"),
    ("units.d/a.socket.conf", "[Unit]\nDoNotRestart=no\n", "named after no service"),
    ("units.d/a*.conf", "[Unit]\nDoNotRestart=no\n", "named after no service"),
    ("units.d/a.conf", "[Unit]\nReason=\(String(repeating: "a", count: 257))\n", "longer than 256 bytes"),
    ("units.d/a.conf", "[Unit]\nReason=a\u{1b}[2J\n", "no plain text"),
    ("units.d/sutured.service.conf", "[Unit]\nDoNotRestart=no\n", "Suture never restarts itself"),
  ]) func `what is wrong is refused with its place`(name: String, text: String, words: String) throws {
    let (layout, temporary) = try layout([name: text])
    let error = #expect(throws: DeviceError.self) { try layout.settings() }
    #expect(error?.description.contains(words) == true, "\(String(describing: error))")
    withExtendedLifetime(temporary) {}
  }

  @Test func `two files of one unit are refused, and a unit too many`() throws {
    let (layout, temporary) = try layout([
      "units.d/a.conf": "[Unit]\nDoNotRestart=no\n", "units.d/a.service.conf": "[Unit]\nDoNotRestart=yes\n",
    ])
    let error = #expect(throws: DeviceError.self) { try layout.settings() }
    #expect(error?.description.contains("units.d/a.conf and units.d/a.service.conf are of one unit") == true)
    try layout.configuration.remove(path("units.d/a.conf"))
    for number in 0..<256 { try layout.configuration.write([], to: path("units.d/b\(number).conf")) }
    #expect(throws: DeviceError.self) { try layout.settings() }
    withExtendedLifetime(temporary) {}
  }

  @Test func `what the administrator says holds at once, is told, and is taken back by the file's end`() async throws {
    let libraries = try Directory(path: "/usr/lib/x86_64-linux-gnu", links: .withinRoot)
    let old = try libraries.read(path("libz.so.1"), limit: 1 << 24)
    var world = try World(old: old, new: old + Array("improved".utf8))
    try world.publish()
    let text = "[Service]\nExecStart=/bin/sleep 1000\nEnvironment=LD_PRELOAD=libdemo.so.1\n"
    let file = try ConfigurationFile(parsing: Array(text.utf8), name: "demo.service")
    let running = try await world.device(services: [ServiceDefinition(name: "demo", file)])
    try await running.device.look()
    let layout = running.layout
    _ = try layout.configuration.creatingDirectory(path("units.d"))
    try layout.configuration.write(
      Array("[Unit]\nDoNotRestart=yes\nReason=somebody plays\n".utf8), to: path("units.d/demo.conf"))
    await running.device.follow(try layout.settings(), by: "a test")
    let plan = try await running.device.plan(component: "libdemo")
    #expect(plan.services.isEmpty && plan.steps.map(\.reason) == ["somebody plays"])
    let pid = await running.supervisor.status(of: "demo")?.pid
    try await running.device.apply(component: "libdemo")
    #expect(await running.supervisor.status(of: "demo")?.pid == pid)
    #expect(try await running.device.status().components.first?.processes.map(\.exposure) == [.pending])
    try layout.configuration.remove(path("units.d/demo.conf"))
    await running.device.follow(try layout.settings(), by: "a test")
    try await running.device.finishActivations()
    #expect(await running.supervisor.status(of: "demo")?.pid != pid)
    #expect(try await running.device.status().verdict == .protected)
    let told = try running.journal.history().filter { $0.event.station == .setting }.map(\.event.message)
    #expect(
      told == [
        "DoNotRestart of demo is yes, was not said: a test", "DoNotRestart of demo is not said, was yes: a test",
      ])
    await running.supervisor.stopAll()
  }
}
