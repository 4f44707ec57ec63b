import Basics
import BinaryDelta
import DeltaEncoding
import DeviceEngine
import DeviceTestSupport
import Grafting
import Improvements
import Journal
import Linux
import TestSupport
import Testing

/// An improvement whose files travel in one payload.
@Suite struct SolidPayloadTests {
  private let other: RelativePath
  private let copy: RelativePath

  init() throws {
    other = try path("usr/lib/libother.so.1.0")
    copy = try path("usr/lib/libcopy.so.1.0")
  }

  /// A world whose component has two files, one of them in two places with different permission bits.
  private func world() throws -> World {
    let world = try World()
    let device = try Directory(path: world.deviceRoot)
    try device.write(Array(world.old.reversed()), to: other, mode: 0o644)
    try device.write(world.old, to: copy, mode: 0o755)
    return world
  }

  /// Publishes all three, the payload's files in the order that is given.
  private func publish(_ world: inout World, reversed: Bool = false) async throws -> [RelativePath: [UInt8]] {
    let pairs = [
      FilePair(baseline: world.old, improved: world.new),
      FilePair(baseline: world.old.reversed(), improved: world.new.reversed()),
    ]
    let bundles = try await PayloadEncoder.encode(reversed ? pairs.reversed() : pairs)
    let payload = try #require(bundles.first { $0.files.count == 2 }).payload
    func content(_ bytes: [UInt8]) -> Manifest.Content { .init(digest: Digest(of: bytes), length: bytes.count) }
    func file(_ path: RelativePath, _ pair: FilePair) -> Manifest.File {
      .init(path: path, baseline: content(pair.baseline), improved: content(pair.improved), payload: content(payload))
    }
    let one = try world.publisher.manifest(
      world.stream, .first, .a, path: world.file, old: world.old, new: world.new, now: world.now)
    let files = [file(copy, pairs[0]), file(world.file, pairs[0]), file(other, pairs[1])]
    let manifest = try Manifest(
      stream: one.stream, serial: one.serial, created: one.created, source: one.source, advisories: one.advisories,
      activation: one.activation,
      baselines: [.init(version: one.baselines[0].version, letter: .a, files: files)])
    try world.publisher.publish(manifest, payload: payload, now: world.now)
    return [copy: pairs[0].improved, world.file: pairs[0].improved, other: pairs[1].improved]
  }

  @Test func `every file of one payload is rebuilt, in every place where it stands`() async throws {
    var world = try world()
    let improved = try await publish(&world)
    let running = try await world.device()
    try await running.device.lookAndApply()
    for (file, bytes) in improved { #expect(try running.loaded(file) == bytes, "\(file)") }
    try await running.device.remove(component: "libdemo", by: "owner")
    #expect(try running.loaded(other) == Array(world.old.reversed()))
    // Everything is in the store, so that nothing is fetched again.
    try world.repository.removeTree(path("payloads"))
    try await running.device.reapply(component: "libdemo")
    for (file, bytes) in improved { #expect(try running.loaded(file) == bytes, "\(file)") }
  }

  @Test func `a payload whose files stand in another order is refused, and nothing is put in place`() async throws {
    var world = try world()
    _ = try await publish(&world, reversed: true)
    let running = try await world.device()
    try? await running.device.lookAndApply()
    #expect(try running.loaded(world.file) == world.old)
    #expect(try running.farm.standing().isEmpty)
    #expect(try running.journal.history().contains { $0.event.station == .refuse })
  }
}
