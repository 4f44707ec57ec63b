import Basics
import CanonicalJSON
import Testing

@testable import TUF

/// Every digest that is listed and known must match, and one must be.
@Suite struct FileHashesTests {
  private static let content = Array("content".utf8)
  private static let sha256 = JSON.string(Digest(of: content).hex)
  // sha512sum's word for "content".
  private static let sha512: JSON =
    "b2d1d285b5199c85f988d03649c37e44fd3dde01e5d69c50fef90651962f48110e9340b60d49a479c4c0b53f5f07d690686dd87d2481937a512e8b85ee7c617f"

  private static func other(_ json: JSON) -> JSON {
    let text = json.string ?? ""
    return .string((text.hasPrefix("0") ? "1" : "0") + text.dropFirst())
  }

  private func target(_ hashes: JSON) async throws -> VerifiedTarget? {
    let world = World { repository in
      repository["targets", "targets"] = ["x": ["length": 7, "hashes": hashes]]
      repository.publish()
    }
    var update = try await world.update()
    return try await update.target(at: path("x"))
  }

  @Test func `a file is what all listed digests say`() async throws {
    for hashes: JSON in [
      ["sha256": Self.sha256], ["sha512": Self.sha512], ["sha256": Self.sha256, "sha512": Self.sha512],
      ["sha256": Self.sha256, "blake2b-256": "00", "md5": 1], ["sha512": Self.sha512, "unknown": "x"],
    ] {
      let target = try #require(try await target(hashes))
      #expect(target.matches(Self.content))
      #expect(!target.matches(Array("contenT".utf8)) && !target.matches(Self.content + [0]) && !target.matches([]))
    }
  }

  @Test func `a file that only one of two digests is of is another file`() async throws {
    for hashes: JSON in [
      ["sha256": Self.other(Self.sha256), "sha512": Self.sha512],
      ["sha256": Self.sha256, "sha512": Self.other(Self.sha512)],
    ] {
      let target = try #require(try await target(hashes))
      #expect(!target.matches(Self.content))
    }
  }

  @Test func `a file of another length than is listed is another file, whatever its digests`() async throws {
    for length in [0, 6, 8] {
      let world = World { repository in
        repository["targets", "targets"] = [
          "x": ["length": .integer(Int64(length)), "hashes": ["sha256": Self.sha256, "sha512": Self.sha512]]
        ]
        repository.publish()
      }
      var update = try await world.update()
      #expect(try await update.target(at: path("x"))?.matches(Self.content) == false)
    }
  }

  @Test func `a target without a digest that is known is refused`() async throws {
    for hashes: JSON in [[:], ["md5": "9a0364b9e99bb480dd25e1f0284c8555"], ["unknown": Self.sha512]] {
      await #expect(throws: Refusal.noKnownHash(file: "targets.json", path: "signed.targets.x.hashes")) {
        try await target(hashes)
      }
    }
    for (name, text) in [
      ("sha256", ""), ("sha256", "00"), ("sha512", "00"), ("sha256", (Self.sha256.string ?? "").uppercased()),
      ("sha512", (Self.sha512.string ?? "") + "00"),
    ] {
      await #expect(throws: Refusal.badDigest(file: "targets.json", path: "signed.targets.x.hashes.\(name)")) {
        try await target([name: .string(text)])
      }
    }
  }

  @Test func `the name of a target's file begins with a digest that is listed`() async throws {
    let long = try #require(try await target(["sha512": Self.sha512]))
    #expect(long.filePath == "\(Self.sha512.string ?? "").x" && long.sha256 == nil)
    let both = try #require(try await target(["sha512": Self.sha512, "sha256": Self.sha256]))
    #expect(both.filePath == "\(Self.sha256.string ?? "").x")
  }

  @Test(arguments: ["snapshot", "targets", "expat"], ["sha256", "sha512"])
  func `metadata that one listed digest is not of is refused`(role: String, function: String) async throws {
    func world(_ damaged: Bool) -> World {
      World { repository in
        repository.delegate(to: "expat", key: 9, paths: ["d/*"])
        repository.publish()
        let lister = role == "snapshot" ? "timestamp" : "snapshot"
        let bytes = repository.bytes(of: role)
        var hashes: [String: JSON] = [
          "sha256": .string(Digest(of: bytes).hex), "sha512": .string(FileHashes.sha512(of: bytes)),
        ]
        if damaged { hashes[function] = Self.other(hashes[function] ?? "") }
        var meta = repository[lister, "meta"]?.object ?? [:]
        meta[role + ".json"] = ["version": 2, "hashes": .object(hashes)]
        repository[lister, "meta"] = .object(meta)
        if lister == "snapshot" { repository.publishSnapshot() }
        repository.publishTimestamp()
      }
    }
    let trusted = try await world(false).refresh()
    #expect(trusted.refusals.isEmpty)
    if role == "expat" {
      guard case .digestMismatch = try await world(true).refresh().refusals.first?.reason else {
        Issue.record("not left out by its digest")
        return
      }
    } else {
      guard case .digestMismatch = try await world(true).refusal() else {
        Issue.record("not refused by its digest")
        return
      }
    }
  }
}
