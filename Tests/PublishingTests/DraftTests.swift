import Basics
import Improvements
import Linux
import TUF
import TestSupport
import Testing

@testable import Publishing

/// Changes that several people sign, each with a key of their own in a folder of their own.
@Suite struct DraftTests {
  /// Someone who signs: a folder with a key, and what is carried there.
  struct Person {
    let folder: TemporaryDirectory
    let key: Key
    var keyFile: String { folder.path + "/key.json" }
    var publicFile: String { keyFile + ".pub" }

    init() throws {
      folder = try TemporaryDirectory()
      key = try KeyFiles.make(at: folder.path + "/key.json").key
    }

    /// Signs a copy of a draft on this person's machine; the copy, to be carried back.
    func signing(_ draft: String) throws -> String {
      let name = try #require(draft.split(separator: "/").last)
      try folder.directory.write(try readFile(draft, limit: Draft.byteLimit), to: path(String(name)))
      var carried = try CarriedDraft(reading: "\(folder.path)/\(name)")
      try carried.sign(with: [try KeyFiles.signingKey(keyFile)])
      return carried.file
    }
  }

  private func takeKeys(_ names: [String], from world: PublisherWorld) throws {
    for name in names { try world.workspace.directory.remove(path("keys/\(name).json")) }
    try world.reopen()
  }

