import Basics
import CanonicalJSON
import TUF
import Testing

@Suite struct DelegationTests {
  private func refresh(_ change: (inout SimulatedRepository) -> Void) async throws -> TrustedRepository {
    try await World { repository in
      change(&repository)
      repository.publish()
    }.refresh()
  }

  private func refusal(_ change: (inout SimulatedRepository) -> Void) async throws -> Refusal? {
    try await World { repository in
      change(&repository)
      repository.publish()
    }.refusal()
  }

  /// Targets as `path role`, sorted.
  private func said(_ trusted: TrustedRepository) -> [String] {
    trusted.targets.map { "\($0.path) \($0.role)" }.sorted()
  }

  @Test func `a delegated role that snapshot does not list is left out`() async throws {
    let world = World { repository in
      repository.delegate(to: "expat", key: 9, paths: ["d/*"])
      repository.addTarget("d/1.json", to: "expat")
      repository.publish()
      var meta = repository["snapshot", "meta"]?.object ?? [:]
      meta["expat.json"] = nil
      repository["snapshot", "meta"] = .object(meta)
      repository.publishSnapshot()
      repository.publishTimestamp()
    }
    let trusted = try await world.refresh()
    #expect(trusted.targets.isEmpty)
    #expect(trusted.refusals.map(\.reason) == [.unlisted(file: "expat.json", by: "snapshot.json")])
    #expect(!world.mirror.takeRequests().contains { $0.contains("expat") })
  }

  @Test func `a delegated role speaks only of its own paths`() async throws {
    let trusted = try await refresh { repository in
      repository.delegate(to: "expat", key: 9, paths: ["d/expat/*"])
      for path in ["d/expat/1.json", "d/openssl/1.json", "d/expat/deep/1.json", "d/expat", "e"] {
        repository.addTarget(path, to: "expat")
      }
    }
    #expect(said(trusted) == ["d/expat/1.json expat"])
  }

  @Test func `the first role to describe a path is believed`() async throws {
    let trusted = try await refresh { repository in
      repository.delegate(to: "first", key: 8, paths: ["d/*"])
      repository.delegate(to: "second", key: 9, paths: ["d/*"])
      repository.addTarget("d/0.json", content: "top")
      for role in ["first", "second"] {
        for number in 0...1 { repository.addTarget("d/\(number).json", to: role, content: role) }
      }
      repository.addTarget("d/2.json", to: "second")
    }
    #expect(said(trusted) == ["d/0.json targets", "d/1.json first", "d/2.json second"])
    #expect(trusted.target(at: path("d/1.json"))?.sha256 == Digest(of: "first".utf8))
  }

  @Test func `after a terminating delegation no later role is asked`() async throws {
    let trusted = try await refresh { repository in
      repository.delegate(to: "first", key: 8, paths: ["d/*"], terminating: true)
      repository.delegate(to: "second", key: 9, paths: ["d/*", "e/*"])
      repository.addTarget("d/1.json", to: "first")
      for path in ["d/1.json", "d/2.json", "e/1.json"] { repository.addTarget(path, to: "second") }
    }
    #expect(said(trusted) == ["d/1.json first", "e/1.json second"])
  }

  @Test func `a role that was refused is not spoken for by a later one`() async throws {
    let trusted = try await refresh { repository in
      repository.delegate(to: "first", key: 8, paths: ["d/*"])
      repository.delegate(to: "second", key: 9, paths: ["d/*", "e/*"])
      repository.signers["first"] = [SimulatedRepository.key(9)]
      for path in ["d/1.json", "e/1.json"] { repository.addTarget(path, to: "second") }
    }
    #expect(said(trusted) == ["e/1.json second"])
    #expect(trusted.refusals.map(\.role) == ["first"])
  }

  @Test func `a delegated file that is absent is left out by name`() async throws {
    let world = World { repository in
      repository.delegate(to: "expat", key: 9, paths: ["d/*"])
      repository.publish()
      repository.files["2.expat.json"] = nil
    }
    #expect(try await world.refresh().refusals.map(\.reason) == [.absent(file: "2.expat.json")])
  }

