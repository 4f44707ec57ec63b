import Basics
import BinaryDelta
import CanonicalJSON
import Delivery
import DeltaEncoding
import DeviceEngine
import DeviceTestSupport
import Grafting
import Improvements
import Journal
import Linux
import TUF
import TestSupport
import Testing

@Suite struct DeviceTests {
  @Test func `an improvement is offered, applied, removed and applied again`() async throws {
    var world = try World()
    try world.publish()
    let running = try await world.device()
    try await running.device.look()
    #expect(try running.journal.improvements().map(\.state) == [.offered])
    #expect(try running.loaded(world.file) == world.old)
    #expect(try await running.device.status().verdict == .exposed)
    try await running.device.apply(component: nil)
    #expect(try running.loaded(world.file) == world.new)
    let status = try await running.device.status()
    #expect(status.verdict == .protected)
    #expect(status.components.map(\.state) == [.confirmed])
    #expect(status.components.first?.letter == .a)
    try await running.device.remove(component: "libdemo", by: "owner")
    #expect(try running.loaded(world.file) == world.old)
    #expect(try await running.device.status().verdict == .exposed)
    // Held back: no look and no apply brings it back, the owner's `reapply` does.
    try await running.device.lookAndApply()
    #expect(try running.loaded(world.file) == world.old)
    await #expect(throws: DeviceError.self) { try await running.device.apply(component: nil) }
    await #expect(throws: DeviceError.held(world.stream)) { try await running.device.apply(component: "libdemo") }
    #expect(try running.loaded(world.file) == world.old)
    try await running.device.reapply(component: "libdemo")
    #expect(try running.loaded(world.file) == world.new)
    #expect(try layoutBaseline(running, world) == world.old)
  }

  private func layoutBaseline(_ running: RunningDevice, _ world: World) throws -> [UInt8] {
    try running.layout.root.read(world.file, limit: 1 << 20)
  }

