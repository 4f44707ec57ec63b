import Basics
import CanonicalJSON
import DeviceEngine
import DeviceTestSupport
import Improvements
import Journal
import Linux
import TUF
import TestSupport
import Testing

/// What somebody can do who has the rollout key, or all online keys, or the place where files are kept.
@Suite struct RolloutAttackTests {
  private func everybody(_ world: World) -> RingSchedules {
    RingSchedules(early: .everybody(from: world.now), late: .everybody(from: world.now))
  }

  /// That a look installs nothing by itself and says why, and that the owner still can.
  private func expectRefused(
    _ world: World, _ reason: String, sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let running = try await world.device()
    try await running.device.lookAndApply()
    #expect(try running.loaded(world.file) == world.old, sourceLocation: sourceLocation)
    let status = try await running.device.status()
    #expect(status.components.first?.turn?.word == .unknown, sourceLocation: sourceLocation)
    let account = status.limits + status.components.map(\.state.detail)
    #expect(account.contains { $0.contains(reason) }, "\(account)", sourceLocation: sourceLocation)
    #expect(
      try await running.device.plan(component: "libdemo").streams == [world.stream], sourceLocation: sourceLocation)
  }

  @Test func `a ramp faster than the manifest's limit is held to the limit, and said`() async throws {
    let limit = try RolloutTests.day(from: World().now)
    var (world, desk) = try RolloutTests.world(limit: limit)
    try desk.publish([world.rollout(everybody(world), limit: limit)], sequence: 1, in: &world)
    let turn = try #require(limit.late.time(reaching: RolloutTests.cohort(world)))
    try world.signTime(turn.advanced(by: .seconds(-1)))
    do {
      let running = try await world.device(now: turn.advanced(by: .seconds(-1)))
      try await running.device.lookAndApply()
      #expect(try running.loaded(world.file) == world.old)
      let status = try await running.device.status()
      #expect(status.components.first?.turn?.time == turn)
      #expect(status.limits.contains { $0.contains("would be faster for libdemo than its manifest allows") })
    }
    try world.signTime(turn)
    let running = try await world.device(now: turn)
    try await running.device.lookAndApply()
    #expect(try running.loaded(world.file) == world.new)
  }

  @Test func `a rollout record that goes back is refused`() async throws {
    var (world, desk) = try RolloutTests.world()
    try desk.publish([world.rollout(everybody(world), frozenAt: world.now)], sequence: 7, in: &world)
    let running = try await world.device()
    try await running.device.lookAndApply()
    #expect(try running.loaded(world.file) == world.old)
    // In new metadata, so that nothing of TUF's own speaks against it.
    try desk.publish([world.rollout(everybody(world))], sequence: 6, in: &world)
    try await expectRefused(world, "its sequence is 6, and 7 was seen before")
    try desk.publish([world.rollout(everybody(world))], sequence: 7, in: &world)
    try await expectRefused(world, "another one of the same sequence 7")
    try world.publisher.editor.removeTarget(present(TargetPath(RolloutRecord.targetPath)), in: "rollout")
    try world.publisher.write(now: world.now, keys: world.publisher.everybody + [desk.key])
    try await expectRefused(world, "it is gone, and one of sequence 7 was there before")
    try desk.publish([world.rollout(everybody(world))], sequence: 8, in: &world)
    try await running.device.lookAndApply()
    #expect(try running.loaded(world.file) == world.new)
  }

  @Test func `a sequence that a thief drove to its end is forgotten with the thief's key`() async throws {
    var (world, desk) = try RolloutTests.world()
    try desk.publish([world.rollout(everybody(world), frozenAt: world.now)], sequence: Serial.greatest, in: &world)
    let running = try await world.device()
    try await running.device.lookAndApply()
    #expect(try running.loaded(world.file) == world.old)
    // Another key beside the thief's is no reason to forget: the thief could sign by the old one.
    let fresh = SigningKey()
    for keys in [[desk.key, fresh], [fresh]] {
      try world.publisher.editor.setKeys(of: "rollout", to: RoleKeys(keys.map(\.key), threshold: 1))
      try desk.publish([world.rollout(everybody(world))], sequence: 1, in: &world, signingWith: fresh)
      if keys.count == 2 { try await expectRefused(world, "its sequence is 1") }
    }
    try await running.device.lookAndApply()
    #expect(try running.loaded(world.file) == world.new)
  }

  @Test func `a record replayed from another repository's architecture is refused`() async throws {
    var (world, desk) = try RolloutTests.world()
    let other = try #require(Stream("debian-12/arm64/libdemo"))
    let theirs = RolloutRecord.Rollout(
      stream: other, serial: .first, manifest: Digest(of: try world.manifest(limit: nil).bytes),
      schedules: everybody(world))
    try desk.publish([theirs], sequence: 1, in: &world, architecture: "arm64")
    try await expectRefused(world, "it is for debian-12/arm64, and this machine is debian-12/amd64")
  }

  @Test func `a rollout of another manifest under the same serial does not count`() async throws {
    var (world, desk) = try RolloutTests.world()
    let theirs = RolloutRecord.Rollout(
      stream: world.stream, serial: .first, manifest: Digest(of: "another".utf8), schedules: everybody(world))
    try desk.publish([theirs], sequence: 1, in: &world)
    try await expectRefused(world, "the rollout record speaks of another manifest")
  }

  @Test func `another stream's rollout says nothing of this one`() async throws {
    let limit = try RolloutTests.day(from: World().now)
    var (world, desk) = try RolloutTests.world(limit: limit)
    let theirs = RolloutRecord.Rollout(
      stream: try #require(Stream("debian-12/amd64/libother")), serial: .first,
      manifest: Digest(of: try world.manifest(limit: limit).bytes), schedules: everybody(world))
    try desk.publish([theirs], sequence: 1, in: &world)
    let running = try await world.device()
    try await running.device.lookAndApply()
    #expect(try running.loaded(world.file) == world.old)
    #expect(try await running.device.status().components.first?.turn?.word == .later)
  }

  @Test func `a record that is withheld, cut short or changed stops what installs by itself`() async throws {
    var (world, desk) = try RolloutTests.world()
    let bytes = try RolloutRecord(
      release: "debian-12", architecture: "amd64", sequence: 1, rollouts: [world.rollout(everybody(world))]
    ).bytes
    try desk.publish(bytes, in: &world)
    let file = try path("targets/rollout/\(Digest(of: bytes)).record.json")
    for hostile in [Array(bytes.dropLast()), bytes + [10], Array("{}".utf8)] {
      try world.repository.write(hostile, to: file)
      try await expectRefused(world, "record.json is refused")
    }
    try world.repository.remove(file)
    try await expectRefused(world, "the repository has no rollout/record.json")
    // Signed and no record.
    try desk.publish(Array("{}".utf8), in: &world)
    try await expectRefused(world, "rollout record")
  }

  @Test func `a rollout role that is withheld stops what installs by itself`() async throws {
    var (world, desk) = try RolloutTests.world()
    try desk.publish([world.rollout(everybody(world))], sequence: 1, in: &world)
    let version = try world.publisher.editor.version(of: "rollout")
    try world.repository.remove(path("metadata/\(version).rollout.json"))
    try await expectRefused(world, "the role rollout was left out")
  }

  @Test func `the rollout key alone describes nothing but rollouts`() throws {
    var (world, _) = try RolloutTests.world()
    for place in [world.stream.manifestPath(.first), "\(world.stream)/1.withdrawal.json", "payloads/x", "a/rollout/b"] {
      #expect(throws: Refusal.self) {
        try world.publisher.editor.setTarget(
          present(TargetPath(place)), length: 1, sha256: Digest(of: [1]), in: "rollout")
      }
    }
  }

  // Rollout, snapshot and timestamp: everything that lies on a machine that is connected.
  @Test func `every online key together cannot introduce an improvement`() async throws {
    var (world, desk) = try RolloutTests.world()
    try desk.publish([world.rollout(everybody(world))], sequence: 1, in: &world)
    let second = try #require(Serial(2))
    let bytes = try world.manifest(limit: nil, serial: second, improved: [6, 6, 6]).bytes
    let place = world.stream.manifestPath(second)
    _ = try world.repository.creatingDirectory(path("targets/\(world.stream)"))
    try world.repository.write(bytes, to: path("targets/\(world.stream)/\(Digest(of: bytes)).2.json"))
    try Thief(world, desk).describe(bytes, at: place)
    let running = try await world.device()
    try await running.device.lookAndApply()
    // The thief's role was read, and only what it may say was heard.
    #expect(try running.journal.improvements().map(\.manifest.serial) == [.first])
    #expect(try running.loaded(world.file) == world.new)
    await #expect(throws: DeviceError.self) { try await running.device.apply(component: "libdemo") }
  }

  @Test func `every online key together cannot withdraw an improvement`() async throws {
    var (world, desk) = try RolloutTests.world()
    try desk.publish([world.rollout(everybody(world))], sequence: 1, in: &world)
    let running = try await world.device()
    try await running.device.lookAndApply()
    #expect(try running.loaded(world.file) == world.new)
    let word = Array(
      """
      {"format":1,"manifest":"\(Digest(of: try world.manifest(limit: nil).bytes))","reason":"none","serial":1,\
      "stream":"\(world.stream)","type":"withdrawal"}
      """.utf8)
    _ = try world.repository.creatingDirectory(path("targets/\(world.stream)"))
    try world.repository.write(word, to: path("targets/\(world.stream)/\(Digest(of: word)).1.withdrawal.json"))
    try Thief(world, desk).describe(word, at: "\(world.stream)/1.withdrawal.json")
    try await running.device.lookAndApply()
    #expect(try running.loaded(world.file) == world.new)
    #expect(try running.journal.improvements().map(\.state) == [.confirmed])
  }
}

