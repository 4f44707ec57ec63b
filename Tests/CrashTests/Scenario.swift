import Basics
import DeviceEngine
import DeviceTestSupport
import Improvements
import Linux
import Packages
import TestSupport

/// Something that a device does, recorded effect by effect, with what must hold wherever it is cut off.
struct Scenario {
  /// What someone was told, and may rely on from then on.
  struct Promise: Sendable {
    /// How what is told is recognised.
    let words: String
    /// The set of afterwards stands after a start.
    var isDone = true
    /// Nothing below this serial installs by itself any more.
    var floor: Serial?
    /// Up to this serial improvements are held back.
    var held: Serial?
    /// Nothing is held back.
    var isLetGo = false
    /// The metadata is that of the end.
    var isLookedAt = false
  }

  /// Where a device comes to rest after a crash, a start and a look.
  struct Rest: Sendable, Hashable {
    let serial: Serial?
    let verdict: DeviceStatus.Verdict
  }

  let name: String
  let world: CrashWorld
  /// All durable before the first effect.
  let initial: DiskImage
  let effects: [Effect]
  /// What stands at the end.
  let final: DiskImage
  /// The serial that stands before, and the one that stands after; nil for the baseline.
  ///
  /// Where they are the same, what is done is to switch off that improvements install by themselves.
  let before: Serial?
  let after: Serial?
  let promises: [Promise]
  /// What was promised before the first effect.
  var given: [Promise] = []
  /// Where it comes to rest when what stood after the start is the set of before, and of after.
  let rest: (before: [Rest], after: Rest)
  /// Whether the set of afterwards is only known from the metadata that this run brought.
  let needsNewMetadata: Bool

  /// What was promised before each effect, and after the last.
  func promisesByEffect() -> [[Promise]] {
    var kept = given
    var byEffect = [kept]
    for effect in effects {
      if case .tell(let said) = effect { kept += promises.filter { said.contains($0.words) } }
      byEffect.append(kept)
    }
    return byEffect
  }
}

extension Scenario {
  static let one = Serial.first
  static func serial(_ number: Int64) throws -> Serial { try present(Serial(number)) }

  /// Records what a daemon does over a world, with what is asked of it or happens meanwhile.
  private static func record(
    _ world: CrashWorld, until words: String, _ ask: [String]? = nil, onceReady: () throws -> Void = {}
  ) async throws -> (initial: DiskImage, effects: [Effect], final: DiskImage) {
    let initial = try DiskImage(of: world.folder())
    let daemon = try TracedDaemon(root: world.root, notes: world.notes)
    try await daemon.wait(for: "sutured: ready at ")
    try onceReady()
    try await daemon.wait(for: words)
    if let ask {
      // Until the look that is under way is done.
      for attempt in 0..<400 {
        let answer = try ProcessLauncher.run(Program.path("suture"), arguments: ask + ["--root", world.root])
        if answer.end == .exited(0) { break }
        guard attempt < 399 else { throw Impossible(description: "suture \(ask): \(answer.error)") }
        try await Task.sleep(for: .milliseconds(5))
      }
    }
    var recording = try await daemon.end(initial)
    let final = try DiskImage(of: world.folder())
    guard recording.finalImage() == final else {
      throw Impossible(
        description:
          "the simulated disk does not hold what the real folder holds: \(difference(recording.finalImage(), final))")
    }
    return (initial, recording.effects, final)
  }

  private static func difference(_ left: DiskImage, _ right: DiskImage) -> [String] {
    Set(left.entries.keys).union(right.entries.keys).filter { left.entries[$0] != right.entries[$0] }.sorted()
  }

  private static func confirmed(_ serial: Serial) -> [Promise] {
    [
      Promise(words: "sutured: look: ", isDone: false, isLookedAt: true), Promise(words: "sutured: graft: "),
      Promise(words: "sutured: confirm: ", floor: serial),
    ]
  }

  /// The first start, the first look, the first improvement.
  static func firstImprovement() async throws -> Scenario {
    var world = try CrashWorld()
    try world.publish(one, .a)
    return try await installing("first improvement", world, before: nil, after: one)
  }

