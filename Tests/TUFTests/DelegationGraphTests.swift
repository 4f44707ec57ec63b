import Basics
import CanonicalJSON
import TUF
import Testing

/// Delegations of delegations: the search of 5.6.7, what it costs, and what cannot be smuggled in on the way.
@Suite struct DelegationGraphTests {
  /// A repository with these delegations, `delegator role` or `delegator role!` for a terminating one, all for all paths.
  private func world(_ graph: String, _ change: (inout SimulatedRepository) -> Void = { _ in }) -> World {
    World { repository in
      for edge in graph.split(separator: ",") {
        let names = edge.split(separator: " ").map(String.init)
        let role = names[1].filter { $0 != "!" }
        repository.delegate(
          from: names[0], to: role, key: 9, paths: ["*", "*/*", "*/*/*"], terminating: names[1].hasSuffix("!"))
      }
      change(&repository)
      repository.publish()
    }
  }

  private func asked(_ roles: String) -> [String] { roles.split(separator: " ").map { "2.\($0).json" } }

  @Test(arguments: [
    ("targets A", "A"), ("targets A,targets B", "A B"), ("targets A,targets B,B C", "A B C"),
    ("targets A,targets B,A C,A D", "A C D B"), ("targets A,targets B,A C,C D", "A C D B"),
    ("targets A,targets B,A C!,A D", "A C"), ("targets A,targets B,A C!,C D", "A C D"),
    ("targets A!,targets B,A C", "A C"), ("targets A,targets B,B C,C D,D B", "A B C D"),
    ("targets A,A A", "A"), ("targets A,A B,B A,A C", "A B C"),
    ("targets A,targets B,B C,A C", "A C B"), ("targets A,targets B,A C,B C,C D", "A C D B"),
  ])
  func `roles are asked in order of appearance, depth first, each once`(graph: String, order: String) async throws {
    let found = try await world(graph).search("missing")
    #expect(found.asked == asked(order))
    #expect(found.role == nil && found.refusal == nil)
  }

  @Test func `a search ends with the first role that speaks`() async throws {
    let world = world("targets A,A B,targets C") { repository in
      for role in ["B", "C"] { repository.addTarget("x", to: role, content: role) }
    }
    let found = try await world.search("x")
    #expect(found.role == "B" && found.asked == asked("A B"))
    #expect(try await world.refresh().target(at: path("x"))?.sha256 == Digest(of: "B".utf8))
  }

  @Test func `all that is said of a target is told in the order of trust`() async throws {
    let world = world("targets A,A B,targets C,targets D!,targets E") { repository in
      for role in ["targets", "B", "C", "E"] { repository.addTarget("x", to: role, content: role) }
    }
    var update = try await world.update()
    #expect(try await update.statements(on: path("x")).map(\.role) == ["targets", "B", "C"])
    #expect(world.mirror.takeRequests() == asked("A B C D"))
  }

  @Test func `a hearing tells by whose word each role speaks, and goes on where one was refused`() async throws {
    let world = world("targets A,A B,targets C,targets D") { repository in
      for role in ["targets", "B", "C", "D"] { repository.addTarget("x", to: role, content: role) }
      repository.signers["C"] = []
    }
    var update = try await world.update()
    let hearing = try await update.hearing(on: path("x"))
    #expect(hearing.statements.map(\.role) == ["targets", "B", "D"])
    #expect(hearing.statements.map(\.delegators) == [[], ["targets", "A"], ["targets"]])
    #expect(hearing.refusals.map(\.role) == ["C"])
    #expect(hearing.accounts.map(\.role) == ["targets", "B", "D"])
    await #expect(throws: Refusal.self) { _ = try await update.statements(on: path("x")) }
  }

  @Test func `a target needs the leave of every delegation on the way`() async throws {
    let world = World { repository in
      repository.delegate(to: "os", key: 8, paths: ["os/*/*"])
      repository.delegate(from: "os", to: "expat", key: 9, paths: ["*/*/*", "other/*"])
      for path in ["os/expat/1", "etc/expat/1", "other/1"] { repository.addTarget(path, to: "expat") }
      repository.publish()
    }
    #expect(try await world.search("os/expat/1").role == "expat")
    #expect(try await world.search("etc/expat/1").role == nil)
    #expect(try await world.search("other/1").role == nil)
    #expect(try await world.refresh().targets.map(\.path.description) == ["os/expat/1"])
  }

  @Test func `a delegation of what the delegator may not speak of is not followed`() async throws {
    let world = World { repository in
      repository.delegate(to: "expat", key: 8, paths: ["os/expat/*"])
      repository.delegate(from: "expat", to: "zlib", key: 9, paths: ["os/zlib/*", "os/*/x/*"])
      repository.delegate(from: "expat", to: "deep", key: 9, paths: ["os/*/1"])
      repository.publish()
    }
    let trusted = try await world.refresh()
    #expect(trusted.roles.map(\.role).suffix(2) == ["expat", "deep"])
    #expect(!world.mirror.takeRequests().contains("2.zlib.json"))
  }

