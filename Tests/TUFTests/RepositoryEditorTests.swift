import Basics
import CanonicalJSON
import TUF
import Testing

@Suite struct RepositoryEditorTests {
  @Test func `what the editor publishes, a client verifies`() async throws {
    var publisher = try Publisher()
    try publisher.delegate()
    try publisher.editor.setTarget(
      path("d/expat/1.json"), length: 5, sha256: Digest(of: "hello".utf8), custom: ["x": 1], in: "expat")
    try publisher.editor.setTarget(path("policy.json"), length: 0, sha256: Digest(of: "".utf8))
    try publisher.publish()
    #expect(
      publisher.written == ["1.expat.json", "1.targets.json", "1.snapshot.json", "1.root.json", "timestamp.json"])
    let trusted = try await publisher.refresh()
    #expect(trusted.targets.map(\.path.description) == ["policy.json", "d/expat/1.json"])
    #expect(trusted.target(at: path("d/expat/1.json"))?.custom == ["x": 1])
    #expect(trusted.roles.map(\.threshold) == [2, 1, 1, 2, 2])
    #expect(trusted.roles.map(\.signers.count) == [3, 1, 1, 2, 2])
    #expect(trusted.role("timestamp")?.expires == Publisher.now.advanced(by: Lifetimes.default.timestamp))
  }

  @Test func `an edit publishes the role, snapshot and timestamp, and nothing else`() async throws {
    var publisher = try Publisher()
    try publisher.delegate()
    try publisher.publish()
    let store = MemoryStore()
    _ = try await publisher.refresh(store)
    try publisher.reload()
    try publisher.editor.setTarget(path("d/expat/1.json"), length: 1, sha256: Digest(of: "x".utf8), in: "expat")
    try publisher.editor.setTarget(path("d/expat/2.json"), length: 1, sha256: Digest(of: "y".utf8), in: "expat")
    #expect(try publisher.editor.isChanged("expat") && !publisher.editor.isChanged("targets"))
    try publisher.publish(publisher.stream + [publisher.online])
    #expect(publisher.written == ["2.expat.json", "2.snapshot.json", "timestamp.json"])
    #expect(try await publisher.refresh(store).targets.count == 2)
    try publisher.editor.removeTarget(path("d/expat/1.json"), in: "expat")
    try publisher.publish()
    #expect(try await publisher.refresh(store).targets.map(\.path.description) == ["d/expat/2.json"])
    #expect(try publisher.editor.targets(of: "expat").count == 1)
    try publisher.publish()
    #expect(publisher.written == [])
  }

  @Test func `timestamp is renewed alone, and snapshot with it`() async throws {
    var publisher = try Publisher()
    try publisher.publish()
    try publisher.reload()
    let later = Publisher.now.advanced(by: .seconds(86_400))
    let client = try publisher.client()
    await #expect(throws: Refusal.self) { try await client.refresh(now: later) }
    try publisher.editor.renew("timestamp")
    try publisher.publish([publisher.online], at: later)
    #expect(publisher.written == ["timestamp.json"])
    #expect(try await publisher.refresh(at: later).role("timestamp")?.version == 2)
    try publisher.editor.renew("snapshot")
    try publisher.publish([publisher.online], at: later)
    #expect(publisher.written == ["2.snapshot.json", "timestamp.json"])
    #expect(try await publisher.refresh(at: later).roles.map(\.version) == [1, 3, 2, 1])
  }

  @Test func `a role with too few signatures is not published, and nothing has changed`() throws {
    var publisher = try Publisher()
    try publisher.publish()
    try publisher.editor.setTarget(path("a"), length: 1, sha256: Digest(of: "a".utf8))
    let before = try publisher.editor.draft(of: "targets")
    #expect(throws: Refusal.tooFewSignatures(file: "2.targets.json", role: "targets", valid: 1, threshold: 2)) {
      try publisher.publish([publisher.targets[0], publisher.online])
    }
    #expect(try publisher.editor.draft(of: "targets") == before)
    #expect(try publisher.editor.version(of: "snapshot") == 1)
    #expect(throws: Refusal.tooFewSignatures(file: "2.snapshot.json", role: "snapshot", valid: 0, threshold: 1)) {
      try publisher.publish(publisher.targets)
    }
    try publisher.publish(publisher.targets + [publisher.online])
    #expect(publisher.written == ["2.targets.json", "2.snapshot.json", "timestamp.json"])
  }

  @Test func `a draft is signed by one holder of a key after the other`() async throws {
    var publisher = try Publisher()
    try publisher.delegate()
    try publisher.publish()
    // The first holder edits and signs.
    var first = publisher.editor
    try first.setTarget(path("d/expat/1.json"), length: 1, sha256: Digest(of: "x".utf8), in: "expat")
    try first.setExpiry(of: "expat", to: Publisher.now.advanced(by: .seconds(99)))
    try first.sign("expat", with: publisher.stream[0])
    #expect(try first.signers(of: "expat") == [publisher.stream[0].id])
    // The second signs elsewhere, with a device that only gives signatures.
    var second = publisher.editor
    try second.adopt(draft: try first.draft(of: "expat"), of: "expat")
    let signature = publisher.stream[1].sign(try second.bytesToSign(of: "expat"))
    try second.add(signature: signature, by: publisher.stream[1].id, to: "expat")
    // The service has none of their keys.
    try publisher.editor.adopt(draft: try first.draft(of: "expat"), of: "expat")
    #expect(throws: Refusal.self) { try publisher.publish([publisher.online]) }
    try publisher.editor.adopt(draft: try second.draft(of: "expat"), of: "expat")
    #expect(try publisher.editor.signers(of: "expat").count == 2)
    try publisher.publish([publisher.online])
    let trusted = try await publisher.refresh()
    #expect(trusted.targets.count == 1)
    #expect(trusted.role("expat")?.expires == Publisher.now.advanced(by: .seconds(99)))
  }

  @Test func `a draft that does not follow, strays or is forged is refused`() throws {
    var publisher = try Publisher()
    try publisher.delegate()
    try publisher.publish()
    let published = try publisher.editor.draft(of: "expat")
    #expect(throws: Refusal.draftOutOfOrder(role: "expat", found: 1, wanted: 2)) {
      try publisher.editor.adopt(draft: published, of: "expat")
    }
    let stray = SimulatedRepository.role(
      "targets",
      ["version": 2, "targets": ["e/1.json": ["length": 0, "hashes": ["sha256": .string(Digest(of: "".utf8).hex)]]]])
    #expect(throws: Refusal.outsidePaths(role: "expat", path: path("e/1.json"))) {
      try publisher.editor.adopt(draft: SimulatedRepository.sign(.object(stray), with: publisher.stream), of: "expat")
    }
    try publisher.editor.renew("expat")
    let stranger = SimulatedRepository.key(99)
    #expect(throws: Refusal.foreignKey(role: "expat", keyID: stranger.id)) {
      try publisher.editor.sign("expat", with: stranger)
    }
    #expect(throws: Refusal.badSignature(role: "expat", keyID: publisher.stream[0].id)) {
      try publisher.editor.add(signature: publisher.stream[0].sign([]), by: publisher.stream[0].id, to: "expat")
    }
  }

  @Test func `root keys are replaced with the old keys' consent`() async throws {
    var publisher = try Publisher()
    try publisher.publish()
    let store = MemoryStore()
    _ = try await publisher.refresh(store)
    let new = (60...61).map { SimulatedRepository.key($0) }
    try publisher.reload()
    try publisher.editor.setKeys(of: "root", to: try RoleKeys(new.map(\.key), threshold: 2))
    #expect(throws: Refusal.tooFewSignatures(file: "2.root.json", role: "the published root", valid: 0, threshold: 2)) {
      try publisher.publish(new)
    }
    #expect(throws: Refusal.tooFewSignatures(file: "2.root.json", role: "root", valid: 0, threshold: 2)) {
      try publisher.publish(publisher.root)
    }
    try publisher.publish(new + publisher.root)
    #expect(publisher.written == ["2.root.json"])
    #expect(try await publisher.refresh(store).role("root")?.signers == new.map(\.id).sorted())
    try publisher.editor.renew("root")
    try publisher.publish(new)
    #expect(try await publisher.refresh(store).role("root")?.version == 3)
  }

  @Test func `a stolen online key is replaced everywhere at once`() async throws {
    var publisher = try Publisher()
    try publisher.publish()
    let new = SimulatedRepository.key(70)
    for role in ["snapshot", "timestamp"] {
      try publisher.editor.setKeys(of: role, to: try RoleKeys([new.key], threshold: 1))
    }
    try publisher.publish(publisher.root + [new])
    #expect(publisher.written == ["2.snapshot.json", "2.root.json", "timestamp.json"])
    let trusted = try await publisher.refresh()
    #expect(trusted.role("timestamp")?.signers == [new.id] && trusted.role("snapshot")?.signers == [new.id])
  }

  @Test func `keys of a delegated role are replaced by targets`() async throws {
    var publisher = try Publisher()
    try publisher.delegate()
    try publisher.publish()
    let new = SimulatedRepository.key(71)
    try publisher.editor.setKeys(of: "expat", to: try RoleKeys([new.key], threshold: 1))
    try publisher.publish(publisher.targets + [new, publisher.online])
    #expect(publisher.written == ["2.expat.json", "2.targets.json", "2.snapshot.json", "timestamp.json"])
    #expect(try await publisher.refresh().role("expat")?.signers == [new.id])
    #expect(try publisher.editor.keys(of: "expat").ids == [new.id])
  }

  @Test func `a delegation that ends and begins again does not go back behind its versions`() async throws {
    var publisher = try Publisher()
    try publisher.delegate()
    try publisher.publish()
    try publisher.editor.renew("expat")
    try publisher.publish()
    let store = MemoryStore()
    _ = try await publisher.refresh(store)
    try publisher.editor.endDelegation(to: "expat")
    try publisher.publish()
    #expect(try await publisher.refresh(store).roles.count == 4)
    #expect(publisher.editor.delegatedRoles.isEmpty)
    try publisher.delegate()
    #expect(try publisher.editor.version(of: "expat") == 3)
    try publisher.publish()
    #expect(try await publisher.refresh(store).role("expat")?.version == 3)
  }

  @Test func `members unknown here survive an edit`() async throws {
    var repository = SimulatedRepository()
    for role in ["root", "targets", "snapshot", "timestamp"] { repository[role, "x-new"] = ["future": true] }
    repository.publishRoot()
    repository.publish()
    let folder = repository.files
    var editor = try RepositoryEditor(loading: { folder[$0] })
    try editor.setTarget(path("a"), length: 0, sha256: Digest(of: "".utf8))
    try editor.renew("root")
    let keys = (1...4).map { SimulatedRepository.key($0) }
    for file in try editor.publish(signingWith: keys, now: SimulatedRepository.now) {
      #expect(try JSON(parsing: file.bytes)["signed"]?["x-new"] == ["future": true])
    }
  }

  @Test func `what no client would take is not described`() throws {
    var publisher = try Publisher()
    try publisher.delegate()
    let digest = Digest(of: "".utf8)
    #expect(throws: Refusal.outsidePaths(role: "expat", path: path("e/1.json"))) {
      try publisher.editor.setTarget(path("e/1.json"), length: 0, sha256: digest, in: "expat")
    }
    #expect(throws: Refusal.self) { try publisher.editor.setTarget(path("a"), length: -1, sha256: digest) }
    #expect(throws: Refusal.self) { try publisher.editor.setTarget(path("a"), length: 0, sha256: digest, custom: "x") }
    #expect(throws: Refusal.unknownRole("other")) {
      try publisher.editor.setTarget(path("a"), length: 0, sha256: digest, in: "other")
    }
    #expect(throws: Refusal.unknownTarget(role: "expat", path: path("d/expat/1.json"))) {
      try publisher.editor.removeTarget(path("d/expat/1.json"), in: "expat")
    }
    let keys = try RoleKeys([publisher.online.key], threshold: 1)
    #expect(throws: Refusal.roleExists("expat")) {
      try publisher.editor.delegate(to: "expat", keys: keys, paths: .patterns([]))
    }
    #expect(throws: Refusal.badRoleName(file: "targets.json", name: "../x")) {
      try publisher.editor.delegate(to: "../x", keys: keys, paths: .patterns([]))
    }
    #expect(throws: Refusal.self) {
      try publisher.editor.delegate(to: "x", keys: keys, paths: .hashPrefixes(["XYZ"]))
    }
    #expect(throws: Refusal.unreachableThreshold(role: "the role", threshold: 2, keyCount: 1)) {
      try RoleKeys([publisher.online.key, publisher.online.key], threshold: 2)
    }
  }

  @Test(arguments: ["1.expat.json", "1.targets.json", "1.snapshot.json", "1.root.json", "timestamp.json"])
  func `a folder that was tampered with is not loaded`(name: String) throws {
    var publisher = try Publisher()
    try publisher.delegate()
    try publisher.publish()
    try publisher.reload()
    // In the signed part, which comes last.
    var bytes = try #require(publisher.folder[name])
    bytes[bytes.count - 10] ^= 1
    publisher.folder[name] = bytes
    #expect(throws: Refusal.self) { try publisher.reload() }
    publisher.folder[name] = nil
    #expect(throws: Refusal.absent(file: name)) { try publisher.reload() }
  }
}
