import Activation
import Basics
import DeltaEncoding
import DeviceEngine
import DeviceTestSupport
import Grafting
import Improvements
import Journal
import Linux
import Synchronization
import TestSupport
import Testing

/// What becomes of services that are down, where nothing that they do is left to chance.
@Suite(.timeLimit(.minutes(10))) struct ScriptedManagerTests {
  @Test func `a service that waits to be needed is neither started nor taken for ill`() async throws {
    var world = try World()
    try world.publish()
    try await world.cutOffActivation(at: .activating, concerning: ["demo"])
    let manager = ScriptedManager(isAtRest: true)
    let running = try await world.device(manager: { _ in manager })
    try await running.device.finishActivations()
    #expect(try running.journal.improvements().map(\.state) == [.confirmed])
    #expect(manager.restarted.isEmpty)
  }

  @Test func `somebody's own restart of a service in probation is no bad health`() async throws {
    var world = try World()
    try world.publish()
    try await world.cutOffActivation(at: .activating, concerning: ["demo"])
    let manager = ScriptedManager(isAlwaysAnew: true)
    let running = try await world.device(manager: { _ in manager })
    try await running.device.finishActivations()
    #expect(try running.journal.improvements().map(\.state) == [.confirmed])
    #expect(manager.looks > 1)
  }

  @Test func `what ended on improved files is started though the rollback was cut off, and that once`() async throws {
    var world = try World()
    try world.publish()
    try await world.cutOffActivation(at: .rolledBack(reason: "trial"), concerning: ["demo"])
    let manager = ScriptedManager()
    let running = try await world.device(manager: { _ in manager })
    try await running.device.finishActivations()
    #expect(manager.restarted == ["demo"])
    try await running.device.finishActivations()
    #expect(manager.restarted == ["demo"])
  }

  @Test func `a rollback that went to its end leaves no service to be started later`() async throws {
    var world = try World()
    try world.publish()
    try await world.cutOffActivation(at: .activating, concerning: ["demo"])
    let manager = ScriptedManager(staysDown: true)
    let running = try await world.device(manager: { _ in manager })
    try await running.device.finishActivations()
    #expect(try running.journal.improvements().map(\.state.name) == ["rolledBack"])
    #expect(try running.journal.concernedServices(world.stream).isEmpty)
  }

  @Test func `that a service waits for its owner is told once, and not round after round`() async throws {
    var world = try World()
    try world.publish()
    let manager = ScriptedManager(service: "demo", restraint: "somebody works with it")
    let running = try await world.device(manager: { _ in manager })
    try await running.device.lookAndApply()
    let store = running.layout.store
    let mappings = try store.names().map { try MappedFile(store.openFile(path($0)), limit: 1 << 20) }
    try await running.device.remove(component: nil, by: "owner")
    for _ in 0..<3 { try await running.device.finishActivations() }
    let told = try running.journal.history().filter { $0.event.station == .restart }.map(\.event.message)
    #expect(told == ["demo is left running: somebody works with it"])
    #expect(manager.restarted.isEmpty)
    withExtendedLifetime(mappings) {}
  }

  @Test func `what cannot be restarted keeps no other improvement from being removed`() async throws {
    var world = try World()
    try world.publish()
    let other = try present(Stream("debian-12/amd64/libother"))
    let file = try path("usr/lib/libother.so.1")
    try Directory(path: world.deviceRoot).write(world.old, to: file)
    let new = world.new + [1]
    try world.publisher.publish(
      world.publisher.manifest(other, .first, .a, path: file, old: world.old, new: new, now: world.now),
      payload: PayloadEncoder.encode(baseline: world.old, improved: new), now: world.now)
    let manager = ScriptedManager(service: "demo", refuses: true)
    let running = try await world.device(manager: { _ in manager })
    try await running.device.lookAndApply()
    #expect(try running.journal.improvements().map(\.state) == [.confirmed, .confirmed])
    let store = running.layout.store
    let mappings = try store.names().map { try MappedFile(store.openFile(path($0)), limit: 1 << 20) }
    await #expect(throws: ServiceError.self) { try await running.device.remove(component: nil, by: "owner") }
    #expect(manager.restarted == ["demo", "demo"])
    #expect(try running.journal.improvements().map(\.state.name) == ["removed", "removed"])
    #expect(try running.farm.standing().isEmpty)
    withExtendedLifetime(mappings) {}
  }
}

