import Activation
import Basics
import DeviceEngine
import DeviceTestSupport
import Improvements
import Journal
import Synchronization
import TestSupport
import Testing

/// Services that may be restarted at the same time.
@Suite(.timeLimit(.minutes(10))) struct RestartGroupTests {
  @Test func `those of one group are restarted at the same time, and the next group after them`() async throws {
    var world = try World()
    try world.publish()
    try await world.cutOffActivation(at: .activating, concerning: ["a", "b", "c", "last"])
    let manager = GroupingManager([["a", "b", "c"], ["last"]])
    let running = try await world.device(manager: { _ in manager })
    try await running.device.finishActivations()
    #expect(try running.journal.improvements().map(\.state) == [.confirmed])
    #expect(manager.most == 3)
    #expect(manager.ended.prefix(3).sorted() == ["a", "b", "c"] && manager.ended.dropFirst(3) == ["last"])
  }

  @Test func `of many only a few are restarted at the same time, and all of them`() async throws {
    var world = try World()
    try world.publish()
    let names = (0..<10).map { "service-\($0)" }
    try await world.cutOffActivation(at: .activating, concerning: Set(names))
    let manager = GroupingManager([names], meeting: 4)
    let running = try await world.device(manager: { _ in manager })
    try await running.device.finishActivations()
    #expect(manager.ended.sorted() == names)
    #expect(manager.most == 4)
  }

  @Test func `one that cannot be restarted keeps none of its group from it`() async throws {
    var world = try World()
    try world.publish()
    try await world.cutOffActivation(at: .activating, concerning: ["a", "b", "c"])
    let manager = GroupingManager([["a", "b", "c"]], failing: "b")
    let running = try await world.device(manager: { _ in manager })
    try await running.device.finishActivations()
    #expect(Set(manager.ended).isSuperset(of: ["a", "c"]))
    #expect(try running.journal.improvements().map(\.state.name) == ["rolledBack"])
  }
}

/// A manager whose restarts end only once so many are under way as its groups allow, and which writes down what it saw.
private final class GroupingManager: ServiceManager {
  private struct State {
    var underWay = 0
    var most = 0
    var ended: [String] = []
  }

  private let groups: [[String]]
  private let meeting: Int
  private let failing: String?
  private let state = Mutex(State())

  /// The most that were under way at the same time.
  var most: Int { state.withLock { $0.most } }
  /// What was restarted, in the order in which it ended.
  var ended: [String] { state.withLock { $0.ended } }

  /// - Parameters:
  ///   - meeting: how many wait for each other, at most.
  ///   - failing: one that cannot be restarted.
  init(_ groups: [[String]], meeting: Int = .max, failing: String? = nil) {
    self.groups = groups
    self.meeting = meeting
    self.failing = failing
  }

  func inGroups(_ names: [String]) async -> [[String]] { groups.map { $0.filter(names.contains) } }

  func status(of name: String) async throws -> ServiceStatus? {
    ServiceStatus(name: name, pid: ended.contains(name) ? 1 : nil, crashes: 0)
  }

  func service(of pid: Int32) async -> String? { nil }
  func restraint(on name: String, by rules: RestartRules) async -> ServiceRestraint? { nil }

  func stop(_ name: String) async throws { throw ServiceError.unknown(name) }
  func restart(_ name: String) async throws -> Duration {
    let size = groups.first { $0.contains(name) }?.count ?? 1
    let expected = state.withLock { state in
      state.underWay += 1
      state.most = max(state.most, state.underWay)
      return min(meeting, size)
    }
    // One after the other, they would never meet.
    let limit = ContinuousClock.now.advanced(by: .seconds(30))
    while state.withLock({ $0.most }) < expected, ContinuousClock.now < limit {
      try await Task.sleep(for: .milliseconds(5))
    }
    state.withLock { state in
      state.underWay -= 1
      if name != failing { state.ended.append(name) }
    }
    if name == failing { throw ServiceError.notRestarted(name, "trial") }
    return .zero
  }
}
