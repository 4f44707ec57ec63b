import Basics
import CanonicalJSON
import TUF
import Testing

/// Repositories of several levels and of hashed bins, kept, rotated, renewed and looked through.
@Suite struct RepositoryLevelsTests {
  private static let digest = Digest(of: "content".utf8)

  private func patterns(_ texts: String...) -> DelegatedPaths { .patterns(texts.compactMap { PathPattern($0) }) }

  private func keys(_ numbers: ClosedRange<UInt8>, threshold: Int = 1) throws -> RoleKeys {
    try RoleKeys(numbers.map { SimulatedRepository.key($0).key }, threshold: threshold)
  }

  /// Targets, an operating system's role, and two streams beneath it; 20 signs for the first, 21 and 22 for the others.
  private func publisher() throws -> Publisher {
    var publisher = try Publisher()
    try publisher.editor.delegate(to: "os", keys: try keys(20...20), paths: patterns("os/*/*"))
    try publisher.editor.delegate(
      to: "expat", from: "os", keys: try keys(21...22, threshold: 2), paths: patterns("os/expat/*"))
    try publisher.editor.delegate(to: "zlib", from: "os", keys: try keys(21...21), paths: patterns("os/zlib/*"))
    for stream in ["expat", "zlib"] {
      try publisher.editor.setTarget(path("os/\(stream)/1"), length: 7, sha256: Self.digest, in: stream)
    }
    try publisher.publish(everybody)
    return publisher
  }

  private let everybody = (1...40).map { SimulatedRepository.key($0) }

