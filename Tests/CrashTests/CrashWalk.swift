import Basics

/// Crashes a scenario at every effect.
struct CrashWalk {
  /// What was found.
  struct Account: Sendable, CustomStringConvertible {
    var effects = 0
    var points = 0
    var states = 0
    var old = 0
    var new = 0
    var violations: [String] = []

    var description: String {
      "\(effects) effects, \(points) crash points, \(states) distinct states: \(old) old, \(new) new, "
        + "\(violations.count) violations"
    }
  }

  // By its hash alone, since thousands of whole disks would fill the memory: two of 2^64 may be taken for equal.
  private struct Key: Hashable {
    let image: Int
    let promises: Int
  }

  /// How many crashes that lose some of the unsynced changes by chance are made at each effect.
  let mixes: Int
  let scenario: Scenario
  private let checker: CrashChecker
  /// What was promised before each effect, and after the last.
  private let promises: [[Scenario.Promise]]
  private var known: [Key: CrashChecker.Outcome] = [:]

  init(_ scenario: Scenario, mixes: Int) throws {
    self.scenario = scenario
    self.mixes = mixes
    checker = try CrashChecker(scenario)
    promises = scenario.promisesByEffect()
    let told = Set(promises.last?.map(\.words) ?? [])
    for promise in scenario.promises where !told.contains(promise.words) {
      let said = scenario.effects.compactMap { if case .tell(let said) = $0 { said } else { nil } }
      throw Impossible(description: "nobody was told “\(promise.words)”, but \(said)")
    }
  }

  // Nothing lost, all lost, each change alone lost and alone kept, and some by chance.
  private func losses(at index: Int, _ disk: SimulatedDisk) -> [SimulatedDisk.Loss] {
    let singles = (0..<disk.pendingCount).flatMap { [SimulatedDisk.Loss.only($0), .allBut($0)] }
    return [.everything, .nothing] + singles + (0..<mixes).map { .some(seed: UInt64(index) << 16 | UInt64($0)) }
  }

  /// Walks all points and goes on after a violation, up to a few.
  mutating func walk() async throws -> Account {
    var account = Account()
    account.effects = scenario.effects.count
    var disk = try SimulatedDisk(scenario.initial)
    for index in 0...scenario.effects.count {
      if index > 0 { try disk.perform(scenario.effects[index - 1]) }
      account.points += 1
      for loss in losses(at: index, disk) {
        let image = disk.image(after: loss)
        let key = Key(image: image.hashValue, promises: promises[index].count)
        guard known[key] == nil else { continue }
        account.states += 1
        do {
          let outcome = try await checker.check(image, promises[index])
          known[key] = outcome
          if outcome == .old { account.old += 1 } else { account.new += 1 }
        } catch let violation as Violation {
          account.violations.append("\(place(index)), \(loss): \(violation)")
          if account.violations.count >= 5 { return account }
        }
      }
    }
    return account
  }

  /// The first violation where some effects are left out; nil where there is none at any point.
  mutating func firstViolation(leavingOut isLeftOut: (Effect) -> Bool) async throws -> String? {
    let effects = scenario.effects.map { isLeftOut($0) ? nil : $0 }
    // From the end to the beginning, since what was told last is what is lost first.
    var disk = try SimulatedDisk(scenario.initial)
    var images = [disk.image(after: .everything)]
    for effect in effects {
      if let effect { try disk.perform(effect) }
      images.append(disk.image(after: .everything))
    }
    for index in images.indices.reversed() {
      if let found = try await violation(index, .everything, images[index]) { return found }
    }
    disk = try SimulatedDisk(scenario.initial)
    for index in 0...effects.count {
      if index > 0 {
        guard let effect = effects[index - 1] else { continue }
        try disk.perform(effect)
        // Within a file that is being written nothing is new here: the walk of all points is for that.
        switch effect {
        case .write, .create, .setMode: continue
        default: break
        }
      }
      for loss in losses(at: index, disk) {
        if let found = try await violation(index, loss, disk.image(after: loss)) { return found }
      }
    }
    return nil
  }

  private mutating func violation(
    _ index: Int, _ loss: SimulatedDisk.Loss, _ image: DiskImage
  ) async throws -> String? {
    let key = Key(image: image.hashValue, promises: promises[index].count)
    guard known[key] == nil else { return nil }
    do {
      known[key] = try await checker.check(image, promises[index])
      return nil
    } catch let violation as Violation {
      return "\(violation) (effect \(index) of \(scenario.effects.count), lost: \(loss))"
    }
  }

  private func place(_ index: Int) -> String {
    guard index > 0 else { return "before effect 1" }
    let words: String =
      switch scenario.effects[index - 1] {
      case .write(let path, let offset, let bytes): "write \(path) \(offset)+\(bytes.count)"
      case .tell(let said): "tell \(said.prefix(60))"
      case let effect: "\(effect)"
      }
    return "after effect \(index) of \(scenario.effects.count) (\(words))"
  }
}
