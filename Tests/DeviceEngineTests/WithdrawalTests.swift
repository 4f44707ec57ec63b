import Basics
import Delivery
import DeviceEngine
import DeviceTestSupport
import Improvements
import Journal
import Linux
import TUF
import TestSupport
import Testing

/// What publishers take back.
@Suite struct WithdrawalTests {
  private static let second = Serial(2)

  private func withdraw(
    _ world: inout World, _ serial: Serial, _ letter: Letter, improved: [UInt8], by roles: [String]
  ) throws {
    let manifest = try world.publisher.manifest(
      world.stream, serial, letter, path: world.file, old: world.old, new: improved, now: world.now)
    let withdrawal = try Withdrawal(
      stream: world.stream, serial: serial, manifest: Digest(of: manifest.bytes), reason: "it breaks printing")
    try world.publisher.describe(withdrawal.bytes, at: world.stream.withdrawalPath(serial), by: roles)
    try world.publisher.write(now: world.now)
  }

  /// A device with (b) in place over a confirmed (a).
  private func improved() async throws -> (world: World, running: RunningDevice, b: [UInt8]) {
    var world = try World()
    let b = world.new + [1, 2, 3]
    try world.publish()
    let running = try await world.device()
    try await running.device.lookAndApply()
    try world.publish(serial: present(Self.second), letter: present(Letter("b")), improved: b)
    try await running.device.lookAndApply()
    #expect(try running.loaded(world.file) == b)
    return (world, running, b)
  }

  @Test(arguments: [["recall"], ["libdemo.build", "libdemo.review"]])
  func `a withdrawn improvement falls back to the last confirmed letter by itself`(roles: [String]) async throws {
    var (world, running, b) = try await improved()
    // Going back needs no download.
    try world.repository.removeTree(path("payloads"))
    try withdraw(&world, present(Self.second), present(Letter("b")), improved: b, by: roles)
    try await running.device.look()
    #expect(try running.loaded(world.file) == world.new)
    #expect(try running.journal.improvements().map(\.state.name) == ["confirmed", "withdrawn"])
    let told = try running.journal.history().filter { $0.event.station == .remove }.map(\.event.message)
    #expect(told == ["libdemo (b) is withdrawn by its publisher: it breaks printing; libdemo is (a) again"])
    let status = try await running.device.status()
    #expect(status.verdict == .protected && status.components.first?.letter == .a)
    #expect(status.limits.contains { $0.contains("libdemo (b) was withdrawn by its publisher") })
  }

  @Test func `without an earlier letter it falls back to the baseline, and is never offered again`() async throws {
    var world = try World()
    try world.publish()
    let running = try await world.device()
    try await running.device.lookAndApply()
    try withdraw(&world, .first, .a, improved: world.new, by: ["recall"])
    try await running.device.lookAndApply()
    #expect(try running.loaded(world.file) == world.old)
    #expect(try await running.device.status().components.first?.state == .withdrawn(reason: "it breaks printing"))
    for _ in 0..<2 { try await running.device.lookAndApply() }
    #expect(try running.loaded(world.file) == world.old)
    #expect(try running.journal.history().filter { $0.event.station == .offer }.count == 1)
    await #expect(throws: DeviceError.self) { try await running.device.apply(component: "libdemo") }
    await #expect(throws: DeviceError.self) { try await running.device.reapply(component: "libdemo") }
  }

