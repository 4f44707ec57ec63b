import Basics
import DeviceEngine
import DeviceTestSupport
import Improvements
import Journal
import Linux
import TestSupport
import Testing
import TransparencyLog

/// A device remembers the largest checkpoint of each log, and believes none that is not the same log.
@Suite struct LogHistoryTests {
  /// A world whose device has installed a first logged improvement, and the log as it was before.
  struct Scene {
    var world: World
    var log: SimulatedLog
    let before: SimulatedLog

    init() async throws {
      world = try World()
      log = try SimulatedLog(in: world.repository)
      try world.pin(policy: SimulatedLog.policy(logs: [log], witnesses: [1, 2, 3], threshold: 2))
      try log.grow(by: 300)
      before = log
      try world.publish()
      try log.grow(by: 4)
      try log.log(world.entry(), by: [1, 2])
      try await #expect(TransparencyTests.outcome(world.device(policy: TransparencyTests.required), world).isIn)
    }

    /// Publishes a second improvement; the entry is to be logged by whoever plays the log.
    mutating func publishSecond() throws -> LogEntry {
      let improved = world.new + [1, 2, 3]
      try world.publish(serial: present(Serial(2)), letter: present(Letter("b")), improved: improved)
      return try world.entry(serial: present(Serial(2)), letter: present(Letter("b")), improved: improved)
    }

    func reason() async throws -> String {
      let running = try await world.device(policy: TransparencyTests.required)
      try await running.device.lookAndApply()
      let record = try present(running.journal.improvements().last)
      #expect(record.manifest.serial.number == 2 && record.state.name == "waiting")
      #expect(try running.loaded(world.file) == world.new)
      return record.state.detail
    }

    func isAccepted() async throws -> Bool {
      let running = try await world.device(policy: TransparencyTests.required)
      try await running.device.lookAndApply()
      return try running.loaded(world.file) == world.new + [1, 2, 3]
    }
  }

  @Test func `a log that has grown is believed, by its tiles or by its witnesses`() async throws {
    for hasTiles in [true, false] {
      var scene = try await Scene()
      let entry = try scene.publishSecond()
      try scene.log.grow(by: 400)
      try scene.log.log(entry, by: [2, 3])
      if !hasTiles { try scene.log.hideTiles() }
      #expect(try await scene.isAccepted())
      let journal = try Journal(in: Directory(path: scene.world.deviceRoot + "/var/lib/suture"))
      let kept = try present(journal.largestCheckpoint(ofOrigin: LogOrigin(scene.log.key.verifier.name).hash))
      #expect(try SignedCheckpoint(parsing: kept).checkpoint.size == scene.log.size)
    }
  }

  @Test func `a proof in an older tree of the same log is believed, and the larger one stays remembered`() async throws
  {
    var scene = try await Scene()
    // Published long ago, before the one that is installed.
    let entry = try scene.publishSecond()
    var log = try SimulatedLog(in: scene.world.repository)
    try log.grow(by: 10)
    try log.append(entry)
    try log.prove(entry, by: [1, 2])
    let size = log.size
    try log.grow(by: 500)
    // This log is the one that the device knows of from now on.
    let state = scene.world.deviceRoot + "/var/lib/suture"
    let journal = try Journal(in: Directory(path: state))
    let origin = LogOrigin(log.key.verifier.name).hash
    let first = try present(journal.logRecord(.publication(scene.world.stream, .first)))
    log.time += 1_000
    let largest = try log.checkpoint(by: [1, 2])
    try journal.record(first, largest: (origin, largest.bytes))
    #expect(try await scene.isAccepted())
    let kept = try SignedCheckpoint(parsing: present(journal.largestCheckpoint(ofOrigin: origin)))
    #expect(kept.checkpoint.size == largest.checkpoint.size && kept.checkpoint.size > size)
  }

  @Test func `a log that forks is refused: two trees of one size`() async throws {
    var scene = try await Scene()
    let entry = try scene.publishSecond()
    var fork = scene.before
    try fork.grow(by: 4)
    try fork.log(entry, by: [1, 2])
    #expect(fork.size == scene.log.size)
    let reason = try await scene.reason()
    #expect(reason.hasSuffix("the log has forked: two different trees of 305 entries were seen"))
  }

  @Test func `a log that forks is refused: a larger tree that does not hold the one seen before`() async throws {
    var scene = try await Scene()
    let entry = try scene.publishSecond()
    var fork = scene.before
    fork.time = scene.log.time
    try fork.grow(by: 20)
    try fork.log(entry, by: [1, 2])
    #expect(try await scene.reason().contains("the log has forked"))
  }

  @Test func `a log that shrinks is refused by its witnesses' times, though its tiles are withheld`() async throws {
    var scene = try await Scene()
    let entry = try scene.publishSecond()
    var shrunk = scene.before
    // Later than what the device has seen, and smaller.
    shrunk.time = scene.log.time + 600
    try shrunk.log(entry, by: [1, 2])
    try shrunk.hideTiles()
    let reason = try await scene.reason()
    #expect(reason.hasSuffix("the log has shrunk: its tree has 301 entries, and one of 305 was seen before"))
  }

  @Test func `without witnesses only tiles show that a log has grown`() async throws {
    var scene = try await Scene()
    try scene.world.pin(policy: SimulatedLog.policy(logs: [scene.log], witnesses: [], threshold: 0))
    let entry = try scene.publishSecond()
    try scene.log.log(entry, by: [])
    try scene.log.hideTiles()
    #expect(try await scene.reason().contains("no witness is required"))
  }
}
