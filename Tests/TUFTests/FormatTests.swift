import Basics
import CanonicalJSON
import TUF
import Testing

@Suite struct FormatTests {
  private static let roles = ["root", "timestamp", "snapshot", "targets"]

  /// What a refresh is refused for when one member of one role is something else.
  private func refusal(_ role: String, _ member: String, _ value: JSON?) async throws -> Refusal? {
    let world = World { repository in
      // Whatever the file says then, version 1 of it is listed.
      repository.describesFully = false
      repository.publishTargets()
      repository.publishSnapshot()
      repository.publishTimestamp()
      repository[role, member] = value
      repository.files[role == "timestamp" ? "timestamp.json" : "1.\(role).json"] = repository.bytes(of: role)
    }
    return try await world.refusal()
  }

  private func fileName(_ role: String) -> String { role == "root" ? "the pinned root" : role + ".json" }

  @Test(arguments: roles, [true, 0, -1, "1", nil, 9_007_199_254_740_992] as [JSON])
  func `a version that is no whole number from 1 to 2^53 − 1 is refused`(role: String, version: JSON) async throws {
    let refusal = try await refusal(role, "version", version)
    guard case .malformed(let file, _) = refusal else {
      Issue.record("\(String(describing: refusal))")
      return
    }
    #expect(file == fileName(role))
  }

  @Test(arguments: ["1.0", "1e0", "1.5", "01"])
  func `a version with a fraction, an exponent or a zero in front is refused`(version: String) async throws {
    let world = World()
    let whole = String(decoding: world.repository.files["timestamp.json"] ?? [], as: UTF8.self)
    let parts = whole.split(separator: #""version":1}}"#, maxSplits: 1).map(String.init)
    // The last member of the signed part is the version; the signature is over what a lenient reader would see.
    let changed = try #require(parts.first) + #""version":\#(version)}}"#
    try #require(changed != whole)
    world.repository.files["timestamp.json"] = Array(changed.utf8)
    guard case .malformed("timestamp.json", _) = try await world.refusal() else {
      Issue.record("not refused as malformed")
      return
    }
  }

  @Test(arguments: roles, ["1.0.0", "1.0.34", "1.2.3", "1.99.0", "1.0"])
  func `any version of the specification with major number 1 is read`(role: String, version: String) async throws {
    #expect(try await refusal(role, "spec_version", .string(version)) == nil)
  }

  @Test(
    arguments: roles, ["2.0.0", "0.9.0", "1", "2.0", "1.0.0.0", "10.0.0", "1.0.0-beta", "1..0", "v1.0.0", "", "１.0.0"])
  func `any other version of the specification is refused`(role: String, version: String) async throws {
    #expect(
      try await refusal(role, "spec_version", .string(version))
        == .unsupportedSpecification(file: fileName(role), found: version))
  }