  @Test func `paths are given out by the prefix of their digest as well`() async throws {
    let one = Digest(of: "bins/one.json".utf8).hex
    let trusted = try await refresh { repository in
      repository.delegate(
        to: "bin", keys: [SimulatedRepository.key(9)], members: ["path_hash_prefixes": [.string(String(one.prefix(3)))]]
      )
      for path in ["bins/one.json", "bins/two.json"] { repository.addTarget(path, to: "bin") }
    }
    try #require(Digest(of: "bins/two.json".utf8).hex.prefix(3) != one.prefix(3))
    #expect(said(trusted) == ["bins/one.json bin"])
  }

  @Test(
    arguments: [
      [:], ["paths": ["d/*"], "path_hash_prefixes": ["0"]], ["paths": ["/d/*"]], ["paths": ["d/../*"]], ["paths": [""]],
      ["paths": ["d/[ab]"]], ["paths": [1]], ["path_hash_prefixes": [""]], ["path_hash_prefixes": ["A"]],
      ["path_hash_prefixes": ["g"]], ["paths": ["d/*"], "terminating": 1], ["paths": ["d/*"], "threshold": 0],
      ["paths": ["d/*"], "threshold": true], ["paths": ["d/*"], "keyids": ["0"]], ["paths": ["d/*"], "keyids": nil],
    ] as [[String: JSON]])
  func `a delegation that is unclear refuses targets as a whole`(members: [String: JSON]) async throws {
    let keys = [SimulatedRepository.key(9)]
    #expect(try await refusal { $0.delegate(to: "expat", keys: keys, members: members) } != nil)
    #expect(try await refusal { $0.delegate(to: "expat", keys: keys, members: ["paths": ["d/*"]]) } == nil)
  }

  @Test(arguments: [
    "", "root", "targets", "snapshot", "timestamp", "mirrors", "1.root", "12.3.snapshot", "..root",
    String(repeating: "a", count: 257),
  ])
  func `a role that could be mistaken for a top-level one is refused`(name: String) async throws {
    let refusal = try await refusal { repository in
      let key = SimulatedRepository.key(9)
      let role: JSON = ["name": .string(name), "keyids": [.string(key.id.text)], "threshold": 1, "paths": ["d/*"]]
      repository["targets", "delegations"] = ["keys": SimulatedRepository.object([key]), "roles": [role]]
    }
    #expect(refusal == .badRoleName(file: "targets.json", name: name))
  }

  @Test(arguments: ["libstdc++6", "7zip", "a", "libwebkit2gtk-4.1-0", "x~1", "root-cause", "1.2.roots"])
  func `names that components really have are taken`(name: String) async throws {
    let trusted = try await refresh { $0.delegate(to: name, key: 9, paths: ["d/*"]) }
    #expect(trusted.roles.last?.role == name)
  }

  @Test func `one role delegated to twice is refused`() async throws {
    let refusal = try await refusal { repository in
      repository.delegate(to: "expat", key: 8, paths: ["a/*"])
      repository.delegate(to: "expat", key: 9, paths: ["b/*"])
    }
    #expect(refusal == .roleTwice(file: "targets.json", role: "expat"))
  }

  @Test func `delegations are bounded in number`() async throws {
    func many(_ count: Int) async throws -> Refusal? {
      try await refusal { repository in
        let key = SimulatedRepository.key(9)
        let roles = (0..<count).map { number -> JSON in
          [
            "name": .string("r\(number)"), "keyids": [.string(key.id.text)], "threshold": 1,
            "paths": [.string("\(number)/*")],
          ]
        }
        repository["targets", "delegations"] = ["keys": SimulatedRepository.object([key]), "roles": .array(roles)]
      }
    }
    let limit = Limits.delegatedRoles
    #expect(try await many(limit) == nil)
    #expect(try await many(limit + 1) == .tooManyDelegations(file: "targets.json", count: limit + 1, limit: limit))
    let patterns = JSON.array((0...Limits.patternsPerRole).map { .string("\($0)") })
    let keys = [SimulatedRepository.key(9)]
    #expect(
      try await refusal { $0.delegate(to: "expat", keys: keys, members: ["paths": patterns]) }
        == .tooManyPatterns(
          file: "targets.json", role: "expat", count: Limits.patternsPerRole + 1, limit: Limits.patternsPerRole))
  }
}