  @Test func `roles of several levels are published, loaded and edited`() async throws {
    var publisher = try publisher()
    #expect(publisher.editor.delegatedRoles == ["os", "expat", "zlib"])
    #expect(publisher.editor.delegators(of: "expat") == ["os"])
    #expect(try await publisher.refresh().targets.map(\.path.description) == ["os/expat/1", "os/zlib/1"])
    try publisher.reload()
    #expect(publisher.editor.delegatedRoles == ["os", "expat", "zlib"])
    try publisher.editor.setTarget(path("os/zlib/2"), length: 7, sha256: Self.digest, in: "zlib")
    try publisher.publish([SimulatedRepository.key(21), publisher.online])
    #expect(publisher.written == ["2.zlib.json", "2.snapshot.json", "timestamp.json"])
    #expect(try await publisher.refresh().targets.count == 3)
    // Each delegation on the way must allow it.
    #expect(throws: Refusal.outsidePaths(role: "zlib", path: path("os/expat/9"))) {
      try publisher.editor.setTarget(path("os/expat/9"), length: 7, sha256: Self.digest, in: "zlib")
    }
    try publisher.editor.delegate(to: "wide", from: "zlib", keys: try keys(21...21), paths: patterns("*/*/*", "*"))
    #expect(throws: Refusal.outsidePaths(role: "wide", path: path("os/other/9"))) {
      try publisher.editor.setTarget(path("os/other/9"), length: 7, sha256: Self.digest, in: "wide")
    }
    try publisher.editor.setTarget(path("os/zlib/3"), length: 7, sha256: Self.digest, in: "wide")
    try publisher.publish(everybody)
    #expect(try await publisher.refresh().target(at: path("os/zlib/3"))?.role == "wide")
  }

  @Test func `a delegation that ends takes those beneath it along`() async throws {
    var publisher = try publisher()
    try publisher.editor.endDelegation(to: "os")
    #expect(publisher.editor.delegatedRoles.isEmpty)
    try publisher.publish(everybody)
    let trusted = try await publisher.refresh()
    #expect(trusted.targets.isEmpty && trusted.refusals.isEmpty)
    #expect(throws: Refusal.unknownRole("expat")) { try publisher.editor.renew("expat") }
  }

  @Test func `a role that two others name is signed for both`() async throws {
    var publisher = try publisher()
    try publisher.editor.delegate(to: "expat", keys: try keys(30...30), paths: patterns("os/expat/*"))
    #expect(publisher.editor.delegators(of: "expat") == ["targets", "os"])
    try publisher.editor.renew("expat")
    let others = everybody.filter { $0.id != SimulatedRepository.key(30).id }
    #expect(throws: Refusal.tooFewSignatures(file: "2.expat.json", role: "expat", valid: 0, threshold: 1)) {
      try publisher.publish(others)
    }
    try publisher.publish(everybody)
    #expect(try await publisher.refresh().refusals.isEmpty)
    #expect(throws: Refusal.roleExists("expat")) {
      try publisher.editor.delegate(to: "expat", keys: try keys(30...30), paths: patterns("x"))
    }
    try publisher.editor.endDelegation(to: "expat")
    #expect(publisher.editor.delegators(of: "expat") == ["os"])
  }

  @Test func `every key can be replaced, and the old ones are worth nothing then`() async throws {
    var publisher = try publisher()
    let store = MemoryStore()
    _ = try await publisher.refresh(store)
    for (number, role) in ["root", "targets", "snapshot", "timestamp", "os", "expat", "zlib"].enumerated() {
      let new = SimulatedRepository.key(UInt8(100 + number))
      try publisher.reload()
      try publisher.editor.setKeys(of: role, to: try RoleKeys([new.key], threshold: 1))
      try publisher.publish(everybody + (100...(100 + UInt8(number))).map { SimulatedRepository.key($0) })
      #expect(try await publisher.refresh(store).role(role)?.signers == [new.id])
    }
    let trusted = try await publisher.refresh(store)
    #expect(
      trusted.roles.allSatisfy { $0.signers.count == 1 } && trusted.refusals.isEmpty && trusted.targets.count == 2)
    try publisher.reload()
    for role in ["root", "targets", "snapshot", "timestamp", "os", "expat", "zlib"] {
      var editor = publisher.editor
      try editor.renew(role)
      #expect(throws: Refusal.self) { try editor.publish(signingWith: everybody, now: Publisher.now) }
    }
  }

  @Test func `what expires soon is renewed, and nothing else`() async throws {
    var publisher = try publisher()
    let day = Duration.seconds(86_400)
    #expect(try publisher.editor.expiring(until: Publisher.now) == [])
    #expect(try publisher.editor.expiring(until: Publisher.now.advanced(by: day)) == ["timestamp"])
    #expect(try publisher.editor.expiring(until: Publisher.now.advanced(by: day * 7)) == ["snapshot", "timestamp"])
    let later = Publisher.now.advanced(by: day * 360)
    #expect(try publisher.editor.expiring(until: later) == ["targets", "snapshot", "timestamp"])
    for role in try publisher.editor.expiring(until: later) { try publisher.editor.renew(role) }
    #expect(try publisher.editor.expiring(until: later) == [])
    try publisher.publish(everybody, at: later)
    #expect(publisher.written == ["2.targets.json", "2.snapshot.json", "timestamp.json"])
    #expect(try await publisher.refresh(at: later).refusals.isEmpty)
  }

  // MARK: Several people

  @Test func `several people sign one staged root on their own machines`() async throws {
    var publisher = try publisher()
    let online = SimulatedRepository.key(50)
    for role in ["snapshot", "timestamp"] {
      try publisher.editor.setKeys(of: role, to: try RoleKeys([online.key], threshold: 1))
    }
    try publisher.editor.setExpiry(of: "root", to: Publisher.now.advanced(by: .seconds(1_000)))
    let staged = try publisher.editor.draft(of: "root")
    // Each has the staged file, a key, and nothing else; they come back in any order.
    let signed = try [0, 2].map { number in
      var draft = try Draft(parsing: staged)
      #expect(
        draft.type == "root" && draft.version == 2 && draft.signers.isEmpty && draft.text.contains(online.id.text))
      draft.sign(with: publisher.root[number])
      return draft
    }
    var merged = signed[1]
    try merged.merge(signed[0])
    try merged.merge(signed[1])
    #expect(merged.signers == [publisher.root[0].id, publisher.root[2].id].sorted())
    #expect(throws: Refusal.self) { try publisher.publish([online]) }
    try publisher.editor.adopt(draft: signed[0].bytes, of: "root")
    #expect(throws: Refusal.self) { try publisher.publish([online]) }
    try publisher.editor.adopt(draft: merged.bytes, of: "root")
    try publisher.publish([online])
    let trusted = try await publisher.refresh()
    #expect(trusted.role("root")?.signers.count == 2)
    #expect(trusted.role("root")?.expires == Publisher.now.advanced(by: .seconds(1_000)))
  }

  @Test func `drafts that say different things are not merged`() throws {
    var publisher = try publisher()
    try publisher.editor.renew("expat")
    var draft = try Draft(parsing: try publisher.editor.draft(of: "expat"))
    try publisher.editor.setTarget(path("os/expat/2"), length: 7, sha256: Self.digest, in: "expat")
    let other = try Draft(parsing: try publisher.editor.draft(of: "expat"))
    #expect(throws: Refusal.otherDraft(type: "targets", version: 2, otherVersion: 2)) { try draft.merge(other) }
    #expect(throws: Refusal.self) { try Draft(parsing: Array("{}".utf8)) }
    // A signature of nobody's is carried, and refused where the role's keys are known.
    draft.sign(with: SimulatedRepository.key(99))
    try publisher.editor.adopt(draft: draft.bytes, of: "expat")
    #expect(throws: Refusal.self) { try publisher.publish([publisher.online]) }
  }

  @Test func `who must sign is told set by set, the keys that a new root replaces among them`() throws {
    var publisher = try publisher()
    let new = SimulatedRepository.key(60)
    try publisher.editor.setKeys(of: "root", to: try RoleKeys([new.key], threshold: 1))
    try publisher.editor.sign("root", with: new)
    var progress = try publisher.editor.signingProgress(of: "root")
    #expect(progress.map(\.demandedBy) == ["root", "published root"] && progress.map(\.isMet) == [true, false])
    for key in publisher.root { try publisher.editor.sign("root", with: key) }
    progress = try publisher.editor.signingProgress(of: "root")
    #expect(progress.allSatisfy(\.isMet) && progress[1].signers.count == publisher.root.count)
    // A role that two others name needs the word of both.
    try publisher.editor.delegate(to: "expat", keys: try keys(30...30), paths: patterns("os/expat/*"))
    try publisher.editor.renew("expat")
    try publisher.editor.sign("expat", with: SimulatedRepository.key(30))
    progress = try publisher.editor.signingProgress(of: "expat")
    #expect(progress.map(\.demandedBy) == ["targets", "os"])
    #expect(progress.map(\.signers.count) == [1, 0] && progress.map(\.threshold) == [1, 2])
    #expect(throws: Refusal.unknownRole("nobody")) { try publisher.editor.signingProgress(of: "nobody") }
  }

  @Test func `a key in a hardware module signs what it is given`() async throws {
    let device = HardwareKey()
    var publisher = try Publisher()
    let key = try #require(Key(ecdsaP256: device.pem))
    try publisher.editor.delegate(to: "hsm", keys: try RoleKeys([key], threshold: 1), paths: patterns("h/*"))
    try publisher.editor.setTarget(path("h/1"), length: 7, sha256: Self.digest, in: "hsm")
    try publisher.editor.setExpiry(of: "hsm", to: Publisher.now.advanced(by: .seconds(99)))
    let signature = device.sign(try publisher.editor.bytesToSign(of: "hsm"))
    #expect(throws: Refusal.badSignature(role: "hsm", keyID: key.id)) {
      try publisher.editor.add(signature: device.sign([]), by: key.id, to: "hsm")
    }
    try publisher.editor.add(signature: signature, by: key.id, to: "hsm")
    try publisher.publish()
    #expect(try await publisher.refresh().role("hsm")?.signers == [key.id])
    try publisher.reload()
    #expect(try publisher.editor.signers(of: "hsm") == [key.id])
  }

  // MARK: Hashed bins

  @Test func `targets in hashed bins are found, each in its own`() async throws {
    var publisher = try Publisher()
    try publisher.editor.delegate(to: "os", keys: try keys(20...20), paths: patterns("os/*/*"))
    try publisher.editor.delegateToBins(prefix: "bin", bitLength: 3, from: "os", keys: try keys(21...21))
    let targets = (0..<30).map { NewTarget(path("os/stream/\($0)"), length: 7, sha256: Self.digest, custom: ["n": 1]) }
    try publisher.editor.setTargets(targets, inBinsOf: "os")
    publisher.editor.describesFully = false
    try publisher.publish(everybody)
    let trusted = try await publisher.refresh()
    #expect(Set(trusted.targets.map(\.path)) == Set(targets.map(\.path)))
    #expect(trusted.target(at: path("os/stream/3"))?.role == publisher.editor.bin(of: path("os/stream/3"), from: "os"))
    #expect(publisher.editor.delegatedRoles.count == 9)
    // One new target costs one bin.
    try publisher.reload()
    publisher.editor.describesFully = false
    try publisher.editor.setTargets([NewTarget(path("os/stream/99"), length: 7, sha256: Self.digest)], inBinsOf: "os")
    try publisher.publish([SimulatedRepository.key(21), publisher.online])
    let bin = try #require(publisher.editor.bin(of: path("os/stream/99"), from: "os"))
    #expect(publisher.written == ["2.\(bin).json", "2.snapshot.json", "timestamp.json"])
    let meta = try JSON(parsing: try #require(publisher.folder["2.snapshot.json"]))["signed"]?["meta"]
    #expect(meta?["\(bin).json"] == ["version": 2])
    #expect(try await publisher.refresh().targets.count == 31)
    // Their keys are replaced together.
    try publisher.editor.setBinKeys(from: "os", to: try keys(25...25))
    try publisher.publish(everybody)
    #expect(publisher.written.count == 8 + 3)
    #expect(try await publisher.refresh().role(bin)?.signers == [SimulatedRepository.key(25).id])
  }

  @Test func `bins that no client would read are not made`() throws {
    var publisher = try publisher()
    let keys = try keys(21...21)
    for (bits, prefix) in [(0, "bin"), (-1, "bin"), (15, "bin"), (Int.max, "bin"), (3, ""), (3, "a/b")] {
      #expect(throws: Refusal.self) {
        try publisher.editor.delegateToBins(prefix: prefix, bitLength: bits, from: "expat", keys: keys)
      }
    }
    #expect(throws: Refusal.delegationsUnclear(file: "os.json")) {
      try publisher.editor.delegateToBins(prefix: "bin", bitLength: 3, from: "os", keys: keys)
    }
    try publisher.editor.delegateToBins(prefix: "bin", bitLength: 1, from: "expat", keys: keys)
    #expect(throws: Refusal.self) {
      try publisher.editor.delegate(to: "more", from: "expat", keys: keys, paths: patterns("os/expat/*"))
    }
    #expect(throws: Refusal.unknownRole("bin-0")) { try publisher.editor.endDelegation(to: "bin-0", from: "expat") }
    let target = NewTarget(path("etc/passwd"), length: 7, sha256: Self.digest)
    #expect(throws: Refusal.self) { try publisher.editor.setTargets([target], inBinsOf: "expat") }
  }
}
