import Basics
import Improvements
import Linux
import LogKeeping
import Synchronization
import TestSupport
import Testing
import TransparencyLog

@Suite struct LogFolderTests {
  private struct Killed: Error {}

  @Test func `entries are found in a log that grew over tiles, each with a proof`() async throws {
    let world = try LogWorld()
    var entries: [[UInt8]] = []
    for count in [1, 4, 250, 1, 300] {
      let new = try (0..<count).map { try LogWorld.entry(Int64(entries.count + $0 + 1)).bytes }
      entries += new
      _ = try await world.open().append(new)
    }
    let signed = try await world.open().checkpoint()
    #expect(signed.checkpoint.size == 556 && signed.checkpoint.root == LogWorld.root(entries))
    let view = LogView(signed.checkpoint, in: world.source)
    let wanted = Set([0, 254, 255, 256, 511, 512, 555].map { Merkle.leafHash(of: entries[$0]) })
    let places = try await view.places(of: wanted)
    #expect(Set(places.values) == [0, 254, 255, 256, 511, 512, 555])
    for (hash, index) in places { _ = try await view.inclusion(of: hash, at: index) }
    for former: UInt64 in [1, 5, 255, 256, 500, 556] {
      let proof = try await view.consistency(from: former)
      try proof.verify(
        formerRoot: LogWorld.root(Array(entries.prefix(Int(former)))), root: signed.checkpoint.root)
    }
    // The bundles hold the entries themselves, partial ones kept beside the full.
    let names = try world.folder.directory.names(in: path("tile/entries"))
    #expect(names == ["000", "000.p", "001", "002.p"])
  }

  @Test func `a log that was killed before any of its writes stands as it was, and goes on`() async throws {
    let former = try (1...254).map { try LogWorld.entry(Int64($0)).bytes }
    let lost = try (300...304).map { try LogWorld.entry(Int64($0)).bytes }
    let next = try (255...260).map { try LogWorld.entry(Int64($0)).bytes }
    var crashes = 0
    for crashAt in 0... {
      let world = try LogWorld()
      _ = try await world.open().append(former)
      let before = try await world.open().checkpoint()
      guard try await isKilled(at: crashAt, appending: lost, to: world) else { break }
      crashes += 1
      #expect(try await LogView.checkpoint(of: world.source, keys: [world.key.verifier]) == before)
      try await verify(world, former)
      // Other entries than those that were lost: their tiles are written over.
      try await goOn(world, next)
      try await verify(world, former + next)
    }
    // Two bundles, three tiles, a checkpoint.
    #expect(crashes == 6)
  }

  /// Appends and is stopped before a write; false where there were not as many.
  private func isKilled(at crashAt: Int, appending entries: [[UInt8]], to world: LogWorld) async throws -> Bool {
    let count = Mutex(0)
    let log = try world.open { _ in
      let number = count.withLock { number in
        number += 1
        return number
      }
      if number > crashAt { throw Killed() }
    }
    do { _ = try await log.append(entries) } catch is Killed { return true }
    return false
  }

  private func goOn(_ world: LogWorld, _ entries: [[UInt8]]) async throws {
    for attempt in 0..<50 {
      do {
        _ = try await world.open().append(entries)
        return
      } catch LogKeepingError.inUse where attempt < 49 { try await Task.sleep(for: .milliseconds(10)) }
    }
  }

  private func verify(_ world: LogWorld, _ entries: [[UInt8]]) async throws {
    let state = try TemporaryDirectory(inMemory: true)
    let monitor = LogMonitor(world.source, keys: [world.key.verifier], state: state.directory) { _ in true }
    let report = try await monitor.look { _ in true }
    #expect(report.news.compactMap(\.entry).map(\.bytes) == entries)
  }

  @Test func `one program at a time appends, and a damaged log is not appended to`() async throws {
    let world = try LogWorld()
    let log = try world.open()
    #expect(throws: LogKeepingError.inUse(folder: world.folder.path)) { try world.open() }
    #expect(throws: LogKeepingError.self) { try LogFolder.creating(in: world.folder.directory, key: world.key) }
    let signed = try await log.append([[1], [2], [3]])
    #expect(signed.checkpoint.size == 3)
    var tile = try world.folder.directory.read(path("tile/0/000.p/3"), limit: 1 << 10)
    tile[40] ^= 1
    try world.folder.directory.write(tile, to: path("tile/0/000.p/3"))
    await #expect(throws: LogKeepingError.self) { try await log.append([[4]]) }
    #expect(try await log.checkpoint() == signed)
  }

  @Test func `another key's checkpoint is none of this log's`() async throws {
    let world = try LogWorld()
    let other = try LogWorld.key("log.example/suture", .ed25519)
    let log = try LogFolder(opening: world.folder.directory, key: other)
    await #expect(throws: LogRefusal.self) { try await log.append([[1]]) }
  }
}
