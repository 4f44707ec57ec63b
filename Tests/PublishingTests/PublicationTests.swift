import Basics
import Improvements
import Linux
import TUF
import TestSupport
import Testing

@testable import Publishing

@Suite struct PublicationTests {
  @Test func `what is published verifies as a device would see it`() async throws {
    let world = try PublisherWorld()
    let staged = try await world.importing()
    let account = try await world.publish()
    #expect(account.payloads == 1 && account.manifests == 1)
    let verified = try await world.verify()
    #expect(verified.improvements.map(\.path) == ["debian-12/amd64/libdemo1/1.json"])
    #expect(verified.improvements.first?.manifest == staged.manifest)
    #expect(verified.improvements.first?.payloadBytes == staged.payloadBytes)
    #expect(verified.roles.filter { $0.role.hasPrefix("libdemo1.") }.map(\.signers.count) == [1, 1])
    // A second time nothing is written.
    let again = try await world.publish()
    #expect(again.bytes == 0 && again.payloads == 0 && again.metadata == 0)
    // A second improvement adds and keeps.
    try await world.importing(fixed: ("1.0-1+deb12u3", "newest code"))
    let before = try world.published()
    _ = try await world.publish()
    let after = try world.published()
    for (path, bytes) in before where path.name != "timestamp.json" { #expect(after[path] == bytes) }
    #expect(try await world.verify().improvements.count == 2)
  }

  @Test func `what is named is written before what names it, and the timestamp last`() async throws {
    let world = try PublisherWorld()
    try await world.importing()
    _ = try await world.publish()
    let directory = try Directory(path: world.destination)
    func times(_ belongs: (RelativePath) -> Bool) throws -> [Int64] {
      try world.published().keys.filter(belongs).map { try #require(try directory.status($0)).modifiedNanoseconds }
    }
    let payloads = try times { $0.components[0] == "payloads" }
    let manifests = try times { $0.components[0] == "targets" }
    let roles = try times { $0.name.contains("libdemo1.") || $0.name.contains(".targets.") }
    let snapshots = try times { $0.name.contains(".snapshot.") }
    let timestamps = try times { $0.name == "timestamp.json" }
    for (earlier, later) in zip([payloads, manifests, roles, snapshots], [manifests, roles, snapshots, timestamps]) {
      #expect(try #require(earlier.max()) <= (try #require(later.min())))
    }
  }

  @Test func `every byte of every published file counts`() async throws {
    let world = try PublisherWorld()
    try await world.importing()
    _ = try await world.publish()
    let directory = try Directory(path: world.destination)
    var (refused, harmless) = (0, 0)
    for (file, bytes) in try world.published() where file.components[0] != "metadata" {
      for index in stride(from: 0, to: bytes.count, by: 7) {
        var flipped = bytes
        flipped[index] ^= 0x20
        try directory.write(flipped, to: file)
        do {
          _ = try await world.verify()
          harmless += 1
        } catch { refused += 1 }
      }
      try directory.write(bytes, to: file)
    }
    #expect(harmless == 0 && refused > 50)
    _ = try await world.verify()
  }

  @Test func `a folder of another root, of other things, or with newer metadata is refused`() async throws {
    let world = try PublisherWorld()
    try await world.importing()
    _ = try await world.publish()
    let other = try PublisherWorld()
    #expect(throws: PublishingError.otherRoot(folder: world.destination)) {
      try Publication(of: other.workspace, to: world.destination)
    }
    let things = try TemporaryDirectory()
    try things.directory.write([1], to: path("letter.txt"))
    #expect(throws: PublishingError.notARepository(folder: things.path)) {
      try Publication(of: world.workspace, to: things.path)
    }
    #expect(try things.directory.names() == ["letter.txt"])

    // An old copy of the workspace, brought back after the newer one published.
    let metadata = try world.workspace.directory.directory(path("metadata"))
    let old = try metadata.read(path("timestamp.json"), limit: 1 << 20)
    _ = try await world.workspace.refresh(now: world.now.advanced(by: .seconds(60)))
    _ = try await world.publish(later: .seconds(60))
    try metadata.write(old, to: path("timestamp.json"))
    await #expect(throws: PublishingError.newerElsewhere(folder: world.destination, published: 3, ours: 2)) {
      try await world.publish(later: .seconds(120))
    }
  }

  @Test func `a content-named file with other bytes is never overwritten`() async throws {
    let world = try PublisherWorld()
    let staged = try await world.importing()
    let payload = try #require(staged.manifest.baselines.first?.files.first?.payload)
    let destination = try Directory.creating(path: world.destination + "/payloads")
    try destination.write([UInt8](repeating: 0, count: payload.length), to: path(payload.digest.hex))
    await #expect(throws: PublishingError.otherBytes(file: "\(world.destination)/payloads/\(payload.digest.hex)")) {
      try await world.publish()
    }
    #expect(try world.published().keys.allSatisfy { $0.name != "timestamp.json" })
    #expect(try destination.read(path(payload.digest.hex), limit: 1 << 20).allSatisfy { $0 == 0 })
  }

  @Test func `a payload that is missing in the workspace stops the publication before the timestamp`() async throws {
    let world = try PublisherWorld()
    let staged = try await world.importing()
    let digest = try #require(staged.manifest.baselines.first?.files.first?.payload.digest)
    try world.workspace.directory.remove(path("payloads/\(digest.hex)"))
    await #expect(throws: (any Error).self) { try await world.publish() }
    #expect(try world.published().keys.allSatisfy { $0.name != "timestamp.json" })
  }

  @Test func `an interrupted import leaves nothing that is published`() async throws {
    let world = try PublisherWorld()
    try await world.importing()
    try world.workspace.directory.write([1, 2, 3], to: path("metadata/9.libdemo1.build.json"))
    _ = try await world.publish()
    #expect(try world.published()[path("metadata/9.libdemo1.build.json")] == nil)
  }

  @Test func `a timestamp lives a day, and refresh renews it`() async throws {
    let world = try PublisherWorld()
    try await world.importing()
    _ = try await world.publish()
    _ = try await world.verify(later: .seconds(86_000))
    await #expect(throws: Refusal.self) { try await world.verify(later: .seconds(87_000)) }
    let expiries = try await world.workspace.refresh(now: world.now.advanced(by: .seconds(87_000)))
    #expect(expiries["timestamp"] == world.now.advanced(by: .seconds(87_000 + 86_400)))
    _ = try await world.publish(later: .seconds(87_001))
    _ = try await world.verify(later: .seconds(87_002))
  }

  @Test func `the private halves of the keys are nowhere in what is published`() async throws {
    let world = try PublisherWorld()
    try await world.importing()
    _ = try await world.publish()
    let keys = try world.workspace.directory.directory(path("keys"))
    let secrets = try keys.names().map { name in
      let text = String(decoding: try keys.read(path(name), limit: 4_096), as: UTF8.self)
      return try #require(text.split(separator: "\"private\":\"").last?.prefix(64))
    }
    #expect(Set(secrets).count == 10)
    for bytes in try world.published().values {
      let text = String(decoding: bytes, as: UTF8.self)
      #expect(secrets.allSatisfy { !text.contains($0) })
    }
  }
}
