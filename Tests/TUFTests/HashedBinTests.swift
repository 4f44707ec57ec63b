import Basics
import CanonicalJSON
import TUF
import Testing

/// TAP 15: many targets in a power of two of bins that share keys.
@Suite struct HashedBinTests {
  private static let key = SimulatedRepository.key(9)

  /// The bin of a path, counted here without the library's arithmetic.
  private static func bin(_ text: String, bits: Int) -> Int {
    let digits = Digest(of: text.utf8).hex.prefix(8)
    return Int((UInt64(digits, radix: 16) ?? 0) >> UInt64(32 - bits))
  }

  private static func name(_ bin: Int, bits: Int) -> String {
    let digits = String(bin, radix: 16)
    return "bin-" + String(repeating: "0", count: (bits + 3) / 4 - digits.count) + digits
  }

  private func world(bits: Int, targets: [String], members: [String: JSON] = [:]) -> World {
    World { repository in
      let roles: [String: JSON] = [
        "keyids": [.string(Self.key.id.text)], "threshold": 1, "bit_length": .integer(Int64(bits)),
        "name_prefix": "bin",
      ]
      repository["targets", "delegations"] = [
        "keys": SimulatedRepository.object([Self.key]), "succinct_roles": .object(roles.merging(members) { $1 }),
      ]
      guard (1...10).contains(bits) else { return repository.publish() }
      for bin in 0..<(1 << bits) {
        let name = Self.name(bin, bits: bits)
        repository.signed[name] = SimulatedRepository.role("targets", ["targets": [:]])
        repository.signers[name] = [Self.key]
      }
      for target in targets { repository.addTarget(target, to: Self.name(Self.bin(target, bits: bits), bits: bits)) }
      repository.publish()
    }
  }

  @Test(arguments: [1, 3, 4, 5, 8, 9])
  func `a target is found in the bin of its digest, with one request`(bits: Int) async throws {
    let targets = (0..<12).map { "os/stream/\($0).json" }
    let world = world(bits: bits, targets: targets)
    for target in targets {
      let name = Self.name(Self.bin(target, bits: bits), bits: bits)
      world.store.change { $0.files = [:] }
      let found = try await world.search(target)
      #expect(found.role == name && found.asked == ["2.\(name).json"])
    }
    #expect(try await world.search("os/stream/none.json").role == nil)
  }

  @Test func `a bin speaks of nothing that is not its own`() async throws {
    let target = "os/stream/1.json"
    let world = world(bits: 4, targets: [])
    let other = Self.name(Self.bin(target, bits: 4) ^ 1, bits: 4)
    world.repository.addTarget(target, to: other)
    world.repository.publish()
    #expect(try await world.search(target).role == nil)
    #expect(try await world.refresh().targets.isEmpty)
  }

  @Test func `all bins are listed, and few where only few paths are asked for`() async throws {
    let targets = (0..<40).map { "os/stream/\($0).json" }
    let world = world(bits: 4, targets: targets)
    #expect(try await world.refresh().targets.count == 40)
    #expect(try await world.refresh().roles.count == 4 + 16)
    world.store.change { $0.files = [:] }
    var update = try await world.update()
    let patterns = ["os/stream/1.json", "os/stream/2.json", "other"].compactMap { PathPattern($0) }
    #expect(try await update.repository(matching: patterns).targets.count == 2)
    let bins = Set(["os/stream/1.json", "os/stream/2.json", "other"].map { Self.bin($0, bits: 4) })
    #expect(world.mirror.takeRequests() == bins.sorted().map { "2.\(Self.name($0, bits: 4)).json" })
  }

  @Test func `a bin beyond what can be listed is still found by its path`() async throws {
    let target = "os/stream/1.json"
    let world = world(bits: 32, targets: [])
    let name = "bin-" + Digest(of: target.utf8).hex.prefix(8)
    world.repository.signed[name] = SimulatedRepository.role("targets", ["targets": [:]])
    world.repository.signers[name] = [Self.key]
    world.repository.addTarget(target, to: name)
    world.repository.publish()
    #expect(try await world.search(target).role == name)
    let trusted = try await world.refresh()
    #expect(trusted.targets.isEmpty)
    #expect(trusted.refusals.map(\.reason) == [.tooManyRoles(limit: Limits.rolesPerRefresh)])
  }

  @Test(
    arguments: [
      ["bit_length": 0], ["bit_length": 33], ["bit_length": true], ["bit_length": nil], ["name_prefix": nil],
      ["name_prefix": ""], ["name_prefix": 1], ["threshold": 0], ["keyids": ["0"]],
      ["name_prefix": .string(String(repeating: "a", count: 256))],
    ] as [[String: JSON]])
  func `bins that are unclear refuse the file`(members: [String: JSON]) async throws {
    #expect(try await world(bits: 4, targets: [], members: members).refusal() != nil)
    #expect(try await world(bits: 4, targets: []).refusal() == nil)
  }

  @Test func `bins beside roles by name are refused`() async throws {
    let world = world(bits: 1, targets: [])
    var delegations = world.repository["targets", "delegations"]?.object ?? [:]
    delegations["roles"] = []
    world.repository["targets", "delegations"] = .object(delegations)
    world.repository.publish()
    #expect(try await world.refusal() == .delegationsUnclear(file: "targets.json"))
  }
}
