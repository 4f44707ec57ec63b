import Basics
import Delivery
import DeltaEncoding
import DeviceEngine
import DeviceTestSupport
import Improvements
import Journal
import Linux
import TUF
import TestSupport
import Testing

/// What nobody can do alone: each key holder, and each thief, against a device.
@Suite struct RoleAttackTests {
  /// A device that has looked and taken what it would take; nothing may stand, and one sentence says why.
  private func refused(_ world: World, because words: String) async throws {
    let running = try await world.device()
    try? await running.device.lookAndApply()
    #expect(try running.loaded(world.file) == world.old)
    #expect(try running.journal.improvements().allSatisfy { !$0.state.isInPlace })
    let told = try running.journal.history().filter { $0.event.station == .refuse }.map(\.event.message)
    #expect(told.contains { $0.contains(words) }, "\(told)")
  }

  private func publish(_ world: inout World, by roles: [String]) throws {
    let manifest = try world.publisher.manifest(
      world.stream, .first, .a, path: world.file, old: world.old, new: world.new, now: world.now)
    let payload = try PayloadEncoder.encode(baseline: world.old, improved: world.new)
    try world.publisher.publish(manifest, payload: payload, now: world.now, by: roles)
  }

  @Test func `two builders and no reviewer: what the build role alone names is refused`() async throws {
    var world = try World()
    try publish(&world, by: [world.stream.buildRole])
    try await refused(world, because: "the role libdemo.review does not name it")
  }

  @Test func `what the review role alone names is refused`() async throws {
    var world = try World()
    try publish(&world, by: [world.stream.reviewRole])
    try await refused(world, because: "the role libdemo.build does not name it")
  }

  @Test func `a review role that the builders delegate to themselves is refused`() async throws {
    var world = try World()
    // The thief of the builders' and the online keys: the review role's file is theirs, by their own word.
    let thief = SigningKey()
    try publish(&world, by: [world.stream.buildRole])
    try world.publisher.editor.setKeys(
      of: world.stream.reviewRole, to: RoleKeys([world.publisher.builder.key, thief.key], threshold: 1))
    try world.publisher.editor.endDelegation(to: world.stream.reviewRole)
    try world.publisher.editor.delegate(
      to: world.stream.reviewRole, from: world.stream.buildRole, keys: RoleKeys([thief.key], threshold: 1),
      paths: .patterns([present(PathPattern("\(world.stream)/*"))]))
    try world.publisher.describe(
      manifestBytes(world), at: world.stream.manifestPath(.first), by: [world.stream.reviewRole])
    try world.publisher.write(now: world.now, keys: world.publisher.everybody + [thief])
    try await refused(world, because: "are not delegated to by the same role")
  }

  private func manifestBytes(_ world: World) throws -> [UInt8] {
    try world.publisher.manifest(
      world.stream, .first, .a, path: world.file, old: world.old, new: world.new, now: world.now
    ).bytes
  }

  @Test func `builders and reviewers who name different files are refused`() async throws {
    var world = try World()
    try publish(&world, by: [world.stream.buildRole])
    try world.publisher.describe(
      manifestBytes(world) + [0x20], at: world.stream.manifestPath(.first), by: [world.stream.reviewRole])
    try world.publisher.write(now: world.now)
    try await refused(world, because: "name different files")
  }

  @Test func `one key that signs for both roles is refused`() async throws {
    var world = try World()
    let both = SigningKey()
    for role in world.stream.roles {
      try world.publisher.editor.setKeys(of: role, to: RoleKeys([both.key], threshold: 1))
    }
    try world.publisher.describe(
      manifestBytes(world), at: world.stream.manifestPath(.first), by: world.stream.roles)
    try world.publisher.write(now: world.now, keys: world.publisher.everybody + [both])
    try await refused(world, because: "signed for both libdemo.build and libdemo.review")
  }

  @Test func `snapshot, timestamp and rollout keys cannot introduce an improvement`() async throws {
    var world = try World()
    let desk = try RolloutDesk(in: &world)
    let place = world.stream.manifestPath(.first)
    // Nobody lets the rollout role speak of it, and what the online keys sign for the stream's roles is not believed.
    #expect(throws: Refusal.self) { try world.publisher.describe([1], at: place, by: ["rollout"]) }
    let bytes = try manifestBytes(world)
    try world.publisher.describe(bytes, at: place, by: world.stream.roles)
    let keys = [world.publisher.root, world.publisher.online, desk.key]
    #expect(throws: Refusal.self) { try world.publisher.write(now: world.now, keys: keys) }
    let running = try await world.device()
    try await running.device.lookAndApply()
    #expect(try running.journal.improvements().isEmpty)
  }

  @Test func `an improvement that has only one role does not hide the one before it`() async throws {
    var world = try World()
    try world.publish()
    let second = try #require(Serial(2))
    let manifest = try world.publisher.manifest(
      world.stream, second, present(Letter("b")), path: world.file, old: world.old, new: world.new + [1], now: world.now
    )
    try world.publisher.publish(
      manifest, payload: PayloadEncoder.encode(baseline: world.old, improved: world.new + [1]), now: world.now,
      by: [world.stream.buildRole])
    let running = try await world.device()
    try await running.device.lookAndApply()
    #expect(try running.loaded(world.file) == world.new)
    #expect(try await running.device.status().limits.contains { $0.contains("serial 2 is refused") })
  }

  @Test func `a second root that claims a stream is not followed`() async throws {
    var world = try World()
    try world.publish()
    // Another publisher, sound in itself, with keys of its own, in the place of the first.
    var other = try World()
    try other.publish(improved: other.new + [6])
    for name in try other.repository.names(in: path("metadata")) {
      let bytes = try other.repository.read(path("metadata/\(name)"), limit: 1 << 20)
      try world.repository.write(bytes, to: path("metadata/\(name)"))
    }
    try await refused(world, because: "the last look was refused")
  }

  @Test func `the roles of other components are not fetched where dpkg says what is installed`() async throws {
    var world = try World()
    try world.publish()
    try world.publisher.delegate(present(Stream("debian-12/amd64/libother")))
    try world.publisher.write(now: world.now)
    let device = try Directory(path: world.deviceRoot)
    _ = try device.creatingDirectory(path("var/lib/dpkg/info"))
    try device.write([], to: path("var/lib/dpkg/info/libdemo:amd64.list"))
    let running = try await world.device()
    try await running.device.lookAndApply()
    #expect(try running.loaded(world.file) == world.new)
    let kept = try running.layout.metadata.names()
    #expect(kept.contains("libdemo.build.json") && kept.contains("libdemo.review.json"))
    #expect(!kept.contains { $0.hasPrefix("libother") })
  }
}
