import CanonicalJSON
import Testing

@testable import TUF

/// Every kind of file, cut at every byte and with a bit flipped in every byte: none is believed.
@Suite struct DamageTests {
  private static let repository: SimulatedRepository = {
    var repository = SimulatedRepository()
    // Without lengths and digests, so that the reader and the signatures are all that guards.
    repository.describesFully = false
    repository.delegate(to: "expat", key: 9, paths: ["d/*"])
    repository.addTarget("d/1.json", to: "expat", custom: ["x": [1, "é"]])
    repository.publish()
    repository.publishNextRoot()
    return repository
  }()

  private static func bytes(_ name: String) -> [UInt8] { repository.files[name] ?? [] }

  private static func update() throws(Refusal) -> RootUpdate {
    try RootUpdate(pinned: bytes("1.root.json"), recorded: nil, now: SimulatedRepository.now)
  }

  private static func timestamp() throws(Refusal) -> TimestampTrusted {
    let root = try update().settle()
    let stored = root.recall(timestamp: nil, snapshot: nil)
    return try root.timestamp(bytes("timestamp.json"), after: stored)
  }

  /// Every way of damage: the lengths that were cut to, and the indexes of the bytes that were changed, which were taken.
  private func survivors(_ name: String, _ verify: ([UInt8]) throws(Refusal) -> Void) throws -> [String] {
    let whole = Self.bytes(name)
    // The probe must be able to say yes.
    try verify(whole)
    var survivors: [String] = []
    func isTaken(_ bytes: [UInt8]) -> Bool {
      do { try verify(bytes) } catch { return false }
      return true
    }
    for count in whole.indices where isTaken(Array(whole.prefix(count))) { survivors.append("cut to \(count)") }
    for index in whole.indices {
      var damaged = whole
      damaged[index] ^= 1 << UInt8(index % 8)
      if isTaken(damaged) { survivors.append("changed at \(index)") }
    }
    return survivors
  }

  @Test func `a damaged pinned root is refused`() throws {
    let survivors = try survivors("1.root.json") { bytes throws(Refusal) in
      _ = try RootUpdate(pinned: bytes, recorded: nil, now: SimulatedRepository.now)
    }
    #expect(survivors == [])
  }

  @Test func `a damaged next root is refused`() throws {
    let survivors = try survivors("2.root.json") { bytes throws(Refusal) in
      var update = try Self.update()
      try update.advance(to: bytes)
    }
    #expect(survivors == [])
  }

  @Test func `a damaged timestamp is refused`() throws {
    let root = try Self.update().settle()
    let survivors = try survivors("timestamp.json") { bytes throws(Refusal) in
      _ = try root.trust.timestamp(bytes)
    }
    #expect(survivors == [])
  }

  @Test func `a damaged snapshot is refused`() throws {
    let timestamp = try Self.timestamp()
    let survivors = try survivors("2.snapshot.json") { bytes throws(Refusal) in
      _ = try timestamp.verify(bytes)
    }
    #expect(survivors == [])
  }

  @Test func `damaged targets are refused`() throws {
    let snapshot = try Self.timestamp().snapshot(Self.bytes("2.snapshot.json"))
    let survivors = try survivors("2.targets.json") { bytes throws(Refusal) in
      _ = try snapshot.verify(bytes)
    }
    #expect(survivors == [])
  }

  @Test func `damaged targets of a delegated role are refused`() throws {
    let snapshot = try Self.timestamp().snapshot(Self.bytes("2.snapshot.json"))
    var targets = try snapshot.targets(Self.bytes("2.targets.json"))
    let request = try #require(try targets.missing(for: nil).first)
    let survivors = try survivors("2.expat.json") { bytes throws(Refusal) in
      try targets.take(bytes, for: request)
    }
    #expect(survivors == [])
  }
}