  @Test func `two people on two machines sign one draft, and with one of them nothing is accepted`() async throws {
    let world = try PublisherWorld()
    let people = [try Person(), try Person()]
    let group = "streams-libd"
    try await world.importing()
    try takeKeys(["targets"], from: world)
    // The keys of the role are theirs; whoever stages has none of them.
    let staged = try world.workspace.staging(now: world.now) { editor in
      try editor.setKeys(of: group, to: try RoleKeys(people.map(\.key), threshold: 2))
    }
    #expect(staged.map(\.role) == ["targets", group] && staged.allSatisfy { !$0.isComplete })
    try world.workspace.directory.write([1], to: path("drafts/.half"))
    let file = try #require(staged.last?.file)
    let first = try people[0].signing(file)
    let second = try people[1].signing(file)
    _ = try world.workspace.merging([first])
    await #expect(throws: PublishingError.self) {
      try await world.workspace.accepting([group], now: world.now)
    }
    let merged = try world.workspace.merging([second])
    #expect(merged.map(\.isComplete) == [true] && merged.first?.progress.first?.signers.count == 2)
    // The delegation itself still waits for the targets key.
    let before = try world.workspace.directory.names(in: path("metadata"))
    await #expect(
      throws: PublishingError.draftIncomplete(
        role: "targets", version: 3, demandedBy: "root", count: 0, threshold: 1)
    ) { try await world.workspace.accepting([], now: world.now) }
    #expect(try world.workspace.directory.names(in: path("metadata")) == before)
  }

  @Test func `a draft of an improvement goes from the builder to the reviewer, and is published then`() async throws {
    let world = try PublisherWorld()
    try await world.importing()
    let elsewhere = try TemporaryDirectory()
    let reviewer = try world.workspace.directory.read(path("keys/reviewer.json"), limit: 4_096)
    try elsewhere.directory.write(reviewer, to: path("reviewer.json"), mode: 0o600)
    try takeKeys(["reviewer"], from: world)
    var request = Workspace.ImportRequest(
      baselines: [try world.build("1.0-1+deb12u1", library: "old code")],
      improved: try world.build("1.0-1+deb12u3", library: "newest code"))
    await #expect(throws: PublishingError.missingKey(files: ["keys/reviewer.json"], role: "libdemo1.review")) {
      try await world.workspace.importing(request, now: world.now)
    }
    request.isDraft = true
    guard case .staged(let staged) = try await world.workspace.importing(request, now: world.now) else { return }
    #expect(staged.signing.roles.map(\.signers.count) == [1, 0])
    // What waits is not published.
    #expect(try await world.publish().waiting == ["libdemo1"])
    #expect(try await world.verify().improvements.count == 1)
    let draft = try #require(try world.workspace.drafts().last)
    #expect(draft.role == "libdemo1.review" && !draft.isComplete)
    var carried = try CarriedDraft(reading: draft.file)
    let published = try CarriedDraft(reading: world.destination + "/metadata/1.libdemo1.review.json")
    let news = try carried.reading(since: published).filter { $0.mark != " " }.map(\.text)
    #expect(news.contains { $0.hasPrefix("the target debian-12/amd64/libdemo1/2.json of ") })
    #expect(!news.contains { $0.hasPrefix("the key") })
    try carried.sign(with: [try KeyFiles.signingKey(elsewhere.path + "/reviewer.json")])
    _ = try await world.workspace.accepting([], now: world.now)
    #expect(try world.workspace.drafts().isEmpty)
    _ = try await world.publish()
    #expect(try await world.verify().improvements.count == 2)
  }

  @Test func `root is replaced by the old keys and the new, and by neither alone`() async throws {
    let world = try PublisherWorld()
    _ = try await world.importing()
    _ = try await world.publish()
    let old = try ["root-1", "root-2"].map { name in
      let person = try TemporaryDirectory()
      let bytes = try world.workspace.directory.read(path("keys/\(name).json"), limit: 4_096)
      try person.directory.write(bytes, to: path("key.json"), mode: 0o600)
      return person
    }
    try takeKeys(["root-1", "root-2", "root-3"], from: world)
    let new = [try Person(), try Person()]
    let staged = try world.workspace.stagingKeys(
      of: "root", from: nil, keyFiles: new.map(\.publicFile), threshold: 2, now: world.now)
    let file = try #require(staged.first?.file)
    for person in new { _ = try world.workspace.merging([try person.signing(file)]) }
    await #expect(
      throws: PublishingError.draftIncomplete(
        role: "root", version: 2, demandedBy: "published root", count: 0, threshold: 2)
    ) { try await world.workspace.accepting([], now: world.now) }
    for person in old {
      try person.directory.write(try readFile(file, limit: Draft.byteLimit), to: path("root.json"))
      var copy = try CarriedDraft(reading: person.path + "/root.json")
      try copy.sign(with: [try KeyFiles.signingKey(person.path + "/key.json")])
      _ = try world.workspace.merging([copy.file])
    }
    _ = try await world.workspace.accepting([], now: world.now)
    _ = try await world.publish()
    let verified = try await world.verify()
    #expect(verified.roles.first { $0.role == "root" }?.version == 2)
    #expect(Set(verified.roles.first { $0.role == "root" }?.signers ?? []) == Set(new.map(\.key.id)))
  }

  @Test func `keys of snapshot and timestamp are replaced by a root, and sign at once`() async throws {
    let world = try PublisherWorld()
    _ = try await world.importing()
    let keys = world.workspace.directory.path + "/keys"
    let online = try KeyFiles.make(at: keys + "/online.json").key
    for role in ["snapshot", "timestamp"] {
      _ = try world.workspace.stagingKeys(
        of: role, from: nil, keyFiles: [keys + "/online.json.pub"], threshold: 1, now: world.now)
    }
    await #expect(throws: PublishingError.self) { try await world.workspace.accepting([], now: world.now) }
    try world.reopen()
    _ = try await world.workspace.accepting([], now: world.now)
    _ = try await world.publish()
    let roles = try await world.verify().roles
    #expect(roles.filter { $0.signers == [online.id] }.map(\.role) == ["timestamp", "snapshot"])
  }

  @Test func `levels, hashed bins and files in them are staged, accepted and published`() async throws {
    let world = try PublisherWorld()
    let person = try Person()
    let key = world.workspace.directory.path + "/keys/all.json"
    try world.workspace.directory.write(
      try person.folder.directory.read(path("key.json"), limit: 4_096), to: path("keys/all.json"), mode: 0o600)
    try world.reopen()
    let workspace = world.workspace
    _ = try workspace.stagingDelegation(
      to: "extras", from: "targets", keyFiles: [key], threshold: 1, patterns: ["extras/*", "extras/*/*"],
      isTerminating: true, now: world.now)
    // A second level, upon the draft of the first.
    let bins = try workspace.stagingBins(
      prefix: "bin", bitLength: 2, from: "extras", keyFiles: [key], threshold: 1, now: world.now)
    #expect(bins.map(\.role) == ["extras", "bin-0", "bin-1", "bin-2", "bin-3"])
    let note = world.folder.path + "/note"
    try world.folder.directory.write(Array("hello".utf8), to: path("note"))
    for number in 0..<9 {
      _ = try workspace.stagingTarget(
        "extras/\(number)", file: note, in: "targets", binsOf: "extras", now: world.now)
    }
    #expect(try workspace.drafts().allSatisfy(\.isComplete))
    _ = try await workspace.accepting([], now: world.now)
    let account = try await world.publish()
    #expect(account.files == 9 && account.manifests == 0)
    let findings = try RepositoryCheck.findings(in: world.destination, rootFile: nil, within: 1, now: world.now)
    #expect(findings.isEmpty)
    #expect(throws: Refusal.self) {
      try workspace.stagingTarget("elsewhere/1", file: note, in: "extras", binsOf: nil, now: world.now)
    }
    // A file that is gone is told, and so is a role that ends soon.
    let digest = Digest(of: "hello".utf8)
    try Directory(path: world.destination).remove(path("targets/extras/\(digest).3"))
    let told = try RepositoryCheck.findings(in: world.destination, rootFile: nil, within: 200, now: world.now)
    #expect(told.map(\.isFault) == [true, false])
    #expect(told.last?.sentence.hasPrefix("the role targets expires at ") == true)
  }

  @Test func `signatures of strangers, of other drafts and broken ones are refused`() throws {
    let world = try PublisherWorld()
    let stranger = try Person()
    try takeKeys(["root-1", "root-2", "root-3"], from: world)
    let staged = try world.workspace.stagingRenewal(of: ["root"], within: 0, now: world.now)
    let file = try #require(staged.first?.file)
    let signed = try stranger.signing(file)
    #expect(throws: Refusal.foreignKey(role: "root", keyID: stranger.key.id)) { try world.workspace.merging([signed]) }
    _ = try world.workspace.stagingRenewal(of: ["root"], within: 0, now: world.now.advanced(by: .seconds(9)))
    #expect(throws: PublishingError.foreignDraft(file: signed)) { try world.workspace.merging([signed]) }
    try stranger.folder.directory.write(Array("{}".utf8), to: path("root.json"))
    #expect(throws: PublishingError.self) { try world.workspace.merging([signed]) }
    #expect(try world.workspace.drafts().first?.progress.allSatisfy { $0.signers.isEmpty } == true)
    #expect(throws: PublishingError.refreshedOnly(role: "timestamp")) {
      try world.workspace.stagingRenewal(of: ["timestamp"], within: 0, now: world.now)
    }
    #expect(try world.workspace.discarding([]) == ["root"])
    #expect(throws: PublishingError.noDraft(role: "root")) { try world.workspace.discarding(["root"]) }
  }

  @Test func `what a crash left of an accepted draft does no harm`() async throws {
    let world = try PublisherWorld()
    let staged = try world.workspace.stagingRenewal(of: ["targets"], within: 0, now: world.now)
    let bytes = try readFile(try #require(staged.first?.file), limit: Draft.byteLimit)
    _ = try await world.workspace.accepting([], now: world.now)
    try world.workspace.directory.write(bytes, to: path("drafts/targets.json"))
    _ = try world.workspace.stagingRenewal(of: ["recall"], within: 0, now: world.now)
    _ = try await world.workspace.accepting(["recall"], now: world.now)
    _ = try await world.publish()
    #expect(try await world.verify().roles.map(\.version) == [1, 3, 3, 2, 2, 1])
  }
}
