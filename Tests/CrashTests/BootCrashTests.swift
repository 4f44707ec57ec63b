import Basics
import DeviceEngine
import DeviceTestSupport
import Grafting
import Improvements
import Journal
import Linux
import TestSupport
import Testing

/// A boot, cut off at every effect that it has on the disk: the next one must know what this one tried.
@Suite(.serialized, .enabled(if: Program.tracingAbsence == nil, "NOT RUN: \(Program.tracingAbsence ?? "")"))
struct BootCrashTests {
  /// - Parameter activation: `restart` for what stood before already, `softReboot` for what was ready and takes its place with
  ///   this boot.
  @Test(arguments: [ActivationClass.restart, .softReboot])
  func `wherever a boot is cut off, what stood by then was written down before, and the next does without`(
    activation: ActivationClass
  ) async throws {
    var world = try CrashWorld()
    try world.publish(.first, .a, activation: activation)
    try await world.start().device.lookAndApply()
    // As a kernel forgets its mounts.
    try forgetMounts(world)
    let initial = try DiskImage(of: world.folder())
    let daemon = try TracedDaemon(root: world.root, notes: world.notes, arguments: ["--at-boot"])
    let recording = try await daemon.end(initial, byItself: true)
    let effects = recording.effects
    let account = try await walk(world, initial, effects)
    let what = activation == .restart ? "a boot" : "a boot with which an improvement takes its place"
    print("FIGURE: crashed at every effect, \(what): \(account)")
    #expect(account.violations.isEmpty)
    #expect(account.new > 0 && account.old > 0)
    // The walk can fail: where the journal is not brought to the disk, it does.
    let forgetful = effects.filter { effect in
      guard let place = SyncPlace(effect) else { return true }
      return place != .log && place != .database
    }
    #expect(try await !walk(world, initial, forgetful).violations.isEmpty)
  }

  private func forgetMounts(_ world: CrashWorld) throws {
    try world.folder().removeTree(path("var/lib/suture/farm"))
  }

  private func walk(_ world: CrashWorld, _ initial: DiskImage, _ effects: [Effect]) async throws -> CrashWalk.Account {
    var account = CrashWalk.Account()
    account.effects = effects.count
    var known: Set<Int> = []
    var disk = try SimulatedDisk(initial)
    for index in 0...effects.count {
      if index > 0 { try disk.perform(effects[index - 1]) }
      account.points += 1
      var losses: [SimulatedDisk.Loss] = [.everything, .nothing, .some(seed: UInt64(index))]
      for number in 0..<disk.pendingCount { losses += [.only(number), .allBut(number)] }
      for loss in losses {
        let image = disk.image(after: loss)
        guard known.insert(image.hashValue).inserted else { continue }
        account.states += 1
        do { try await check(image, world, &account) } catch let violation as Violation {
          account.violations.append("after effect \(index) of \(effects.count), lost \(loss): \(violation)")
          if account.violations.count > 4 { return account }
        }
      }
    }
    return account
  }

  private func check(_ image: DiskImage, _ world: CrashWorld, _ account: inout CrashWalk.Account) async throws {
    // Thousands of these in a row must not keep the tests beside them waiting.
    await Task.yield()
    try image.materialise(in: world.folder())
    let name = ImprovementName(world.world.stream, .first)
    let stood = try !standing(world).isEmpty
    let tried = try record(world).tried
    if stood, tried != [name] { throw Violation("something stood that the next boot does not know of") }
    let next = try await world.start(isBoot: true)
    if tried == nil { account.old += 1 } else { account.new += 1 }
    let found = try next.farm.standing()
    guard found == world.grafts(tried == nil ? .first : nil) else {
      throw Violation(
        "\(found.count) files stand after \(tried == nil ? "a boot that tried nothing" : "a failed boot")")
    }
    let failures = try next.journal.bootRecord().failures
    guard failures == (tried == nil ? 0 : 1) else { throw Violation("\(failures) failures are counted") }
    guard try await next.device.concludeBoot() else { throw Violation("it is not found to come up") }
    var back = try next.farm.standing()
    if try next.journal.improvements().contains(where: { $0.manifest.switchMoment == .start }) {
      guard back == found else { throw Violation("what changes places with a start did so while the machine ran") }
      try forgetMounts(world)
      back = try await world.start(isBoot: true).farm.standing()
    }
    guard back == world.grafts(.first) else { throw Violation("what was left out does not come back") }
  }

  private func standing(_ world: CrashWorld) throws -> Set<Graft> {
    let folder = try world.folder()
    let store = Store(in: try folder.directory(path("var/lib/suture/store")))
    return try LinkFarm(
      root: folder, farm: folder.creatingDirectory(path("var/lib/suture/farm")), store: store
    ).standing()
  }

  private func record(_ world: CrashWorld) throws -> BootRecord {
    try Journal(in: world.folder().directory(path("var/lib/suture"))).bootRecord()
  }
}
