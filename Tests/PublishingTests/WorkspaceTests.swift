import Basics
import CanonicalJSON
import Improvements
import Linux
import TestSupport
import Testing

@testable import Publishing

@Suite struct WorkspaceTests {
  @Test func `a new workspace has keys that nobody else can reach and roles that no single key satisfies`() throws {
    let world = try PublisherWorld()
    let directory = world.workspace.directory
    #expect(try directory.status(path("keys"))?.mode == 0o700)
    let names = try directory.names(in: path("keys"))
    #expect(names.count == 10)
    for name in names { #expect(try directory.status(path("keys/\(name)"))?.mode == 0o600) }
    let accounts = try world.workspace.keyAccounts()
    let thresholds = Dictionary(accounts.map { ($0.role, [$0.threshold, $0.count]) }) { first, _ in first }
    #expect(
      thresholds == [
        "root": [2, 3], "targets": [1, 1], "snapshot": [1, 1], "timestamp": [1, 1], "recall": [1, 1],
        "rollout": [1, 1],
        "build, streams to come": [1, 1], "review, streams to come": [1, 1],
      ])
    #expect(Set(accounts.map(\.id)).count == 10)
  }

  @Test func `a workspace is made in an empty folder only`() throws {
    let world = try PublisherWorld()
    let path = world.workspace.directory.path
    #expect(throws: PublishingError.notEmpty(folder: path)) {
      try Workspace.creating(at: path, configuration: world.workspace.configuration, now: world.now)
    }
    #expect(throws: PublishingError.noWorkspace(folder: world.folder.path)) {
      try Workspace(opening: world.folder.path)
    }
    #expect(throws: PublishingError.noWorkspace(folder: "/absent")) { try Workspace(opening: "/absent") }
  }

  @Test func `one program at a time works in a workspace`() throws {
    let world = try PublisherWorld()
    #expect(throws: PublishingError.workspaceInUse(folder: world.workspace.directory.path)) {
      try Workspace(opening: world.workspace.directory.path)
    }
  }

  @Test(arguments: ["Debian", "debian 12", "../x", "a/b", "", "*"])
  func `a name that cannot stand in a stream is refused`(text: String) {
    #expect(throws: PublishingError.badStreamPart(text)) {
      try WorkspaceConfiguration(release: text, architecture: "amd64")
    }
    #expect(throws: PublishingError.badStreamPart(text)) {
      try WorkspaceConfiguration(release: "debian-12", architecture: text)
    }
  }

  @Test func `a key file that others can read is refused`() throws {
    let folder = try TemporaryDirectory()
    let world = try PublisherWorld()
    let bytes = try world.workspace.directory.read(path("keys/builder.json"), limit: 4_096)
    try folder.directory.write(bytes, to: path("builder.json"), mode: 0o600)
    #expect(try KeyRing.loading(from: folder.directory).keys.map(\.name) == ["builder"])
    try folder.directory.write(bytes, to: path("builder.json"), mode: 0o640)
    #expect(throws: PublishingError.exposedKey(file: folder.path + "/builder.json", mode: "640")) {
      try KeyRing.loading(from: folder.directory)
    }
    try folder.directory.write(Array("{}".utf8), to: path("builder.json"), mode: 0o600)
    #expect(throws: PublishingError.self) { try KeyRing.loading(from: folder.directory) }
  }

  @Test func `an import signs by builder and reviewer, and gives serials and letters`() async throws {
    let world = try PublisherWorld()
    let first = try await world.importing()
    #expect(first.manifest.stream.description == "debian-12/amd64/libdemo1")
    #expect(first.manifest.serial == .first && first.manifest.baselines.map(\.letter) == [.a])
    #expect(first.manifest.source.name == "libdemo1" && first.manifest.activation == .restart)
    #expect(first.signing.isComplete && first.signing.roles.map(\.role) == ["libdemo1.build", "libdemo1.review"])
    #expect(Set(first.signing.roles.flatMap(\.signers)).count == 2)
    #expect(first.files.map(\.path.description) == ["usr/lib/libdemo.so.1.0"])
    #expect(first.payloadBytes > 0 && first.packageBytes > first.payloadBytes)
    #expect(first.manifest.siblings == ["demo-data"])
    // The second fixes more, on the old baseline and on one that shipped the first fix.
    let second = try await world.importing(
      [("1.0-1+deb12u1", "old code"), ("1.0-1+deb12u2", "new code")], fixed: ("1.0-1+deb12u3", "newest code"))
    #expect(second.manifest.serial.number == 2)
    let letters = second.manifest.baselines.map { "\($0.version) (\($0.letter))" }
    #expect(letters == ["1.0-1+deb12u1 (b)", "1.0-1+deb12u2 (a)"])
    #expect(second.droppedBaselines == [])
    let third = try await world.importing(
      [("1.0-1+deb12u2", "new code")], fixed: ("1.0-1+deb12u4", "newer than newest"))
    #expect(third.manifest.baselines.map(\.letter.description) == ["b"])
    #expect(third.droppedBaselines == ["1.0-1+deb12u1"])
  }

  @Test func `the files of a package travel together where that is smaller`() async throws {
    let world = try PublisherWorld()
    func build(_ version: String, _ text: String) throws -> String {
      var builder = Builds.build(version, library: text)
      builder.data.append(.file("./usr/lib/libdemo-extra.so.1.0", text + ", more of it"))
      builder.data.append(.file("./usr/lib/libdemo-copy.so.1.0", text))
      return try world.write(builder, "demo-\(version).deb")
    }
    // What both files gained is written once where they travel together.
    let gained = (0..<8).map { "\(Digest(of: [UInt8($0)]))" }.joined()
    let request = Workspace.ImportRequest(
      baselines: [try build("1.0-1+deb12u1", "old code")], improved: try build("1.0-1+deb12u2", "new code \(gained)"))
    guard case .staged(let staged) = try await world.workspace.importing(request, now: world.now) else {
      Issue.record("it was refused")
      return
    }
    #expect(staged.files.count == 3)
    #expect(staged.files.reduce(0) { $0 + $1.payloadBytes } == staged.payloadBytes)
    let payloads = staged.manifest.baselines[0].payloads
    #expect(payloads.map { $0.parts.map(\.files.count) } == [[2, 1]])
    #expect(payloads.map(\.payload.length) == [staged.payloadBytes])
    _ = try await world.publish()
    let verified = try await world.verify()
    #expect(verified.improvements.map(\.payloadCount) == [1])
    #expect(verified.improvements.map(\.payloadBytes) == [staged.payloadBytes])
  }

  @Test func `an older build than the published one is refused, because improvements are cumulative`() async throws {
    let world = try PublisherWorld()
    try await world.importing(fixed: ("1.0-1+deb12u3", "newest code"))
    await #expect(
      throws: PublishingError.olderThanPublished(
        version: "1.0-1+deb12u2", published: "1.0-1+deb12u3", serial: "1")
    ) { try await world.importing() }
    #expect(try world.workspace.manifests(of: #require(Stream("debian-12/amd64/libdemo1"))).count == 1)
  }

  @Test func `a gate that refuses leaves the workspace as it was`() async throws {
    let world = try PublisherWorld()
    let before = try world.workspace.directory.names(in: path("metadata"))
    var bad = Builds.build("1.0-1+deb12u2", library: "new code")
    bad.data.append(.file("./usr/lib/libmore.so.1", "x"))
    let request = Workspace.ImportRequest(
      baselines: [try world.build("1.0-1+deb12u1", library: "old code")], improved: try world.write(bad, "bad.deb"))
    guard case .refused(let verdicts) = try await world.workspace.importing(request, now: world.now) else {
      Issue.record("the gates let a new file pass")
      return
    }
    #expect(verdicts.flatMap(\.refusals).map(\.gate) == [.files])
    #expect(try world.workspace.directory.names(in: path("metadata")) == before)
    #expect(try world.workspace.directory.names(in: path("payloads")).isEmpty)
  }

  @Test func `a build for another architecture, a rebuild of nothing and a baseline named twice are refused`()
    async throws
  {
    let world = try PublisherWorld()
    let old = try world.build("1.0-1+deb12u1", library: "old code")
    let foreign = Builds.build("1.0-1+deb12u2", library: "new code").with("Architecture", "arm64")
    let requests: [(Workspace.ImportRequest, PublishingError)] = [
      (
        .init(baselines: [old], improved: try world.write(foreign, "arm.deb")),
        .otherArchitecture(package: "libdemo1", architecture: "arm64", expected: "amd64")
      ),
      (
        .init(baselines: [old], improved: try world.build("1.0-1+deb12u2", library: "old code")),
        .nothingToImprove(package: "libdemo1", from: "1.0-1+deb12u1", to: "1.0-1+deb12u2")
      ),
    ]
    for (request, error) in requests {
      await #expect(throws: error) { try await world.workspace.importing(request, now: world.now) }
    }
    await #expect(throws: PublishingError.baselineTwice(version: "1.0-1+deb12u1")) {
      try await world.importing([("1.0-1+deb12u1", "old code"), ("1.0-1+deb12u1", "old code")])
    }
  }

  @Test func `the keys of root, targets and recall can be kept elsewhere once a stream is there`() async throws {
    let world = try PublisherWorld()
    try await world.importing()
    for name in ["root-1", "root-2", "root-3", "targets", "recall"] {
      try world.workspace.directory.remove(path("keys/\(name).json"))
    }
    try world.reopen()
    try await world.importing(fixed: ("1.0-1+deb12u3", "newest code"))
    _ = try await world.publish()
    _ = try await world.workspace.refresh(now: world.now)
    try world.workspace.directory.remove(path("keys/reviewer.json"))
    try world.reopen()
    await #expect(throws: PublishingError.missingKey(files: ["keys/reviewer.json"], role: "libdemo1.review")) {
      try await world.importing(fixed: ("1.0-1+deb12u4", "newer than newest"))
    }
    #expect(try world.workspace.directory.names(in: path("metadata")).filter { $0.hasPrefix("4.libd") }.isEmpty)
  }

  @Test func `a changelog that cannot be read holds no fix back, and the publisher is told`() async throws {
    let world = try PublisherWorld()
    var builder = Builds.build("1.0-1+deb12u2", library: "new")
    builder.data[4] = .file("./usr/share/doc/libdemo1/changelog.Debian.gz", "no changelog")
    let request = Workspace.ImportRequest(
      baselines: [try world.build("1.0-1+deb12u1", library: "old")], improved: try world.write(builder, "new.deb"))
    guard case .staged(let staged) = try await world.workspace.importing(request, now: world.now) else {
      Issue.record("the gates refused")
      return
    }
    #expect(staged.manifest.advisories.isEmpty && staged.note?.contains("--advisory") == true)
  }

  @Test func `an advisory that the publisher names is kept, and a malformed one refused`() async throws {
    let world = try PublisherWorld()
    var request = Workspace.ImportRequest(
      baselines: [try world.build("1.0-1+deb12u1", library: "old")],
      improved: try world.build("1.0-1+deb12u2", library: "new"))
    request.advisories = ["not an id!"]
    await #expect(throws: PublishingError.badAdvisory("not an id!")) {
      try await world.workspace.importing(request, now: world.now)
    }
    request.advisories = ["DSA-5770-1", "CVE-2026-0001"]
    guard case .staged(let staged) = try await world.workspace.importing(request, now: world.now) else {
      Issue.record("the gates refused")
      return
    }
    #expect(staged.manifest.advisories.map(\.id) == ["CVE-2026-0001", "CVE-2026-00002", "DSA-5770-1"])
    #expect(staged.manifest.advisories.first?.severity == "high")
    #expect(staged.manifest.advisories.first?.modified == UTCTime("2026-10-21T22:34:41Z"))
  }

  @Test func `who reads what is not mapped is as the publisher says, and what nobody said is noticed`() async throws {
    let world = try PublisherWorld()
    var request = Workspace.ImportRequest(
      baselines: [try world.build("1.0-1+deb12u1", library: "old")],
      improved: try world.build("1.0-1+deb12u2", library: "new"))
    request.readers = ["nginx"]
    await #expect(throws: PublishingError.badReader("nginx")) {
      try await world.workspace.importing(request, now: world.now)
    }
    let sentence = "1 file that is not mapped"
    for (readers, account, row) in [
      (
        nil, "\(sentence); by which services is not declared (--reader): machines say *unknown* and not *protected*",
        nil
      ),
      (["nginx.service", "php-fpm@.service"], "\(sentence), by nginx.service, php-fpm@.service", true),
      ([], "\(sentence); no service keeps what it read", true),
    ] as [([String]?, String, Bool?)] {
      request.readers = readers
      guard case .staged(let staged) = try await world.workspace.importing(request, now: world.now) else {
        Issue.record("the gates refused")
        return
      }
      #expect(staged.manifest.readers?.map(\.description) == readers)
      #expect(staged.readAccount == account)
      #expect(staged.json["read"] == 1 && staged.json["readers"]?.array?.compactMap(\.string) == readers)
      #expect(ManifestAccount(manifest: staged.manifest).rows.contains { $0.0 == "read by" } == (row != nil))
    }
  }
}