  @Test func `replay of a withdrawn improvement is refused though the repository no longer says so`() async throws {
    var world = try World()
    try world.publish()
    let running = try await world.device()
    try await running.device.lookAndApply()
    try withdraw(&world, .first, .a, improved: world.new, by: ["recall"])
    try await running.device.look()
    // The online keys cannot make a role go back; its own holder, or a thief, takes the withdrawal out again.
    try world.publisher.editor.removeTarget(
      present(TargetPath(world.stream.withdrawalPath(.first))), in: Stream.recallRole)
    try world.publisher.write(now: world.now)
    try await running.device.lookAndApply()
    #expect(try running.loaded(world.file) == world.old)
    do {
      try await running.device.apply(component: "libdemo")
      Issue.record("a withdrawn improvement was put in place")
    } catch { #expect("\(error)".contains("is withdrawn by its publisher: it breaks printing")) }
  }

  @Test func `the predecessor of a withdrawn one may be installed though it is below what was confirmed`() async throws
  {
    var world = try World()
    let b = world.new + [1]
    try world.publish()
    try world.publish(serial: present(Self.second), letter: present(Letter("b")), improved: b)
    let running = try await world.device()
    try await running.device.lookAndApply()
    #expect(try running.loaded(world.file) == b)
    try withdraw(&world, present(Self.second), present(Letter("b")), improved: b, by: ["recall"])
    try await running.device.lookAndApply()
    // (a) was never here: there was nothing to fall back to, and it is offered and taken.
    #expect(try running.loaded(world.file) == world.new)
    #expect(try running.journal.highestConfirmed(world.stream) == .first)
  }

  @Test func `what the owner removed is withdrawn too, and reapply brings the letter before it`() async throws {
    var (world, running, b) = try await improved()
    try await running.device.remove(component: "libdemo", by: "owner")
    try withdraw(&world, present(Self.second), present(Letter("b")), improved: b, by: ["recall"])
    try await running.device.look()
    #expect(try running.journal.improvements().last?.state == .withdrawn(reason: "it breaks printing"))
    #expect(try running.loaded(world.file) == world.old)
    // What the owner brings back is the letter before it, never the withdrawn one.
    try await running.device.reapply(component: "libdemo")
    #expect(try running.loaded(world.file) == world.new)
  }

  @Test(arguments: ["libdemo.build", "libdemo.review"])
  func `a withdrawal by one of the two roles is refused, and the fix stays`(role: String) async throws {
    var (world, running, b) = try await improved()
    try withdraw(&world, present(Self.second), present(Letter("b")), improved: b, by: [role])
    try await running.device.look()
    #expect(try running.loaded(world.file) == b)
    let limits = try await running.device.status().limits
    #expect(limits.contains { $0.hasPrefix("the withdrawal of libdemo serial 2 is refused: the role libdemo.") })
  }

  @Test func `a withdrawal signed only by online keys: rollout, snapshot and timestamp cannot withdraw`() async throws {
    var (world, running, b) = try await improved()
    let desk = try RolloutDesk(in: &world)
    let place = world.stream.withdrawalPath(try present(Self.second))
    #expect(throws: Refusal.self) { try world.publisher.describe([1], at: place, by: ["rollout"]) }
    let kept = world.publisher.editor
    try world.publisher.describe([1], at: place, by: ["recall"])
    let keys = [world.publisher.online, desk.key, world.publisher.root]
    #expect(throws: Refusal.self) { try world.publisher.write(now: world.now, keys: keys) }
    world.publisher.editor = kept
    try world.publisher.write(now: world.now, keys: keys)
    try await running.device.look()
    #expect(try running.loaded(world.file) == b)
  }

  @Test func `a withdrawal of another manifest, or in another's place, is refused`() async throws {
    var (world, running, b) = try await improved()
    try withdraw(&world, present(Self.second), present(Letter("b")), improved: b + [9], by: ["recall"])
    try await running.device.look()
    #expect(try running.loaded(world.file) == b)
    let other = try Withdrawal(
      stream: world.stream, serial: .first, manifest: Digest(of: []), reason: "another serial's")
    try world.publisher.describe(
      other.bytes, at: world.stream.withdrawalPath(present(Self.second)), by: ["recall"])
    try world.publisher.write(now: world.now)
    try await running.device.look()
    #expect(try running.loaded(world.file) == b)
    #expect(try await running.device.status().limits.contains { $0.contains("withdrawal of libdemo serial 2") })
  }

  @Test func `a build role that was refused does not silence the recall role`() async throws {
    var (world, running, b) = try await improved()
    try withdraw(&world, present(Self.second), present(Letter("b")), improved: b, by: ["recall"])
    for name in try world.repository.names(in: path("metadata")) where name.contains("libdemo.build") {
      try world.repository.write([1, 2, 3], to: path("metadata/\(name)"))
    }
    for name in try running.layout.metadata.names() where name.contains("libdemo.build") {
      try running.layout.metadata.remove(path(name))
    }
    try await running.device.look()
    #expect(try running.loaded(world.file) == world.new)
  }

  @Test func `a withdrawal that was cut off is finished by the next look`() async throws {
    var world = try World()
    try world.publish()
    let running = try await world.device()
    try await running.device.lookAndApply()
    let withdrawal = try Withdrawal(
      stream: world.stream, serial: .first, manifest: Digest(of: []), reason: "it breaks printing")
    // What is journaled as withdrawn does not stand, whatever came in between.
    try running.journal.record(
      withdrawing: JournaledWithdrawal(withdrawal, by: ["recall"], since: world.now))
    try await running.device.look()
    #expect(try running.loaded(world.file) == world.old)
  }
}