  /// A second letter over the first.
  static func secondLetter() async throws -> Scenario {
    var world = try CrashWorld()
    try world.publish(one, .a)
    try await world.start().device.lookAndApply()
    try world.publish(serial(2), present(Letter("b")))
    return try await installing("second letter", world, before: one, after: serial(2))
  }

  private static func installing(
    _ name: String, _ world: CrashWorld, before: Serial?, after: Serial
  ) async throws -> Scenario {
    let (initial, effects, final) = try await record(world, until: "sutured: confirm: ")
    let rest = Rest(serial: after, verdict: .protected)
    return Scenario(
      name: name, world: world, initial: initial, effects: effects, final: final, before: before, after: after,
      promises: confirmed(after), rest: ([rest], rest), needsNewMetadata: true)
  }

  /// The owner takes an improvement off.
  static func remove() async throws -> Scenario {
    var world = try CrashWorld()
    try world.publish(one, .a)
    try await world.start().device.lookAndApply()
    let (initial, effects, final) = try await record(
      world, until: "sutured: look: ", ["remove", world.world.stream.component])
    return Scenario(
      name: "remove", world: world, initial: initial, effects: effects, final: final, before: one, after: nil,
      promises: [Promise(words: "is the baseline", floor: one, held: one)],
      rest: ([Rest(serial: one, verdict: .protected)], Rest(serial: nil, verdict: .exposed)), needsNewMetadata: false)
  }

  /// The owner goes back to an earlier letter.
  static func removeToEarlier() async throws -> Scenario {
    var world = try CrashWorld()
    let two = try serial(2)
    try world.publish(one, .a)
    try await world.start().device.lookAndApply()
    try world.publish(two, present(Letter("b")))
    try await world.start().device.lookAndApply()
    let (initial, effects, final) = try await record(
      world, until: "sutured: look: ", ["remove", world.world.stream.component, "--to", "a"])
    // (b) closes nothing that (a) leaves open.
    return Scenario(
      name: "remove --to an earlier letter", world: world, initial: initial, effects: effects, final: final,
      before: two, after: one, promises: [Promise(words: "is (a) again", floor: two, held: two)],
      rest: ([Rest(serial: two, verdict: .protected)], Rest(serial: one, verdict: .protected)), needsNewMetadata: false)
  }

  /// The owner brings back what they removed.
  static func reapply() async throws -> Scenario {
    var world = try CrashWorld()
    try world.publish(one, .a)
    do {
      let device = try await world.start().device
      try await device.lookAndApply()
      try await device.remove(component: world.world.stream.component, by: "owner")
    }
    let (initial, effects, final) = try await record(
      world, until: "sutured: look: ", ["reapply", world.world.stream.component])
    let back = Rest(serial: one, verdict: .protected)
    return Scenario(
      name: "reapply", world: world, initial: initial, effects: effects, final: final, before: nil, after: one,
      promises: [
        Promise(words: "is not held back any more", isDone: false, isLetGo: true),
        Promise(words: "\"confirm\"", floor: one, isLetGo: true),
      ],
      // Until it is let go it stays off; from then on it comes by itself.
      rest: ([Rest(serial: nil, verdict: .exposed), back], back), needsNewMetadata: false)
  }

  /// The owner switches off that improvements install by themselves.
  static func switchOff() async throws -> Scenario {
    var world = try CrashWorld()
    try world.publish(one, .a)
    try await world.start().device.lookAndApply()
    let (initial, effects, final) = try await record(
      world, until: "sutured: look: ", ["settings", "automatic", "off"])
    let rest = Rest(serial: one, verdict: .protected)
    return Scenario(
      name: "settings automatic off", world: world, initial: initial, effects: effects, final: final, before: one,
      after: one, promises: [Promise(words: "Automatic is off")], rest: ([rest], rest),
      needsNewMetadata: false)
  }