  @Test func `a role's file is trusted only through a delegator whose keys have signed it`() async throws {
    // Two teams name one role with keys of their own; the file is signed by the first team's key alone.
    let world = World { repository in
      for (team, key) in [("a", UInt8(20)), ("b", 21)] {
        repository.delegate(to: team, key: key, paths: ["\(team)/*"])
        repository.delegate(from: team, to: "release", key: key + 10, paths: ["\(team)/*"])
      }
      repository.signers["release"] = [SimulatedRepository.key(30)]
      for path in ["a/x", "b/x"] { repository.addTarget(path, to: "release") }
      repository.publish()
    }
    for paths in [["a/x", "b/x"], ["b/x", "a/x"]] {
      var update = try await world.update()
      for text in paths {
        if text == "a/x" {
          #expect(try await update.target(at: path(text))?.role == "release")
        } else {
          let refusal = await #expect(throws: Refusal.self) { try await update.target(at: path(text)) }
          #expect(refusal == .tooFewSignatures(file: "release.json", role: "release", valid: 0, threshold: 1))
        }
      }
    }
    let trusted = try await world.refresh()
    #expect(trusted.targets.map(\.path.description) == ["a/x"])
    #expect(trusted.refusals.map(\.role) == ["release"])
  }

  @Test func `a delegator that names another's role with its own keys takes nothing from it`() async throws {
    let world = World { repository in
      repository.delegate(to: "mallory", key: 20, paths: ["m/*"])
      repository.delegate(
        from: "mallory", to: "expat", keys: [SimulatedRepository.key(21)], members: ["paths": ["*/*"]])
      repository.delegate(to: "expat", key: 9, paths: ["d/*"])
      repository.signers["expat"] = [SimulatedRepository.key(9)]
      repository.addTarget("d/1", to: "expat")
      repository.publish()
    }
    for _ in 0..<2 { #expect(try await world.refresh().targets.map(\.path.description) == ["d/1"]) }
    // Nor does it make devices fetch the other's file again and again.
    _ = world.mirror.takeRequests()
    #expect(try await world.refresh().targets.count == 1)
    #expect(world.mirror.takeRequests() == ["2.root.json", "timestamp.json"])
    #expect(try await world.search("m/1").refusal != nil)
  }

  @Test(arguments: ["expired", "unsigned", "absent", "unlisted", "rolled back"])
  func `a role deep down that is refused withholds its paths from those after it`(reason: String) async throws {
    let world = World { repository in
      repository.delegate(to: "os", key: 8, paths: ["d/*", "e/*"])
      repository.delegate(from: "os", to: "expat", key: 9, paths: ["d/*"])
      repository.delegate(to: "late", key: 10, paths: ["d/*", "e/*"])
      for path in ["d/1", "e/1"] { repository.addTarget(path, to: "late") }
      if reason == "expired" { repository["expat", "expires"] = .string(SimulatedRepository.now.description) }
      if reason == "unsigned" { repository.signers["expat"] = [] }
      repository.publish()
      if reason == "absent" { repository.files["2.expat.json"] = nil }
      if reason == "unlisted" {
        var meta = repository["snapshot", "meta"]?.object ?? [:]
        meta["expat.json"] = nil
        repository["snapshot", "meta"] = .object(meta)
        repository.publishSnapshot()
        repository.publishTimestamp()
      }
    }
    if reason == "rolled back" {
      world.repository.describesFully = false
      world.repository.publish()
      world.repository.files["3.expat.json"] = world.repository.files["2.expat.json"]
    }
    #expect(try await world.search("d/1").refusal != nil)
    #expect(try await world.search("e/1").role == "late")
    let trusted = try await world.refresh()
    #expect(trusted.targets.map(\.path.description) == ["e/1"])
    #expect(trusted.refusals.map(\.role) == ["expat"])
  }

  @Test func `versions of roles deep down do not go back either`() async throws {
    let world = world("targets A,A B,B C") { $0.addTarget("x", to: "C") }
    #expect(try await world.refresh().targets.count == 1)
    world.repository.bump("C", by: -1)
    for role in ["snapshot", "timestamp"] { world.repository.bump(role) }
    world.repository.publishTargets()
    world.repository.publishSnapshot()
    world.repository.publishTimestamp()
    #expect(try await world.refusal() == .rollback(file: "C.json", found: 1, trusted: 2))
  }

  // MARK: Limits

  @Test func `a chain of delegations is followed to a depth and no further`() async throws {
    let names = ["targets"] + (1...(Limits.delegationDepth + 1)).map { "r\($0)" }
    let graph = zip(names, names.dropFirst()).map { "\($0) \($1)" }.joined(separator: ",")
    let world = world(graph) { repository in
      repository.addTarget("in", to: names[Limits.delegationDepth])
      repository.addTarget("out", to: names[Limits.delegationDepth + 1])
    }
    #expect(try await world.search("in").role == "r\(Limits.delegationDepth)")
    let refusal = Refusal.tooDeep(role: "r\(Limits.delegationDepth + 1)", limit: Limits.delegationDepth)
    #expect(try await world.search("out").refusal == refusal)
    let trusted = try await world.refresh()
    #expect(trusted.targets.map(\.path.description) == ["in"])
    #expect(trusted.refusals.map(\.role) == ["out"] && trusted.refusals.map(\.reason) == [refusal])
  }

  @Test func `a search asks a bounded number of roles`() async throws {
    let limit = Limits.rolesPerSearch
    let world = World { repository in
      let key = SimulatedRepository.key(9)
      let roles = (0...limit).map { number -> JSON in
        [
          "name": .string("r\(number)"), "keyids": [.string(key.id.text)], "threshold": 1, "paths": ["*"],
        ]
      }
      repository["targets", "delegations"] = ["keys": SimulatedRepository.object([key]), "roles": .array(roles)]
      for number in 0...limit {
        repository.signed["r\(number)"] = SimulatedRepository.role("targets", ["targets": [:]])
        repository.signers["r\(number)"] = [key]
      }
      repository.addTarget("near", to: "r\(limit - 1)")
      repository.publish()
    }
    #expect(try await world.search("near").role == "r\(limit - 1)")
    let found = try await world.search("far")
    #expect(found.refusal == .searchTooLong(path: path("far"), limit: limit))
    #expect(found.asked.isEmpty, "all of them are in the store")
  }

  // MARK: Asking for little

  /// Many streams, each a role of its own.
  private func streams(_ count: Int) -> World {
    World { repository in
      for number in 0..<count {
        repository.delegate(to: "s\(number)", key: 9, paths: ["os/s\(number)/*.json"])
        for serial in 1...3 { repository.addTarget("os/s\(number)/\(serial).json", to: "s\(number)") }
      }
      repository.publish()
    }
  }

  @Test func `only the roles of what is asked for are fetched`() async throws {
    let world = streams(20)
    var update = try await world.update()
    #expect(try await update.target(at: path("os/s7/2.json"))?.role == "s7")
    #expect(world.mirror.takeRequests() == ["2.s7.json"])
    let patterns = ["os/s3/*.json", "os/s7/*.json", "os/s1?/1.json"].compactMap { PathPattern($0) }
    let trusted = try await update.repository(matching: patterns)
    #expect(world.mirror.takeRequests() == (["s3"] + (10..<20).map { "s\($0)" }).map { "2.\($0).json" })
    #expect(trusted.targets.count == 3 + 3 + 10)
    #expect(trusted.roles.count == 4 + 12)
    #expect(trusted.refusals.isEmpty)
    // The store has them now; the next refresh asks for nothing but what is new.
    #expect(try await world.search("os/s3/1.json").asked.isEmpty)
  }

  @Test func `asking for all gives what asking one by one gives`() async throws {
    let world = world("targets A,A B,targets C!,C D,targets E") { repository in
      for (role, paths) in [("A", "1 2"), ("B", "2 3"), ("D", "3 4"), ("E", "4 5"), ("targets", "6")] {
        for path in paths.split(separator: " ") { repository.addTarget(String(path), to: role, content: role) }
      }
    }
    let trusted = try await world.refresh()
    for text in ["1", "2", "3", "4", "5", "6"] {
      #expect(try await world.search(text).role == trusted.target(at: path(text))?.role)
    }
    #expect(trusted.target(at: path("3"))?.role == "B" && trusted.target(at: path("5")) == nil)
  }

  @Test func `a role that is asked for later is held against the time at which the refresh began`() async throws {
    let world = world("targets A") { repository in
      repository["A", "expires"] = .string(SimulatedRepository.now.advanced(by: .seconds(1)).description)
      repository.addTarget("x", to: "A")
    }
    var update = try await world.update()
    #expect(try await update.target(at: path("x")) != nil)
    var later = try await world.update(at: SimulatedRepository.now.advanced(by: .seconds(1)))
    await #expect(throws: Refusal.self) { try await later.target(at: path("x")) }
  }

  @Test(arguments: [
    ("*", "a", true), ("a*", "*b", true), ("a*", "b*", false), ("a*c", "ab*", true), ("a?c", "abc", true),
    ("a?c", "abd", false), ("*a*", "bbb", false), ("*a*", "b*b", true), ("*", "a/b", false), ("*/b", "a/*", true),
    ("a/*", "b/*", false), ("??", "?", false), ("a*", "a", true), ("*", "?", true), ("ab", "a*b*", true),
    ("*x", "x*", true), ("a**b", "a?b", true), ("ab", "ba", false),
  ])
  func `whether two patterns have a path in common`(left: String, right: String, meet: Bool) throws {
    let (left, right) = (try #require(PathPattern(left)), try #require(PathPattern(right)))
    #expect(left.meets(right) == meet && right.meets(left) == meet)
  }
}
