import Basics
import Delivery
import DeviceEngine
import DeviceTestSupport
import Grafting
import Improvements
import Journal
import Linux
import TestSupport
import Testing

/// Every byte of every file that a device reads for an improvement, flipped.
///
/// Refused with a sentence and the machine as it was, or accepted with the very same installed files: there is no third
/// outcome.
@Suite struct FlipTests {
  private enum Outcome { case refused, accepted }

  private struct Victim: Sendable, CustomStringConvertible {
    let directory: String
    let name: RelativePath
    var description: String { name.description }
  }

  @Test(.timeLimit(.minutes(30))) func `one flipped byte is refused or makes no difference, wherever it is`()
    async throws
  {
    var world = try World(
      old: (0..<200).map { UInt8(truncatingIfNeeded: $0 &* 7) },
      new: (0..<210).map { UInt8(truncatingIfNeeded: ($0 &* 7) ^ ($0 / 100)) }, inMemory: true)
    try world.publish()
    let victims = try Self.victims(world)
    var refused = 0
    var accepted = 0
    for victim in victims {
      let directory = try Directory(path: victim.directory)
      let bytes = try directory.read(victim.name, limit: 1 << 20)
      var acceptedHere = 0
      for index in bytes.indices {
        var flipped = bytes
        flipped[index] ^= index % 2 == 0 ? 0x01 : 0x20
        try directory.write(flipped, to: victim.name)
        switch try await Self.outcome(world, flippedBaseline: victim.name == world.file ? flipped : nil) {
        case .refused: refused += 1
        case .accepted:
          accepted += 1
          acceptedHere += 1
        }
      }
      try directory.write(bytes, to: victim.name)
      // Only a surplus signature, or the pinned root's own signatures, may be damaged without harm.
      if acceptedHere > 0 { #expect(victim.name.name.hasSuffix(".json"), "\(victim)") }
    }
    print("flips: \(victims.count) files, \(refused) refused, \(accepted) accepted with equal files")
    #expect(refused > 5_000)
    #expect(accepted > 0)
    guard case .accepted = try await Self.outcome(world, flippedBaseline: nil) else {
      Issue.record("without a flip it must be accepted, else the test shows nothing")
      return
    }
  }

  private static func victims(_ world: World) throws -> [Victim] {
    var victims: [Victim] = []
    func collect(_ folder: RelativePath) throws {
      for name in try world.repository.names(in: folder) {
        let place = try #require(folder.appending(name))
        switch try world.repository.status(place)?.kind {
        case .directory: try collect(place)
        default: victims.append(Victim(directory: world.repository.path, name: place))
        }
      }
    }
    for folder in ["metadata", "targets", "payloads"] { try collect(path(folder)) }
    // Only what is read for the present state: the first versions of the roles are history.
    victims.removeAll { ["1.snapshot.json", "1.libdemo.build.json", "1.libdemo.review.json"].contains($0.name.name) }
    victims.removeAll { $0.name.name == "1.root.json" }
    victims.append(Victim(directory: world.deviceRoot, name: world.file))
    victims.append(Victim(directory: world.deviceRoot, name: try path("etc/suture/trust/root.json")))
    return victims
  }

  private static func outcome(_ world: World, flippedBaseline: [UInt8]?) async throws -> Outcome {
    let device = try Directory(path: world.deviceRoot)
    try device.removeTree(path("var"))
    let before = try device.read(world.file, limit: 1 << 20)
    let running = try await world.device()
    var sentence: String?
    do { try await running.device.lookAndApply() } catch { sentence = "\(error)" }
    #expect(try device.read(world.file, limit: 1 << 20) == before)
    let loaded = try running.loaded(world.file)
    if loaded == world.new {
      #expect(flippedBaseline == nil && sentence == nil)
      return .accepted
    }
    #expect(loaded == before)
    #expect(try running.farm.standing().isEmpty)
    let told = try running.journal.history().contains { $0.event.station == .refuse }
    #expect(sentence != nil || told, "refused without a sentence")
    return .refused
  }
}