/// Somebody who has every online key of a world's publisher, and writes metadata that no editor of ours would.
private struct Thief {
  private let world: World
  private let desk: RolloutDesk

  init(_ world: World, _ desk: RolloutDesk) {
    self.world = world
    self.desk = desk
  }

  /// Has the rollout role describe any target, and snapshot and timestamp name that.
  func describe(_ bytes: [UInt8], at place: String) throws {
    let old = try world.publisher.editor.version(of: "rollout")
    try forge("\(old).rollout.json", by: desk.key, as: "\(old + 1).rollout.json") { signed in
      var targets = signed["targets"]?.object ?? [:]
      targets[place] = [
        "length": .integer(Int64(bytes.count)), "hashes": ["sha256": .string(Digest(of: bytes).hex)],
      ]
      signed["targets"] = .object(targets)
    }
    let snapshot = try world.publisher.editor.version(of: "snapshot")
    try forge(
      "\(snapshot).snapshot.json", by: world.publisher.online, as: "\(snapshot + 1).snapshot.json"
    ) { signed in
      var meta = signed["meta"]?.object ?? [:]
      meta["rollout.json"] = ["version": .integer(Int64(old + 1))]
      signed["meta"] = .object(meta)
    }
    try forge("timestamp.json", by: world.publisher.online, as: "timestamp.json") { signed in
      signed["meta"] = ["snapshot.json": ["version": .integer(Int64(snapshot + 1))]]
    }
  }

  private func forge(
    _ name: String, by key: SigningKey, as next: String, _ edit: (inout [String: JSON]) -> Void
  ) throws {
    let file = try JSON(parsing: world.repository.read(path("metadata/\(name)"), limit: 1 << 20))
    var signed = try #require(file["signed"]?.object)
    edit(&signed)
    signed["version"] = .integer(try #require(signed["version"]?.integer) + 1)
    let signature = Hex.encode(key.sign(JSON.object(signed).canonicalBytes))
    let forged: JSON = [
      "signatures": [["keyid": .string(key.id.text), "sig": .string(signature)]], "signed": .object(signed),
    ]
    try world.repository.write(Array(forged.compactText.utf8), to: path("metadata/\(next)"))
  }
}
