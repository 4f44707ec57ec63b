import Basics
import Improvements
import Linux
import TUF
import TestSupport
import Testing

@testable import Publishing

/// A builder and a reviewer with a key folder each, over one workspace.
@Suite struct TwoPeopleTests {
  /// A workspace with one published improvement, whose keys are then with their holders: folders by name.
  private func people() async throws -> (world: PublisherWorld, folders: [String: String]) {
    let world = try PublisherWorld()
    try await world.importing()
    _ = try await world.publish()
    let keys = try world.workspace.directory.directory(path("keys"))
    var folders: [String: String] = [:]
    let holders = [
      "builder": ["builder"], "reviewer": ["reviewer"], "security": ["recall"], "release": ["targets"],
      "service": ["snapshot", "timestamp"],
    ]
    for (holder, names) in holders {
      let folder = try world.folder.directory.creatingDirectory(path(holder), mode: 0o700)
      for name in names {
        try folder.write(keys.read(path("\(name).json"), limit: 4_096), to: path("\(name).json"), mode: 0o600)
        try keys.remove(path("\(name).json"))
      }
      folders[holder] = folder.path
    }
    return (world, folders)
  }

  private let next = ("1.0-1+deb12u3", "newest code")

  @Test func `a builder's improvement waits for the reviewer, who is shown it, and is then published`() async throws {
    let (world, folders) = try await people()
    try world.reopen(keyFolder: folders["builder"])
    let staged = try await world.importing(fixed: next, as: [.build])
    #expect(!staged.signing.isComplete)
    #expect(staged.signing.roles.map(\.hasSpoken) == [true, false])
    // The publishing service cannot put it out, whatever it holds.
    try world.reopen(keyFolder: folders["service"])
    #expect(try await world.publish(later: .seconds(1)).waiting == ["libdemo1"])
    #expect(try await world.verify(later: .seconds(1)).improvements.count == 1)
    // A reviewer sees the digest that is signed for, and what it is.
    try world.reopen(keyFolder: folders["reviewer"])
    let pending = try #require(try world.workspace.pending().first)
    #expect(pending.path == "debian-12/amd64/libdemo1/2.json" && pending.digest == Digest(of: staged.manifest.bytes))
    #expect(pending.named.map(\.role) == ["libdemo1.build"])
    guard case .improvement(staged.manifest) = pending.content else {
      Issue.record("another improvement is shown")
      return
    }
    let signing = try await world.workspace.approve("libdemo1", as: .review, now: world.now)
    #expect(signing.roles.map(\.hasSpoken) == [true, true] && !signing.isComplete)
    try world.reopen(keyFolder: folders["service"])
    let account = try await world.publish(later: .seconds(2))
    #expect(account.waiting.isEmpty && account.manifests == 1)
    #expect(try await world.verify(later: .seconds(2)).improvements.count == 2)
    #expect(try world.workspace.pending().isEmpty)
  }

  @Test func `a builder cannot sign as reviewer`() async throws {
    let (world, folders) = try await people()
    try world.reopen(keyFolder: folders["builder"])
    try await world.importing(fixed: next, as: [.build])
    await #expect(throws: PublishingError.missingKey(files: ["keys/reviewer.json"], role: "libdemo1.review")) {
      _ = try await world.workspace.approve("libdemo1", as: .review, now: world.now)
    }
  }

  @Test func `a reviewer who has signed for something else is not taken for one who agrees`() async throws {
    let (world, folders) = try await people()
    try world.reopen(keyFolder: folders["builder"])
    try await world.importing(fixed: next, as: [.build])
    try world.reopen(keyFolder: folders["reviewer"])
    _ = try await world.workspace.approve("libdemo1", as: .review, now: world.now)
    // The builder changes it afterwards: the reviewer's signature is for what was, and it waits again.
    try world.reopen(keyFolder: folders["builder"])
    try await world.importing(fixed: ("1.0-1+deb12u4", "slipped in"), as: [.build])
    try world.reopen(keyFolder: folders["service"])
    #expect(try await world.publish(later: .seconds(1)).waiting == ["libdemo1"])
    #expect(try await world.verify(later: .seconds(1)).improvements.count == 1)
  }

  @Test func `a new component needs the targets keys, and nobody else can add one`() async throws {
    let (world, folders) = try await people()
    try world.reopen(keyFolder: folders["builder"])
    var other = Builds.build("1.0-1+deb12u1", library: "old code").with("Package", "libother1")
    let old = try world.write(other, "other-old.deb")
    other = Builds.build("1.0-1+deb12u2", library: "new code").with("Package", "libother1")
    let request = Workspace.ImportRequest(baselines: [old], improved: try world.write(other, "other-new.deb"))
    await #expect(throws: PublishingError.notDelegated(stream: "debian-12/amd64/libother1")) {
      try await world.workspace.importing(request, now: world.now)
    }
    await #expect(throws: PublishingError.missingKey(files: ["keys/targets.json"], role: "streams-libo")) {
      try await world.workspace.addStream("libother1", now: world.now)
    }
  }

  @Test func `builder and reviewer withdraw together, and each alone does not`() async throws {
    let (world, folders) = try await people()
    try world.reopen(keyFolder: folders["builder"])
    let staged = try await world.workspace.withdrawing(
      "libdemo1", serial: 1, reason: "it breaks printing", as: [.build], now: world.now)
    #expect(!staged.signing.isComplete)
    try world.reopen(keyFolder: folders["service"])
    #expect(try await world.publish(later: .seconds(1)).waiting == ["libdemo1"])
    #expect(try await world.verify(later: .seconds(1)).withdrawals.isEmpty)
    try world.reopen(keyFolder: folders["reviewer"])
    _ = try await world.workspace.approve("libdemo1", as: .review, now: world.now)
    try world.reopen(keyFolder: folders["service"])
    _ = try await world.publish(later: .seconds(2))
    let verified = try await world.verify(later: .seconds(2))
    #expect(verified.withdrawals.map(\.withdrawal.reason) == ["it breaks printing"])
    #expect(verified.withdrawals.map(\.by) == [["libdemo1.build", "libdemo1.review"]])
  }

  @Test func `the recall role withdraws alone, and the online keys cannot`() async throws {
    let (world, folders) = try await people()
    try world.reopen(keyFolder: folders["service"])
    await #expect(throws: PublishingError.missingKey(files: ["keys/recall.json"], role: "recall")) {
      try await world.workspace.withdrawing("libdemo1", serial: 1, reason: "x", as: [.recall], now: world.now)
    }
    try world.reopen(keyFolder: folders["security"])
    _ = try await world.workspace.withdrawing(
      "libdemo1", serial: 1, reason: "its builder's key was stolen", as: [.recall], now: world.now)
    try world.reopen(keyFolder: folders["service"])
    #expect(try await world.publish(later: .seconds(1)).waiting.isEmpty)
    #expect(try await world.verify(later: .seconds(1)).withdrawals.map(\.by) == [["recall"]])
  }

  @Test func `what was never published cannot be withdrawn`() async throws {
    let world = try PublisherWorld()
    await #expect(throws: PublishingError.notPublished(component: "libdemo1", serial: "1")) {
      try await world.workspace.withdrawing(
        "libdemo1", serial: 1, reason: "x", as: [.build, .review], now: world.now)
    }
  }
}