  /// The operating system's own update replaced a baseline file.
  static func retirement() async throws -> Scenario {
    var world = try CrashWorld()
    try world.publish(one, .a)
    try await world.start().device.lookAndApply()
    try world.upgrade()
    let (initial, effects, final) = try await record(world, until: "steps aside")
    let rest = Rest(serial: nil, verdict: .unknown)
    return Scenario(
      name: "retirement", world: world, initial: initial, effects: effects, final: final, before: one, after: nil,
      promises: [Promise(words: "steps aside")], rest: ([rest], rest), needsNewMetadata: false)
  }

  /// The package manager replaced a baseline file while the daemon ran, and ended.
  static func settlement() async throws -> Scenario {
    var world = try CrashWorld()
    try world.publish(one, .a)
    try await world.start().device.lookAndApply()
    let file = "\(world.notes.path)/lock"
    let packager = try LockingProcess(on: file)
    let packages = try PackageWork(root: world.folder(), runtime: world.folder().creatingDirectory(path("run/suture")))
    try packages.announce(
      PackageRun(announcer: .dpkg, process: packager.process, since: world.world.now, aside: []))
    try world.upgrade()
    let (initial, effects, final) = try await record(world, until: "steps aside") { packager.end() }
    let rest = Rest(serial: nil, verdict: .unknown)
    return Scenario(
      name: "retirement by the package manager", world: world, initial: initial, effects: effects, final: final,
      before: one, after: nil, promises: [Promise(words: "steps aside")], rest: ([rest], rest),
      needsNewMetadata: false)
  }

  /// The start after a crash of this scenario: just before an effect, with all lost that was not synced.
  ///
  /// - Parameters:
  ///   - journaled: what the journal says already, so that it must be finished; where it says nothing, a kill and not a
  ///     power failure is what is recovered from.
  ///   - words: what the start tells in the end.
  func recovery(
    _ title: String, before isMoment: (Effect) -> Bool, journaled: Promise?, until words: String
  ) async throws -> Scenario {
    guard let index = effects.firstIndex(where: isMoment) else {
      throw Impossible(description: "no moment for \(title)")
    }
    var disk = try SimulatedDisk(self.initial)
    for effect in effects[..<index] { try disk.perform(effect) }
    try disk.image(after: journaled == nil ? .nothing : .everything).materialise(in: world.folder())
    let (initial, effects, final) = try await Self.record(world, until: words)
    return Scenario(
      name: title, world: world, initial: initial, effects: effects, final: final, before: before, after: after,
      promises: promises.filter { $0.words == words },
      given: promisesByEffect()[index] + (journaled.map { [$0] } ?? []),
      rest: rest, needsNewMetadata: needsNewMetadata)
  }

  private static func isNewGeneration(_ effect: Effect) -> Bool {
    guard case .makeDirectory(let path, _) = effect else { return false }
    return path.hasPrefix("var/lib/suture/farm/")
  }

  /// Recovery of an improvement that is journaled and does not stand.
  static func recoveredImprovement() async throws -> Scenario {
    try await firstImprovement().recovery(
      "recovery: journaled, not in place", before: isNewGeneration, journaled: Promise(words: "journaled"),
      until: "sutured: confirm: ")
  }

  /// Recovery of a second letter that is journaled while the first stands.
  static func recoveredLetter() async throws -> Scenario {
    try await secondLetter().recovery(
      "recovery: second letter journaled, first in place", before: isNewGeneration,
      journaled: Promise(words: "journaled"),
      until: "sutured: confirm: ")
  }

  /// Recovery of a removal that is journaled while the improvement stands.
  static func recoveredRemoval() async throws -> Scenario {
    try await remove().recovery(
      "recovery: removal journaled, still in place", before: isNewGeneration,
      journaled: Promise(words: "journaled", floor: one, held: one), until: "sutured: look: ")
  }

  /// Recovery of a device that was killed while it wrote into the store.
  static func recoveredStore() async throws -> Scenario {
    try await firstImprovement().recovery(
      "recovery: killed while storing",
      before: { effect in
        guard case .rename(let path, _) = effect else { return false }
        return path.hasPrefix("var/lib/suture/store/")
      }, journaled: nil, until: "sutured: confirm: ")
  }
}
