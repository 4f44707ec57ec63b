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

/// The policy by which proofs are judged: pinned at installation, then top-level targets' word.
@Suite struct LogPolicyTests {
  static func isIn(_ world: World) async throws -> Bool {
    try await TransparencyTests.outcome(world.device(policy: TransparencyTests.required), world).isIn
  }

  @Test func `rehearsal: first contact with a witness that top-level targets adds`() async throws {
    var world = try World()
    var log = try SimulatedLog(in: world.repository)
    try world.pin(policy: SimulatedLog.policy(logs: [log], witnesses: [1, 2], threshold: 2))
    try world.publish()
    try log.log(world.entry(), by: [1, 3])
    #expect(try await !Self.isIn(world))
    try world.publish(policy: SimulatedLog.policy(logs: [log], witnesses: [1, 2, 3], threshold: 2))
    #expect(try await Self.isIn(world))
    let running = try await world.device(policy: TransparencyTests.required)
    #expect(try await running.device.status().components.first?.log.account == "logged, seen by W1, W3")
    let history = try await running.device.history(of: nil, hasLooks: true, limit: 100)["history"]?.array ?? []
    let messages = history.compactMap { $0["event"]?["message"]?.string }
    #expect(
      messages.count { $0.contains("the log policy is the one that top-level targets signed: 1 log, 3 witnesses") } == 1
    )
  }

  @Test func `rehearsal: a witness is lost, and the quorum is met without it`() async throws {
    var world = try World()
    var log = try SimulatedLog(in: world.repository)
    try world.pin(policy: SimulatedLog.policy(logs: [log], witnesses: [1, 2, 3], threshold: 2))
    try world.publish()
    try log.log(world.entry(), by: [2, 3])
    #expect(try await Self.isIn(world))
  }

  @Test func `rehearsal: a witness is lost, and only another policy helps`() async throws {
    var world = try World()
    var log = try SimulatedLog(in: world.repository)
    try world.pin(policy: SimulatedLog.policy(logs: [log], witnesses: [1, 2], threshold: 2))
    try world.publish()
    try log.log(world.entry(), by: [2])
    #expect(try await !Self.isIn(world))
    // The lost one goes, another comes; the log has its checkpoint cosigned anew.
    try world.publish(policy: SimulatedLog.policy(logs: [log], witnesses: [2, 4], threshold: 2))
    #expect(try await !Self.isIn(world))
    try log.prove(world.entry(), by: [2, 4])
    #expect(try await Self.isIn(world))
  }

  @Test func `rehearsal: the log gets a new key, and what only the old one signed is not believed any more`()
    async throws
  {
    var world = try World()
    var log = try SimulatedLog(in: world.repository)
    try world.pin(policy: SimulatedLog.policy(logs: [log], witnesses: [1, 2], threshold: 2))
    try log.grow(by: 3)
    var renewed = try SimulatedLog(in: world.repository, seed: 9)
    try renewed.grow(by: 3)
    try world.publish()
    try log.log(world.entry(), by: [1, 2])
    // The journaled offer and its proof are no right once the policy is another.
    let running = try await world.device(policy: TransparencyTests.required + "Automatic=off\n")
    try await running.device.lookAndApply()
    #expect(try running.journal.improvements().first?.state == .offered)
    try world.publish(policy: SimulatedLog.policy(logs: [renewed], witnesses: [1, 2], threshold: 2))
    try await running.device.look()
    #expect(try running.journal.improvements().first?.state.name == "waiting")
    await #expect(throws: DeviceError.self) { try await running.device.apply(component: "libdemo") }
    // The same log goes on under the new key.
    renewed.time = log.time
    try renewed.log(world.entry(), by: [1, 2])
    try await running.device.look()
    try await running.device.apply(component: "libdemo")
    #expect(try running.loaded(world.file) == world.new)
  }

  @Test func `a policy that a delegated role names is refused, and the former one holds`() async throws {
    var world = try World()
    var log = try SimulatedLog(in: world.repository)
    try world.pin(policy: SimulatedLog.policy(logs: [log], witnesses: [1, 2], threshold: 2))
    try world.publisher.editor.delegate(
      to: "ops", keys: RoleKeys([world.publisher.builder.key], threshold: 1),
      paths: .patterns([present(PathPattern("policy/*"))]))
    try world.publish(policy: "quorum none\n", by: "ops")
    try world.publish()
    try log.log(world.entry(), by: [1])
    let running = try await world.device(policy: TransparencyTests.required)
    #expect(try await !TransparencyTests.outcome(running, world).isIn)
    let limits = try await running.device.status().limits
    #expect(limits.contains { $0.contains("the role ops names policy/witnesses, which only top-level targets may") })
    #expect(try running.journal.logPolicy() == nil)
  }

  @Test func `a policy that cannot be read is refused, and the former one holds`() async throws {
    var world = try World()
    var log = try SimulatedLog(in: world.repository)
    try world.pin(policy: SimulatedLog.policy(logs: [log], witnesses: [1, 2], threshold: 2))
    try world.publish(policy: "quorum nobody\n")
    try world.publish()
    try log.log(world.entry(), by: [1, 2])
    let running = try await world.device(policy: TransparencyTests.required)
    #expect(try await TransparencyTests.outcome(running, world).isIn)
    #expect(try await running.device.status().limits.contains { $0.contains("line 1 of the log policy is refused") })
  }

  @Test func `a policy that top-level targets does not name any more stays in force`() async throws {
    var world = try World()
    var log = try SimulatedLog(in: world.repository)
    try world.pin(policy: "quorum none\n")
    try world.publish(policy: SimulatedLog.policy(logs: [log], witnesses: [1, 2], threshold: 2))
    try world.publish()
    try log.log(world.entry(), by: [1])
    #expect(try await !Self.isIn(world))
    try world.publisher.editor.removeTarget(present(TargetPath("policy/witnesses")))
    try world.publisher.write(now: world.now)
    #expect(try await !Self.isIn(world))
    try log.prove(world.entry(), by: [1, 2])
    #expect(try await Self.isIn(world))
  }

  @Test func `a pinned policy that cannot be read is refused at the start`() async throws {
    let world = try World()
    try world.pin(policy: "quorum nobody\n")
    let found = await #expect(throws: DeviceError.self) { _ = try await world.device() }
    #expect(found?.description.contains("LogPolicy=trust/log-policy is refused: line 1") == true)
  }
}