  @Test func `a later serial supersedes, and the owner can go back to the earlier letter without a download`()
    async throws
  {
    var world = try World()
    try world.publish()
    let running = try await world.device()
    try await running.device.lookAndApply()
    let b = world.new + [1, 2, 3]
    let second = try #require(Serial(2))
    try world.publish(serial: second, letter: #require(Letter("b")), improved: b)
    try await running.device.lookAndApply()
    #expect(try running.loaded(world.file) == b)
    #expect(try running.journal.improvements().map(\.state) == [.superseded(by: second), .confirmed])
    try world.repository.removeTree(path("payloads"))
    try await running.device.remove(component: "libdemo", to: .a, by: "owner")
    #expect(try running.loaded(world.file) == world.new)
    #expect(try await running.device.status().components.map(\.state) == [.removed(by: "owner")])
  }

  @Test func `a restarted device stands as the journal says`() async throws {
    var world = try World()
    try world.publish()
    do {
      let running = try await world.device()
      try await running.device.lookAndApply()
    }
    // The farm is lost; the journal and the store are not.
    let device = try Directory(path: world.deviceRoot)
    try device.removeTree(path("var/lib/suture/farm"))
    let again = try await world.device()
    #expect(try again.loaded(world.file) == world.new)
  }

  @Test func `a stored file that was changed is never put in place`() async throws {
    var world = try World()
    try world.publish()
    do {
      let running = try await world.device()
      try await running.device.lookAndApply()
    }
    let store = try Directory(path: world.deviceRoot + "/var/lib/suture/store")
    let name = try #require(try store.names().first)
    try store.write(world.new.map { $0 ^ 1 }, to: path(name), mode: 0o644)
    let again = try await world.device()
    #expect(try again.loaded(world.file) == world.old)
    let state = try again.journal.improvements().first?.state.name
    #expect(state == "offered")
    #expect(try again.journal.history().contains { $0.event.station == .rollBack })
    func accounts() async throws -> [String] {
      try await again.device.status().limits.filter { $0.hasPrefix("libdemo was taken off: a stored file ") }
    }
    #expect(try await accounts().count == 1)
    // Offered again, it is fetched anew and whole.
    try await again.device.lookAndApply()
    #expect(try again.loaded(world.file) == world.new)
    #expect(try await accounts().isEmpty)
  }

  @Test func `a baseline that is not listed is refused and nothing changes`() async throws {
    var world = try World()
    try world.publish()
    let device = try Directory(path: world.deviceRoot)
    try device.write([1, 2, 3], to: world.file)
    let running = try await world.device()
    try await running.device.lookAndApply()
    #expect(try running.journal.improvements().isEmpty)
    #expect(try running.loaded(world.file) == [1, 2, 3])
    let limits = try await running.device.status().limits
    #expect(limits.contains { $0.contains("none of the baselines") })
  }

  @Test func `a baseline that changes between offer and apply is refused`() async throws {
    var world = try World()
    try world.publish()
    let running = try await world.device()
    try await running.device.look()
    try Directory(path: world.deviceRoot).write([9], to: world.file)
    await #expect(throws: DeviceError.self) { try await running.device.apply(component: "libdemo") }
    #expect(try running.loaded(world.file) == [9])
    #expect(try running.journal.improvements().first?.state.name == "failed")
  }

  @Test func `a policy that requires a log refuses what is not logged`() async throws {
    var world = try World()
    try world.publish()
    let running = try await world.device(policy: "[Policy]\nTransparency=required\n")
    try await running.device.lookAndApply()
    #expect(try running.journal.improvements().first?.state.name == "waiting")
    await #expect(throws: DeviceError.self) { try await running.device.apply(component: "libdemo") }
    #expect(try running.loaded(world.file) == world.old)
  }

  @Test func `the history says why, who signed and how long, and can be read for one component`() async throws {
    var world = try World()
    try world.publish()
    let running = try await world.device()
    try await running.device.lookAndApply()
    let all = try #require(try await running.device.history(of: nil, hasLooks: true, limit: 1_000)["history"]?.array)
    #expect(all.first?["event"]?["station"] == "look" && all.first?["time"]?.string == world.now.description)
    let without = try await running.device.history(of: nil, hasLooks: false, limit: 1_000)
    #expect(without["history"]?.array?.count == all.count - 1 && without["hasOlder"] == false)
    let own = try await running.device.history(of: "libdemo", hasLooks: true, limit: 1_000)
    #expect(own["history"] == without["history"])
    for other in ["demo", "libdem_", "%", ""] {
      #expect(try await running.device.history(of: other, hasLooks: true, limit: 9)["history"] == [])
    }
    let offer = try #require(all.first { $0["event"]?["station"] == "offer" }?["event"]?["facts"])
    #expect(offer["advisories"] == ["CVE-2026-0001"])
    let signed = try #require(offer["signed"]?.array)
    #expect(signed.map { $0["role"]?.string } == ["libdemo.build", "libdemo.review"])
    #expect(signed.allSatisfy { $0["threshold"] == 1 && $0["signers"]?.array?.count == 1 })
    let newest = try await running.device.history(of: nil, hasLooks: true, limit: 1)
    #expect(newest["history"]?.array?.first?["event"]?["station"] == "confirm" && newest["hasOlder"] == true)
  }

  @Test func `a look that fails in the same way again stands in the history once`() async throws {
    var world = try World()
    try world.publish()
    let running = try await world.device(now: world.now.advanced(by: .seconds(30 * 86_400)))
    for _ in 0..<3 { try? await running.device.look() }
    #expect(try running.journal.history().filter { $0.event.station == .refuse }.count == 1)
  }

  @Test func `with automatic off nothing is applied by itself`() async throws {
    var world = try World()
    try world.publish()
    let running = try await world.device(policy: "[Policy]\nAutomatic=off\n")
    try await running.device.lookAndApply()
    #expect(try running.journal.improvements().map(\.state) == [.offered])
  }
}

@Suite struct DeviceAttackTests {
  private func refused(_ world: World, now: UTCTime? = nil) async throws {
    let running = try await world.device(now: now)
    try? await running.device.lookAndApply()
    #expect(try running.loaded(world.file) == world.old)
    #expect(try running.farm.standing().isEmpty)
    #expect(try !running.journal.history().filter { $0.event.station == .refuse }.isEmpty)
  }

  private func manifest(_ world: World, _ stream: Stream? = nil) throws -> Manifest {
    try world.publisher.manifest(
      stream ?? world.stream, .first, .a, path: world.file, old: world.old, new: world.new, now: world.now)
  }

  @Test func `an improvement signed by the builder alone cannot be published`() throws {
    var world = try World()
    let keys = [world.publisher.root, world.publisher.online, world.publisher.builder]
    let payload = try PayloadEncoder.encode(baseline: world.old, improved: world.new)
    let manifest = try manifest(world)
    #expect(throws: Refusal.self) {
      try world.publisher.publish(manifest, payload: payload, now: world.now, keys: keys)
    }
  }

