import Basics
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
    #expect(names.count == 8)
    for name in names { #expect(try directory.status(path("keys/\(name)"))?.mode == 0o600) }
    let accounts = try world.workspace.keyAccounts()
    let thresholds = Dictionary(accounts.map { ($0.role, [$0.threshold, $0.count]) }) { first, _ in first }
    #expect(
      thresholds == [
        "root": [2, 3], "targets": [1, 1], "snapshot": [1, 1], "timestamp": [1, 1], "improvements": [2, 2],
      ])
    #expect(Set(accounts.map(\.id)).count == 8)
    #expect(accounts.filter { $0.role == "improvements" }.compactMap(\.name).sorted() == ["builder", "reviewer"])
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
    #expect(first.signers.count == 2)
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

  @Test func `the keys of root and targets can be kept elsewhere, builder and reviewer cannot`() async throws {
    let world = try PublisherWorld()
    for name in ["root-1", "root-2", "root-3", "targets"] {
      try world.workspace.directory.remove(path("keys/\(name).json"))
    }
    try world.reopen()
    try await world.importing()
    _ = try await world.publish()
    _ = try await world.workspace.refresh(now: world.now)
    #expect(try world.workspace.keyAccounts().filter { $0.name == nil }.count == 4)
    try world.workspace.directory.remove(path("keys/reviewer.json"))
    try world.reopen()
    await #expect(throws: PublishingError.missingKey(files: ["keys/reviewer.json"], role: "improvements")) {
      try await world.importing(fixed: ("1.0-1+deb12u3", "newest code"))
    }
    #expect(try world.workspace.directory.names(in: path("metadata")).filter { $0.hasPrefix("3.impr") }.isEmpty)
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
}