extension ScriptedManagerTests {
  @Test func `a restart that takes an improvement off does not make exposed processes pending`() async throws {
    var world = try World()
    try world.publish()
    let manager = ScriptedManager(service: "demo")
    let running = try await world.device(manager: { _ in manager })
    let seen = Mutex<[ProcessReport.Exposure?]>([])
    manager.meanwhile {
      let exposure = try await running.device.status().components.first?.processes.first?.exposure
      seen.withLock { $0.append(exposure) }
    }
    let baseline = try MappedFile(Directory(path: world.deviceRoot).openFile(world.file), limit: 1 << 20)
    try await running.device.lookAndApply()
    let store = running.layout.store
    let mappings = try store.names().map { try MappedFile(store.openFile(path($0)), limit: 1 << 20) }
    try await running.device.remove(component: nil, by: "owner")
    #expect(manager.restarted == ["demo", "demo"])
    #expect(seen.withLock { $0 } == [.pending, .exposed])
    manager.meanwhile(nil)
    withExtendedLifetime((baseline, mappings)) {}
  }
}

/// A manager of services that are down, which writes down what it is asked to restart.
private final class ScriptedManager: ServiceManager {
  private let isAtRest: Bool
  private let staysDown: Bool
  private let service: String?
  private let refuses: Bool
  private let isAlwaysAnew: Bool
  private let restraint: String?
  private let log = Mutex<[String]>([])
  private let answers = Mutex<Int32>(0)
  private let accompaniment = Mutex<(@Sendable () async throws -> Void)?>(nil)

  /// How often it was asked for a service.
  var looks: Int32 { answers.withLock { $0 } }

  var restarted: [String] { log.withLock { $0 } }

  /// - Parameters:
  ///   - staysDown: whether a service has ended again as soon as it is looked at.
  ///   - service: the one that every process belongs to.
  ///   - restraint: why none is restarted without its owner's word.
  ///   - isAlwaysAnew: whether a service runs as another process each time it is looked at.
  init(
    isAtRest: Bool = false, staysDown: Bool = false, service: String? = nil, refuses: Bool = false,
    isAlwaysAnew: Bool = false, restraint: String? = nil
  ) {
    self.restraint = restraint
    self.isAlwaysAnew = isAlwaysAnew
    self.isAtRest = isAtRest
    self.staysDown = staysDown
    self.service = service
    self.refuses = refuses
  }

  func status(of name: String) async throws -> ServiceStatus? {
    let look = answers.withLock {
      $0 += 1
      return $0
    }
    let isUp = isAlwaysAnew || !staysDown && restarted.contains(name)
    return ServiceStatus(name: name, pid: isUp ? (isAlwaysAnew ? look : 1) : nil, crashes: 0, isAtRest: isAtRest)
  }

  /// What is done while a service is restarted.
  func meanwhile(_ work: (@Sendable () async throws -> Void)?) { accompaniment.withLock { $0 = work } }

  func service(of pid: Int32) async -> String? { service }
  func restraint(on name: String, by rules: RestartRules) async -> ServiceRestraint? {
    restraint.map { ServiceRestraint($0) }
  }

  func stop(_ name: String) async throws { throw ServiceError.unknown(name) }

  func restart(_ name: String) async throws -> Duration {
    log.withLock { $0.append(name) }
    try await accompaniment.withLock { $0 }?()
    if refuses { throw ServiceError.notRestarted(name, "trial") }
    return .zero
  }
}
