import CanonicalJSON
import TUF
import Testing

@Suite struct EndlessDataTests {
  private func world(full: Bool = true) -> World {
    World { repository in
      repository.describesFully = full
      repository.delegate(to: "expat", key: 9, paths: ["d/*"])
      repository.publish()
    }
  }

  @Test(
    arguments: [
      ("2.root.json", Limits.rootByteCount), ("timestamp.json", Limits.timestampByteCount),
      ("2.snapshot.json", Limits.snapshotByteCount), ("2.targets.json", Limits.targetsByteCount),
    ], [true, false])
  func `a file longer than is read of it is refused, whoever notices`(
    file: (name: String, limit: Int), fetcherHoldsLimits: Bool
  ) async throws {
    let world = world(full: false)
    world.mirror.change { $0.holdsLimits = fetcherHoldsLimits }
    world.repository.files[file.name] = [UInt8](repeating: 0x20, count: file.limit + 1)
    #expect(try await world.refusal() == .tooLong(file: file.name, limit: file.limit))
  }

  @Test func `a fetcher is asked for no more than trusted metadata says`() async throws {
    let world = world()
    try await world.refresh()
    for name in ["2.snapshot.json", "2.targets.json", "2.expat.json"] {
      #expect(world.mirror.limit(of: name) == world.repository.files[name]?.count)
    }
    #expect(world.mirror.limit(of: "timestamp.json") == Limits.timestampByteCount)
    #expect(world.mirror.limit(of: "2.root.json") == Limits.rootByteCount)
  }

  @Test func `a length above the limit is refused when it is announced`() async throws {
    let world = world()
    world.repository["timestamp", "meta"] = [
      "snapshot.json": ["version": 2, "length": .integer(Int64(Limits.snapshotByteCount) + 1)]
    ]
    world.repository.publishTimestamp()
    #expect(
      try await world.refusal()
        == .announcedTooLong(
          file: "2.snapshot.json", length: Limits.snapshotByteCount + 1, limit: Limits.snapshotByteCount))
  }

  @Test(arguments: [true, false])
  func `many delegated files at their full limit are stopped together`(fetcherHoldsLimits: Bool) async throws {
    let world = World { repository in
      repository.describesFully = false
      for number in 0..<20 { repository.delegate(to: "role\(number)", key: 9, paths: ["\(number)/*"]) }
      repository.publish()
    }
    world.mirror.change { $0.holdsLimits = fetcherHoldsLimits }
    let flood = [UInt8](repeating: 0x78, count: Limits.targetsByteCount + (fetcherHoldsLimits ? 1 : 0))
    for number in 0..<20 { world.repository.files["2.role\(number).json"] = flood }
    #expect(try await world.refusal() == .delegatedTooLong(limit: Limits.delegatedByteCount))
    let asked = world.mirror.takeRequests().filter { $0.contains("role") }.count
    #expect(asked == Limits.delegatedByteCount / Limits.targetsByteCount + 1)
  }
}