  @Test func `a manifest of another stream is refused`() async throws {
    var world = try World()
    let other = try #require(Stream("debian-12/amd64/other"))
    let payload = try PayloadEncoder.encode(baseline: world.old, improved: world.new)
    try world.publisher.publish(
      manifest(world, other), at: "debian-12/amd64/libdemo/1.json", payload: payload, now: world.now)
    try await refused(world)
  }

  @Test func `an improvement for another architecture is not offered`() async throws {
    var world = try World()
    let payload = try PayloadEncoder.encode(baseline: world.old, improved: world.new)
    let other = try #require(Stream("debian-12/arm64/libdemo"))
    // The delegation does not reach there, so not even its publisher can say it.
    let manifest = try manifest(world, other)
    #expect(throws: Refusal.self) { try world.publisher.publish(manifest, payload: payload, now: world.now) }
    let running = try await world.device()
    try await running.device.lookAndApply()
    #expect(try running.journal.improvements().isEmpty)
  }

  @Test func `a payload whose result differs is refused`() async throws {
    var world = try World()
    let other = try PayloadEncoder.encode(baseline: world.old, improved: world.new + [1])
    let honest = try manifest(world)
    let baseline = try #require(honest.baselines.first)
    let file = baseline.files[0]
    let lying = try Manifest(
      stream: honest.stream, serial: honest.serial, created: honest.created, source: honest.source,
      advisories: honest.advisories, activation: honest.activation,
      baselines: [
        .init(
          version: baseline.version, letter: baseline.letter,
          files: [
            .init(
              path: file.path, baseline: file.baseline, improved: file.improved,
              payload: .init(digest: Digest(of: other), length: other.count))
          ])
      ])
    try world.publisher.publish(lying, payload: other, now: world.now)
    try await refused(world)
  }

  @Test func `two different files under one name: a payload that was exchanged is refused`() async throws {
    var world = try World()
    try world.publish()
    for name in try world.repository.names(in: path("payloads")) {
      let place = try path("payloads/\(name)")
      let bytes = try world.repository.read(place, limit: 1 << 20)
      try world.repository.write(bytes.reversed(), to: place)
    }
    try await refused(world)
  }

  @Test func `endless data: a payload longer than the manifest says is refused`() async throws {
    var world = try World()
    try world.publish()
    for name in try world.repository.names(in: path("payloads")) {
      let place = try path("payloads/\(name)")
      try world.repository.write(world.repository.read(place, limit: 1 << 20) + [0], to: place)
    }
    try await refused(world)
  }

  @Test func `a frozen repository is refused once its timestamp has expired`() async throws {
    var world = try World()
    try world.publish()
    try await refused(world, now: world.now.advanced(by: .seconds(3 * 86_400)))
  }

  @Test func `a repository that goes back is refused and what is installed stays`() async throws {
    var world = try World()
    let before = try world.repository.read(path("metadata/timestamp.json"), limit: 1 << 20)
    try world.publish()
    let running = try await world.device()
    try await running.device.lookAndApply()
    try world.repository.write(before, to: path("metadata/timestamp.json"))
    await #expect(throws: (any Error).self) { try await running.device.look() }
    #expect(try running.loaded(world.file) == world.new)
  }

  @Test func `a serial whose content changes after it was seen is refused`() async throws {
    var world = try World()
    try world.publish()
    let running = try await world.device()
    try await running.device.look()
    try world.publish(improved: world.new + [7])
    try await running.device.look()
    #expect(try await running.device.status().limits.contains { $0.contains("is not what it was") })
  }

  @Test func `a symbolic link in the baseline's place cannot lead out of the root`() async throws {
    var world = try World()
    try world.publish()
    let device = try Directory(path: world.deviceRoot)
    try device.remove(world.file)
    try world.temporary.directory.write(world.old, to: path("outside"))
    try device.link(to: "\(world.temporary.path)/outside", at: world.file)
    let running = try await world.device()
    try? await running.device.lookAndApply()
    #expect(try running.farm.standing().isEmpty)
    #expect(try world.temporary.directory.read(path("outside"), limit: 1 << 20) == world.old)
  }

  @Test func `a set-user bit is never kept by a link farm`() async throws {
    var world = try World()
    try world.publish()
    let device = try Directory(path: world.deviceRoot)
    try device.write(world.old, to: world.file, mode: 0o4755)
    let running = try await world.device()
    try? await running.device.lookAndApply()
    #expect(try running.farm.standing().isEmpty)
    #expect(try running.journal.improvements().first?.state.name == "failed")
  }
}
