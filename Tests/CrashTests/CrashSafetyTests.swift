import Linux
import Testing

/// The real daemon, cut off at every effect that it has on the disk.
@Suite(.serialized, .enabled(if: Program.tracingAbsence == nil, "NOT RUN: \(Program.tracingAbsence ?? "")"))
struct CrashSafetyTests {
  /// How many crashes by chance are made at each effect, besides the systematic ones.
  private static let mixes = ProcessEnvironment.value("SUTURE_CRASH_MIXES").flatMap { Int($0) } ?? 2

  @Test func `the checker finds every fsync that is left out, but for those that need not be there`() async throws {
    var found: [SyncPlace: String] = [:]
    var met: [SyncPlace: Int] = [:]
    for make in [Scenario.firstImprovement, Scenario.remove, Scenario.switchOff] {
      let scenario = try await make()
      var walk = try CrashWalk(scenario, mixes: 0)
      for place in SyncPlace.allCases {
        let count = scenario.effects.count { SyncPlace($0) == place }
        met[place, default: 0] += count
        guard count > 0, found[place] == nil, met[place] == count || place.excuse == nil else { continue }
        found[place] = try await walk.firstViolation { SyncPlace($0) == place }
      }
    }
    for (place, count) in met.sorted(by: { $0.key.rawValue < $1.key.rawValue }) where count > 0 {
      let account = found[place].map { "found: \($0)" } ?? "nothing lost: \(place.excuse ?? "NOT EXPLAINED")"
      print("FIGURE: fsync left out, \(place.rawValue) (\(count)): \(account)")
      #expect((found[place] == nil) == (place.excuse != nil), "\(place.rawValue)")
    }
    #expect(found.count > 9)
  }

  @Test(arguments: Run.allCases)
  func `wherever the power fails or the daemon is killed, the device is at the old state or the new`(run: Run)
    async throws
  {
    let scenario = try await run.record()
    var walk = try CrashWalk(scenario, mixes: Self.mixes)
    let account = try await walk.walk()
    print("FIGURE: crashed at every effect, \(scenario.name): \(account)")
    #expect(account.violations == [])
    #expect(account.new > 0)
  }

  /// What is crashed.
  enum Run: String, Sendable, CaseIterable {
    case firstImprovement, secondLetter, remove, removeToEarlier, reapply, retirement, settlement, switchOff
    case recoveredImprovement, recoveredLetter, recoveredRemoval, recoveredStore

    func record() async throws -> Scenario {
      switch self {
      case .firstImprovement: try await Scenario.firstImprovement()
      case .secondLetter: try await Scenario.secondLetter()
      case .remove: try await Scenario.remove()
      case .removeToEarlier: try await Scenario.removeToEarlier()
      case .reapply: try await Scenario.reapply()
      case .switchOff: try await Scenario.switchOff()
      case .retirement: try await Scenario.retirement()
      case .settlement: try await Scenario.settlement()
      case .recoveredImprovement: try await Scenario.recoveredImprovement()
      case .recoveredLetter: try await Scenario.recoveredLetter()
      case .recoveredRemoval: try await Scenario.recoveredRemoval()
      case .recoveredStore: try await Scenario.recoveredStore()
      }
    }
  }
}
