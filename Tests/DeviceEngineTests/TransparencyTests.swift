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
import TransparencyLog

/// The device's half of the public log: what is not proven is not installed where that is required.
@Suite struct TransparencyTests {
  static let required = "[Policy]\nTransparency=required\n"

  /// Looks and applies; how the improvement then stands, and whether the device runs it.
  static func outcome(_ running: RunningDevice, _ world: World) async throws -> (state: ImprovementState, isIn: Bool) {
    try await running.device.lookAndApply()
    let record = try present(running.journal.improvements().last)
    return (record.state, try running.loaded(world.file) != world.old)
  }

  /// What a device that requires the log says of what a look refused.
  static func reason(_ world: World) async throws -> String {
    let outcome = try await outcome(try await world.device(policy: required), world)
    #expect(outcome.state.name == "waiting" && !outcome.isIn)
    return outcome.state.detail
  }

  @Test func `what is logged installs where a log is required, and status names the witnesses`() async throws {
    var world = try World()
    var log = try SimulatedLog(in: world.repository)
    try world.pin(policy: SimulatedLog.policy(logs: [log], witnesses: [1, 2, 3], threshold: 2))
    try log.grow(by: 5)
    try world.publish()
    try log.log(world.entry(), by: [1, 3])
    let running = try await world.device(policy: Self.required)
    let outcome = try await Self.outcome(running, world)
    #expect(outcome.state == .confirmed && outcome.isIn)
    let status = try await running.device.status()
    #expect(status.components.first?.log.account == "logged, seen by W1, W3" && status.logAccount == "logged")
    let read = try DeviceStatus(status.json)
    #expect(read.components.first?.log == .logged(.init(log: "log.example/suture", size: 6, witnesses: ["W1", "W3"])))
    let history = try await running.device.history(of: nil, hasLooks: true, limit: 100)["history"]?.array ?? []
    let offer = try #require(history.first { $0["event"]?["station"] == "offer" }?["event"])
    #expect(offer["message"]?.string?.hasSuffix("logged, seen by W1, W3") == true)
    #expect(offer["facts"]?["logged"]?["witnesses"] == ["W1", "W3"])
  }

