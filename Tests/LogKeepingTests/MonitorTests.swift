import Basics
import Improvements
import Linux
import LogKeeping
import TestSupport
import Testing
import TransparencyLog

@Suite struct MonitorTests {
  private func monitor(_ world: LogWorld, _ state: TemporaryDirectory) -> LogMonitor {
    LogMonitor(world.source, keys: [world.key.verifier], state: state.directory) { entry in
      entry?.stream.map { $0.component == "libexpat1" } ?? true
    }
  }

  @Test func `a monitor tells of an entry that nobody owns to, until it is known`() async throws {
    let world = try LogWorld()
    let state = try TemporaryDirectory(inMemory: true)
    let log = try world.open()
    let mine = try LogWorld.entry(1)
    let forged = try LogWorld.entry(2)
    _ = try await log.append([mine.bytes, LogWorld.entry(1, of: "zlib1g").bytes])
    var report = try await monitor(world, state).look { $0 == mine }
    #expect(report.unknown.isEmpty && report.news.compactMap(\.entry) == [mine])
    _ = try await log.append([forged.bytes])
    for _ in 0..<2 {
      report = try await monitor(world, state).look { $0 == mine }
      #expect(report.unknown.map(\.index) == [2] && report.unknown.compactMap(\.entry) == [forged])
    }
    report = try await monitor(world, state).look { $0 == mine || $0 == forged }
    #expect(report.unknown.isEmpty)
    // Bytes that are no entry are nobody's.
    _ = try await log.append([Array("anything".utf8)])
    report = try await monitor(world, state).look { _ in true }
    #expect(report.unknown.map(\.index) == [3] && report.unknown[0].entry == nil)
  }

  @Test func `a log that shrinks or forks is told, and what proves it is kept`() async throws {
    let world = try LogWorld()
    let state = try TemporaryDirectory(inMemory: true)
    let log = try world.open()
    let early = try await log.append([LogWorld.entry(1).bytes])
    _ = try await log.append([LogWorld.entry(2).bytes, LogWorld.entry(3).bytes])
    _ = try await monitor(world, state).look { _ in true }
    let directory = world.folder.directory
    let sound = try directory.read(path("checkpoint"), limit: 1 << 16)
    try directory.write(early.bytes, to: path("checkpoint"))
    await #expect(throws: LogKeepingError.self) { try await monitor(world, state).look { _ in true } }
    #expect(try state.directory.read(path("evidence"), limit: 1 << 16) == early.bytes)
    // Another history under the same key.
    let other = try TemporaryDirectory(inMemory: true)
    let fork = try LogFolder.creating(in: other.directory, key: world.key)
    for number: Int64 in 11...14 { _ = try await fork.append([LogWorld.entry(number).bytes]) }
    for look in [
      LogMonitor(FolderSource(other.directory), keys: [world.key.verifier], state: state.directory) { _ in true }
    ] {
      await #expect(throws: LogKeepingError.self) { try await look.look { _ in true } }
    }
    try directory.write(sound, to: path("checkpoint"))
    #expect(try await monitor(world, state).look { _ in true }.size == 3)
  }

  @Test func `a tile or a bundle that is not what the entries give is told`() async throws {
    for file in ["tile/0/000.p/3", "tile/entries/000.p/3"] {
      let world = try LogWorld()
      let state = try TemporaryDirectory(inMemory: true)
      _ = try await world.open().append((1...3).map { try LogWorld.entry($0).bytes })
      var bytes = try world.folder.directory.read(path(file), limit: 1 << 16)
      bytes[20] ^= 1
      try world.folder.directory.write(bytes, to: path(file))
      await #expect(throws: LogKeepingError.self, "\(file)") { try await monitor(world, state).look { _ in true } }
      #expect(try state.directory.status(path("monitor.json")) == nil)
    }
  }

  @Test func `a log over HTTP that is not there is told as such`() async throws {
    let state = try TemporaryDirectory(inMemory: true)
    let client = LogClient()
    let source = try HTTPSource(address: "http://127.0.0.1:9/", client: client)
    let monitor = LogMonitor(source, keys: [], state: state.directory) { _ in true }
    let error = await #expect(throws: LogKeepingError.self) { try await monitor.look { _ in true } }
    #expect(error?.isTransient == true)
    #expect(throws: LogKeepingError.notAnAddress("ftp://x")) { try HTTPSource(address: "ftp://x", client: client) }
    await client.shutdown()
  }
}
