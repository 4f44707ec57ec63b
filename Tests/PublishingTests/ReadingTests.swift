import Basics
import CanonicalJSON
import Improvements
import TUF
import TestSupport
import Testing

@testable import Publishing

/// What the one who is to sign gets to read, where the one who wrote it means ill.
@Suite struct ReadingTests {
  private static let hostile = "old\u{1b}[2J\nto be signed  SHA-256 of something else\u{202e}\u{9b}31m"

  private static func key(_ number: UInt8) throws -> SigningKey {
    try #require(SigningKey(seed: [UInt8](repeating: number, count: SigningKey.seedByteCount)))
  }

  private static func root() throws -> Draft {
    let keys = try (1...2).map { try key($0).key }
    let roles = try RoleKeys(keys, threshold: 1)
    let editor = RepositoryEditor(root: roles, targets: roles, snapshot: roles, timestamp: roles)
    return try Draft(parsing: try editor.draft(of: "root"))
  }

  /// The draft with one of its texts in another's place.
  private static func changed(_ draft: Draft, _ text: String, to other: String) throws -> Draft {
    let bytes = String(decoding: draft.bytes, as: UTF8.self)
    let parts = bytes.split(separator: text, omittingEmptySubsequences: false)
    #expect(parts.count > 1)
    return try Draft(parsing: Array(parts.joined(separator: other).utf8))
  }

  private static func news(_ draft: Draft, since: Draft) throws -> [DraftReading.Line] {
    try DraftReading(draft, since: since).lines.filter { $0.mark != " " }
  }

  @Test func `a draft that puts another key under a known name is shown to do so`() throws {
    let root = try Self.root()
    let public1 = try #require(Self.key(1).key.json["keyval"]?["public"]?.string)
    let public9 = try #require(Self.key(9).key.json["keyval"]?["public"]?.string)
    let slipped = try Self.changed(root, public1, to: public9)
    let news = try Self.news(slipped, since: root)
    let id = try Self.key(1).id.text
    #expect(
      news.map(\.text) == [
        "the key \(id) of type ed25519, ed25519: \(public9), whose name is not its digest",
        "the key \(id) of type ed25519, ed25519: \(public1)",
      ])
    #expect(news.map(\.mark) == ["+", "-"])
  }

  @Test func `a draft that ends consistent snapshots is shown to do so`() throws {
    let root = try Self.root()
    let news = try Self.news(
      Self.changed(root, "\"consistent_snapshot\":true", to: "\"consistent_snapshot\":false"), since: root)
    #expect(news.map(\.text) == ["snapshots are not consistent", "snapshots are consistent"])
  }

  @Test func `a builder cannot write on the reviewer's screen`() throws {
    let content = Manifest.Content(digest: Digest(of: [1]), length: 1)
    let other = Manifest.Content(digest: Digest(of: [2]), length: 1)
    let version = try #require(PackageVersion("1.0"))
    let file = Manifest.File(path: try path("usr/lib/a\u{202e}b"), baseline: content, improved: other, payload: content)
    let manifest = try Manifest(
      stream: try #require(Stream("debian-12/amd64/libdemo1")), serial: .first,
      created: try #require(UTCTime("2026-11-23T20:54:00Z")), source: .init(name: Self.hostile, version: version),
      advisories: [], activation: .restart,
      baselines: [Manifest.Baseline(version: version, letter: .a, files: [file])],
      omitted: [Manifest.Omission(path: try path("usr/share/doc/x"), reason: Self.hostile)],
      siblings: [Self.hostile])
    let withdrawal = try Withdrawal(
      stream: manifest.stream, serial: .first, manifest: Digest(of: [3]), reason: "broken\u{202e}\u{2028}line")
    let rows = ManifestAccount(manifest: manifest).rows + WithdrawalAccount(withdrawal: withdrawal).rows
    #expect(rows.count > 9)
    for (name, text) in rows {
      let hidden = text.unicodeScalars.filter { scalar in
        [.control, .format, .lineSeparator].contains(scalar.properties.generalCategory)
      }
      #expect(hidden.isEmpty, "\(name): \(text)")
    }
    #expect(rows.contains { $0.0 == "siblings" && $0.1.contains("u{1b}") })
  }

  @Test func `a reviewer is shown how fast an improvement may come to everybody`() throws {
    let content = Manifest.Content(digest: Digest(of: [1]), length: 1)
    let version = try #require(PackageVersion("1.0"))
    let time = try #require(UTCTime("2026-11-23T20:54:00Z"))
    let file = Manifest.File(path: try path("usr/lib/a"), baseline: content, improved: content, payload: content)
    func rows(_ rollout: RingSchedules?) throws -> [String] {
      ManifestAccount(
        manifest: try Manifest(
          stream: try #require(Stream("debian-12/amd64/libdemo1")), serial: .first, created: time,
          source: .init(name: "demo", version: version), advisories: [], activation: .restart,
          baselines: [Manifest.Baseline(version: version, letter: .a, files: [file])], rollout: rollout)
      ).rows.filter { $0.0.hasPrefix("ring") }.map { "\($0.0): \($0.1)" }
    }
    #expect(try rows(nil) == ["ring early: may have it at once", "ring late: may have it at once"])
    let late = try RolloutSchedule([.init(time, 125), .init(time.advanced(by: .seconds(3_600)), 10_000)])
    #expect(
      try rows(RingSchedules(early: .everybody(from: time), late: late)) == [
        "ring early: no sooner than 100.00 % at 2026-11-23T20:54:00Z",
        "ring late: no sooner than 1.25 % at 2026-11-23T20:54:00Z, 100.00 % at 2026-11-23T21:54:00Z",
      ])
  }
}