  @Test func `an unlogged improvement is refused where a log is required`() async throws {
    var world = try World()
    let log = try SimulatedLog(in: world.repository)
    try world.publish()
    #expect(try await Self.reason(world).hasSuffix("not logged: no log policy is pinned here"))
    try world.pin(policy: SimulatedLog.policy(logs: [log], witnesses: [1, 2], threshold: 2))
    let running = try await world.device(policy: Self.required)
    try await running.device.look()
    await #expect(throws: DeviceError.self) { try await running.device.apply(component: "libdemo") }
    #expect(try running.loaded(world.file) == world.old)
    #expect(
      try running.journal.improvements().first?.state.detail.hasSuffix("the repository has no proof of it") == true)
  }

  @Test func `an unlogged improvement installs where no log is required, and status says so`() async throws {
    var world = try World()
    let log = try SimulatedLog(in: world.repository)
    try world.pin(policy: SimulatedLog.policy(logs: [log], witnesses: [1, 2], threshold: 2))
    try world.publish()
    let running = try await world.device()
    #expect(try await Self.outcome(running, world).isIn)
    let status = try await running.device.status()
    #expect(status.components.first?.log == .notLogged(reason: nil) && status.logAccount == "not logged")
  }

  @Test func `a proof that comes later is taken, and the improvement then installs`() async throws {
    var world = try World()
    var log = try SimulatedLog(in: world.repository)
    try world.pin(policy: SimulatedLog.policy(logs: [log], witnesses: [1, 2], threshold: 2))
    try world.publish()
    let running = try await world.device(policy: Self.required)
    #expect(try await !Self.outcome(running, world).isIn)
    try log.log(world.entry(), by: [1, 2])
    #expect(try await Self.outcome(running, world).isIn)
  }

  @Test func `a proof from another log is refused`() async throws {
    var world = try World()
    let own = try SimulatedLog(in: world.repository)
    try world.pin(policy: SimulatedLog.policy(logs: [own], witnesses: [1, 2], threshold: 2))
    try world.publish()
    var other = try SimulatedLog(in: world.repository, name: "log.example/other", seed: 2)
    try other.log(world.entry(), by: [1, 2])
    #expect(try await Self.reason(world).hasSuffix("the log “log.example/other” is not in the policy"))
    // Another key under the right name.
    var forged = try SimulatedLog(in: world.repository, seed: 3)
    try forged.log(world.entry(), by: [1, 2])
    #expect(try await Self.reason(world).contains("no signature by a known key"))
  }

  @Test func `a checkpoint without enough cosignatures or operators is refused`() async throws {
    var world = try World()
    var log = try SimulatedLog(in: world.repository)
    try world.pin(policy: SimulatedLog.policy(logs: [log], witnesses: [1, 2, 3], threshold: 2))
    try world.publish()
    let entry = try world.entry()
    try log.append(entry)
    for cosigners in [[], [2], [2, 7, 8]] as [[UInt8]] {
      try log.prove(entry, by: cosigners)
      #expect(try await Self.reason(world).contains("does not meet the quorum “several”"))
    }
    // Two witnesses of one operator, where the policy wants two operators.
    let keys = try (1...3).map { try SimulatedLog.witness($0).verifier }
    try world.pin(
      policy: """
        log \(log.key.verifier)
        witness A1 \(keys[0])
        witness A2 \(keys[1])
        witness B1 \(keys[2])
        group A any A1 A2
        group both all A B1
        quorum both

        """)
    try log.prove(entry, by: [1, 2])
    #expect(try await Self.reason(world).contains("cosigned by “A1”, “A2”"))
    try log.prove(entry, by: [1, 3])
    #expect(try await Self.outcome(try await world.device(policy: Self.required), world).isIn)
  }

  @Test func `a manifest for another stream under a logged hash is refused`() async throws {
    var world = try World()
    var log = try SimulatedLog(in: world.repository)
    try world.pin(policy: SimulatedLog.policy(logs: [log], witnesses: [1, 2], threshold: 2))
    try world.publish()
    let entry = try world.entry()
    guard case .publish(_, let serial, let manifest) = entry else { return }
    let elsewhere = LogEntry.publish(try present(Stream("debian-12/amd64/libother")), serial, manifest: manifest)
    let later = LogEntry.publish(world.stream, try present(Serial(9)), manifest: manifest)
    let withdrawn = LogEntry.withdraw(world.stream, serial, manifest: manifest)
    for logged in [elsewhere, later, withdrawn] {
      try log.append(logged)
      try log.prove(logged, by: [1, 2], inPlaceOf: entry)
      #expect(try await Self.reason(world).hasSuffix("the inclusion proof does not lead to the tree's root"))
    }
  }

  @Test func `a new root that is not logged stops what a log is required for`() async throws {
    var world = try World()
    var log = try SimulatedLog(in: world.repository)
    try world.pin(policy: SimulatedLog.policy(logs: [log], witnesses: [1, 2], threshold: 2))
    try world.publish()
    try log.log(world.entry(), by: [1, 2])
    try world.publisher.editor.renew("root")
    try world.publisher.write(now: world.now)
    #expect(try await Self.reason(world).contains("the repository's new root version 2"))
    let bytes = try world.repository.read(path("metadata/2.root.json"), limit: 1 << 20)
    let forged = LogEntry.root(version: 2, digest: Digest(of: bytes + [1]))
    let entry = LogEntry.root(version: 2, digest: Digest(of: bytes))
    try log.append(forged)
    try log.prove(forged, by: [1, 2], inPlaceOf: entry)
    #expect(try await Self.reason(world).hasSuffix("the inclusion proof does not lead to the tree's root"))
    try log.log(entry, by: [1, 2])
    #expect(try await Self.outcome(try await world.device(policy: Self.required), world).isIn)
  }

  @Test func `an unlogged withdrawal takes nothing off where a log is required`() async throws {
    var world = try World()
    var log = try SimulatedLog(in: world.repository)
    try world.pin(policy: SimulatedLog.policy(logs: [log], witnesses: [1, 2], threshold: 2))
    try world.publish()
    try log.log(world.entry(), by: [1, 2])
    let running = try await world.device(policy: Self.required)
    #expect(try await Self.outcome(running, world).isIn)
    guard case .publish(let stream, let serial, let manifest) = try world.entry() else { return }
    let withdrawal = try Withdrawal(stream: stream, serial: serial, manifest: manifest, reason: "it breaks printing")
    try world.publisher.describe(withdrawal.bytes, at: stream.withdrawalPath(serial), by: ["recall"])
    try world.publisher.write(now: world.now)
    try await running.device.look()
    #expect(try running.loaded(world.file) == world.new)
    let limits = try await running.device.status().limits
    #expect(
      limits.contains { $0.contains("the withdrawal of libdemo serial 1 is refused: policy requires a public log") })
    try log.log(.withdraw(stream, serial, manifest: manifest), by: [1, 2])
    try await running.device.look()
    #expect(try running.loaded(world.file) == world.old)
  }

  @Test func `a proof that is damaged, cut off or endless is refused`() async throws {
    var world = try World()
    var log = try SimulatedLog(in: world.repository)
    try world.pin(policy: SimulatedLog.policy(logs: [log], witnesses: [1, 2], threshold: 2))
    try world.publish()
    try log.log(world.entry(), by: [1, 2])
    let place = try path(world.entry().proofPath)
    let good = try world.repository.read(place, limit: 1 << 20)
    for wrong in [[], Array(good.dropLast()), good + [0x0a], good + [UInt8](repeating: 0x61, count: 1 << 18)] {
      try world.repository.write(wrong, to: place)
      #expect(try await Self.reason(world).contains("not logged: "))
    }
    try world.repository.write(good, to: place)
    #expect(try await Self.outcome(try await world.device(policy: Self.required), world).isIn)
  }
}