  @Test(arguments: roles)
  func `a file of another type is refused`(role: String) async throws {
    for type in Self.roles + ["Root", "mirrors", ""] where type != role {
      #expect(
        try await refusal(role, "_type", .string(type))
          == .wrongType(file: fileName(role), found: type, wanted: role))
    }
  }

  @Test(
    arguments: roles, ["2030-01-01", "2030-01-01T00:00:00", "2030-01-01T00:00:00+00:00", "2030-02-30T00:00:00Z", ""])
  func `an expiry in another spelling is refused`(role: String, text: String) async throws {
    #expect(
      try await refusal(role, "expires", .string(text))
        == .badTime(file: fileName(role), path: "signed.expires", text: text))
  }

  @Test(arguments: roles, ["_type", "spec_version", "version", "expires"])
  func `a file without one of the common members is refused`(role: String, member: String) async throws {
    guard case .malformed(_, .missing(let path)) = try await refusal(role, member, nil) else {
      Issue.record("not refused as missing")
      return
    }
    #expect(path == "signed." + member)
  }

  @Test(arguments: roles)
  func `members unknown here are signed over and do no harm`(role: String) async throws {
    let value: JSON = ["future": [1, "two", nil, ["x": true]]]
    #expect(try await refusal(role, "x-new", value) == nil)
    // Were they left out of what is verified, a change of them would go unnoticed.
    let world = World { repository in
      repository[role, "x-new"] = value
      repository.publishRoot()
      repository.describesFully = false
      repository.publish()
    }
    let name = world.repository.name(of: role)
    let text = String(decoding: world.repository.files[name] ?? [], as: UTF8.self)
    let changed = text.split(separator: "two").joined(separator: "owt")
    try #require(changed != text)
    let mirror = world.mirror
    world.repository.files[name] = Array(changed.utf8)
    mirror.serve(world.repository.files)
    let pinned = try #require(world.repository.files["1.root.json"])
    let client = Client(pinnedRoot: pinned, fetcher: mirror, store: MemoryStore())
    let refusal = await #expect(throws: Refusal.self) { try await client.refresh(now: SimulatedRepository.now) }
    guard case .tooFewSignatures = refusal else {
      Issue.record("\(String(describing: refusal))")
      return
    }
  }

  @Test func `white space and the order of members mean nothing`() async throws {
    let world = World()
    let json = try JSON(parsing: world.repository.files["timestamp.json"] ?? [])
    let text = "{\n \"signed\": \(json["signed"]?.compactText ?? ""),\n\t\"signatures\" :"
    world.repository.files["timestamp.json"] = Array((text + (json["signatures"]?.compactText ?? "") + "\r\n}\n").utf8)
    #expect(try await world.refusal() == nil)
  }

  @Test func `a member named twice is refused, even where both say the same`() async throws {
    let world = World()
    let text = String(decoding: world.repository.files["timestamp.json"] ?? [], as: UTF8.self)
    let doubled = text.dropLast(2) + #","version":1}}"#
    world.repository.files["timestamp.json"] = Array(doubled.utf8)
    guard case .malformed("timestamp.json", .duplicateMember("version", _)) = try await world.refusal() else {
      Issue.record("not refused as a duplicate")
      return
    }
  }

  @Test func `timestamp describes snapshot and nothing else`() async throws {
    let snapshot: JSON = ["version": 1]
    #expect(try await refusal("timestamp", "meta", ["snapshot.json": snapshot]) == nil)
    #expect(try await refusal("timestamp", "meta", ["snapshot.json": snapshot, "x.json": snapshot]) != nil)
    #expect(try await refusal("timestamp", "meta", [:]) != nil)
    for bad: JSON in [
      ["version": 0], [:], ["version": 1, "length": 0], ["version": 1, "length": "1"], ["version": 1, "hashes": [:]],
      ["version": 1, "hashes": ["sha512": "00"]], ["version": 1, "hashes": ["sha256": "ABC"]],
    ] {
      #expect(try await refusal("timestamp", "meta", ["snapshot.json": bad]) != nil)
    }
  }

  @Test func `snapshot must list targets`() async throws {
    #expect(
      try await refusal("snapshot", "meta", ["other.json": ["version": 1]])
        == .unlisted(file: "targets.json", by: "snapshot.json"))
  }

  @Test func `root must name keys for all four roles, and may name more roles`() async throws {
    for role in Self.roles {
      let world = World { repository in
        var roles = repository["root", "roles"]?.object ?? [:]
        roles[role] = nil
        repository["root", "roles"] = .object(roles)
        repository.publishRoot()
      }
      #expect(
        try await world.refusal() == .malformed(file: "the pinned root", .missing(path: "signed.roles.\(role)")))
    }
    let world = World { repository in
      var roles = repository["root", "roles"]?.object ?? [:]
      roles["mirrors"] = roles["root"]
      repository["root", "roles"] = .object(roles)
      repository.publishRoot()
    }
    #expect(try await world.refusal() == nil)
  }
}
