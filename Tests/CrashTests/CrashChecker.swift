import Basics
import DeviceEngine
import DeviceTestSupport
import Grafting
import Improvements
import Journal
import Linux
import TestSupport

/// What must not be after a crash.
struct Violation: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

/// Starts the device on what a crash left and holds it to what must be true.
final class CrashChecker {
  /// What stood after the start.
  enum Outcome: Sendable, Hashable { case old, new }

  private let scenario: Scenario
  private let metadata: Set<Digest>
  private var rested: Set<String> = []

  init(_ scenario: Scenario) throws {
    self.scenario = scenario
    // All metadata that ever was current: a file of the device's is one of these, or it is damaged.
    let repository = try DiskImage(of: scenario.world.world.repository)
    let known = [repository.beneath("metadata"), scenario.initial.beneath(Self.metadataFolder)]
    metadata = Set(
      known.flatMap {
        $0.entries.values.compactMap { if case .file(let content, _) = $0 { content.digest } else { nil } }
      })
  }

  private static let metadataFolder = "var/lib/suture/metadata"

  /// Checks one crash; throws the first violation.
  func check(_ image: DiskImage, _ promises: [Scenario.Promise]) async throws -> Outcome {
    // Thousands of these in a row must not keep the tests beside them waiting.
    await Task.yield()
    try image.materialise(in: scenario.world.folder())
    try checkUntouched()
    let running: RunningDevice
    do { running = try await scenario.world.start() } catch { throw Violation("the device does not start: \(error)") }
    let standing = try running.farm.standing()
    let outcome = try outcome(standing, running)
    try checkJournal(running, standing, promises)
    if !promises.filter(\.isDone).isEmpty, outcome == .old { throw Violation("what was told to be done is undone") }
    let now = try DiskImage(of: scenario.world.folder())
    try checkMetadata(now, promises, outcome)
    try checkLeftovers(now)
    // From equal states equal things follow.
    if rested.insert(try summary(running, now)).inserted {
      try await checkRest(running, outcome == .old ? scenario.rest.before : [scenario.rest.after])
    }
    return outcome
  }

  // All that decides what follows. A whole file under its digest may be there or not: it is used, or made anew; so only a
  // damaged one is told. What stands was held to the journal already.
  private func summary(_ running: RunningDevice, _ image: DiskImage) throws -> String {
    var words = try running.journal.improvements().map { "\($0.manifest.serial) \($0.state) \($0.modes.count)" }
    words.append("\(try running.journal.held()) \(try running.journal.lastFreshLook() == nil)")
    for (place, entry) in image.beneath("var/lib/suture").entries.sorted(by: { $0.key < $1.key }) {
      guard case .file(let content, let mode) = entry, let name = place.split(separator: "/").last else { continue }
      switch place.prefix(while: { $0 != "/" }) {
      case "metadata": words.append("\(name) \(content.digest)")
      case "store", "spool":
        if !name.hasPrefix("\(content.digest)") { words.append("\(name) \(mode) \(content.digest)") }
      default: continue
      }
    }
    return words.joined(separator: "\n")
  }

  // What is there before anything was mended: already then it is a whole set of whole files.
  private func checkUntouched() throws {
    let layout = try DeviceLayout(root: scenario.world.root)
    let store = Store(in: layout.store)
    let standing = try LinkFarm(root: layout.root, farm: layout.farm, store: store).standing()
    guard
      standing.isEmpty || standing == scenario.world.grafts(scenario.before)
        || standing == scenario.world.grafts(scenario.after)
    else { throw Violation("before the start \(standing.count) files stand, which are no whole set") }
    for graft in standing where try !store.isWhole(graft.file) {
      throw Violation("before the start \(graft.path) leads to a stored file that is not whole")
    }
  }

  private func outcome(_ standing: Set<Graft>, _ running: RunningDevice) throws -> Outcome {
    if standing == scenario.world.grafts(scenario.after) {
      return try scenario.before == scenario.after && running.layout.settings().automatic ? .old : .new
    }
    if standing == scenario.world.grafts(scenario.before) { return .old }
    throw Violation("\(standing.count) files stand, which are neither the set of before nor that of after")
  }

  private func checkJournal(_ running: RunningDevice, _ standing: Set<Graft>, _ promises: [Scenario.Promise]) throws {
    let stream = scenario.world.world.stream
    let inPlace = try running.journal.improvements().filter(\.state.isInPlace)
    guard inPlace.count < 2 else { throw Violation("the journal says that two serials are in place") }
    let serial = inPlace.first?.manifest.serial
    guard standing == scenario.world.grafts(serial) else {
      throw Violation("the journal says that serial \(serial?.description ?? "none") stands, and another set does")
    }
    let held = try running.journal.held()[stream]
    let floor = try running.journal.highestConfirmed(stream)
    if let held, serial == held, held == scenario.before, scenario.after.map({ $0 < held }) ?? true {
      throw Violation("serial \(held) is held back and stands")
    }
    for promise in promises {
      if let least = promise.floor, (floor ?? least) < least || floor == nil {
        throw Violation("serial \(least) was confirmed, and the journal forgot it")
      }
      if promise.isLetGo, held != nil { throw Violation("what the owner reapplied is held back again") }
      if let least = promise.held, held != least {
        throw Violation("serial \(least) was removed by the owner, and the journal does not hold it back")
      }
    }
  }

  private func checkMetadata(_ image: DiskImage, _ promises: [Scenario.Promise], _ outcome: Outcome) throws {
    let found = image.beneath(Self.metadataFolder)
    for (name, entry) in found.entries {
      guard case .file(let content, _) = entry, metadata.contains(content.digest) else {
        throw Violation("the metadata file \(name) is damaged")
      }
    }
    let isNew = promises.contains(where: \.isLookedAt) || (scenario.needsNewMetadata && outcome == .new)
    let final = scenario.final.beneath(Self.metadataFolder)
    if isNew, found != final { throw Violation("metadata that was trusted is not there any more") }
  }

  private func checkLeftovers(_ image: DiskImage) throws {
    let own = image.beneath("var/lib/suture").entries.keys
    let settings = image.beneath("etc/suture").entries.keys
    if let left = (Array(own) + settings).first(where: { $0.split(separator: "/").last?.hasPrefix(".") == true }) {
      throw Violation("\(left) was left by the crash and is not cleared")
    }
    let generations = Set(
      own.filter { $0.hasPrefix("farm/") && $0 != "farm/current" }.map { $0.split(separator: "/")[1] })
    if generations.count > 1 { throw Violation("\(generations.count) generations of the farm are left") }
  }

  // On to where the device comes to rest by itself.
  private func checkRest(_ running: RunningDevice, _ rests: [Scenario.Rest]) async throws {
    do {
      try await running.device.finishActivations()
      try await running.device.lookAndApply()
    } catch { throw Violation("after the start a look fails: \(error)") }
    let standing = try running.farm.standing()
    let verdict = try await running.device.status().verdict
    guard rests.contains(where: { standing == scenario.world.grafts($0.serial) && verdict == $0.verdict }) else {
      throw Violation("after a look \(standing.count) files stand and the verdict is \(verdict)")
    }
    try checkLeftovers(DiskImage(of: scenario.world.folder()))
  }
}
