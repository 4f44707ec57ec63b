import Activation
import Basics
import DeviceEngine
import DeviceTestSupport
import Improvements
import Journal
import Linux
import TestSupport
import Testing

/// Services that run the baseline's code although the improvement is confirmed, as those do that start before the grafts are
/// back at boot.
@Suite(.timeLimit(.minutes(10))) struct LeftBehindTests {
  // Whichever stands in place, or the baseline's file whatever stands.
  private func services(_ world: World) throws -> [ServiceDefinition] {
    try ["early": "libdemo.so.1", "stubborn": "\(world.deviceRoot)/\(world.file)"].map { name, library in
      let text = "[Service]\nExecStart=/bin/sleep 1000\nEnvironment=LD_PRELOAD=\(library)\n"
      return try ServiceDefinition(name: name, ConfigurationFile(parsing: Array(text.utf8), name: "\(name).service"))
    }
  }

  @Test func `each is restarted once, whether that helps or not`() async throws {
    let libraries = try Directory(path: "/usr/lib/x86_64-linux-gnu", links: .withinRoot)
    let old = try libraries.read(path("libz.so.1"), limit: 1 << 24)
    var world = try World(old: old, new: old + Array("improved".utf8))
    try world.publish()
    let confirmed: ImprovementRecord
    do {
      let running = try await world.device()
      try await running.device.lookAndApply()
      confirmed = try present(running.journal.improvements().first)
    }
    #expect(confirmed.state == .confirmed)

    let device = try Directory(path: world.deviceRoot)
    try device.remove(path("var/lib/suture/journal.sqlite"))
    try device.removeTree(path("var/lib/suture/farm"))
    let before = try await world.device(services: services(world))
    let first = try await pids(before)
    try before.journal.record(confirmed)

    // The next daemon adopts them: as after a boot at which they came first.
    let running = try await world.device(services: services(world))
    #expect(try await pids(running) == first)
    #expect(try await exposed(running) == ["early", "stubborn"])
    try await running.device.finishActivations()
    let second = try await pids(running)
    #expect(second["early"] != first["early"] && second["stubborn"] != first["stubborn"])
    #expect(try await exposed(running) == ["stubborn"])
    try await running.device.finishActivations()
    #expect(try await pids(running) == second)
    await running.supervisor.stopAll()
  }

  private func pids(_ running: RunningDevice) async throws -> [String: Int32] {
    var result: [String: Int32] = [:]
    for name in ["early", "stubborn"] { result[name] = try present(await running.supervisor.status(of: name)?.pid) }
    return result
  }

  private func exposed(_ running: RunningDevice) async throws -> Set<String> {
    let processes = try await running.device.status().components.flatMap(\.processes)
    return Set(processes.filter { $0.exposure == .exposed }.compactMap(\.service))
  }
}
