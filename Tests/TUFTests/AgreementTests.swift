import CanonicalJSON
import TUF
import Testing

/// Two roles that must say the same: what one of them, or one key, cannot do alone.
@Suite struct AgreementTests {
  private static let roles = ["x.build", "x.review"]
  private static let patterns: [String: JSON] = ["paths": ["x/*"], "terminating": false]

  /// A repository whose builders have keys 7 and 8 and whose reviewers have 9 and 10, both over `x/*`, by way of a group.
  private func world(_ change: (inout SimulatedRepository) -> Void = { _ in }) -> World {
    World { repository in
      repository.delegate(to: "group", key: 6, paths: ["x*/*"])
      for (role, keys) in zip(Self.roles, [[7, 8], [9, 10]] as [[UInt8]]) {
        repository.delegate(
          from: "group", to: role, keys: keys.map { SimulatedRepository.key($0) }, threshold: 2, members: Self.patterns)
        repository.addTarget("x/1", to: role)
      }
      change(&repository)
      repository.publish()
    }
  }

  private func disagreement(_ world: World) async throws -> Disagreement? {
    var update = try await world.update()
    do {
      _ = try await update.agreement(of: Self.roles, on: path("x/1"))
      return nil
    } catch let error as Disagreement { return error }
  }

  @Test func `two roles that name one file agree, and both are told`() async throws {
    var update = try await world().update()
    let agreement = try await update.agreement(of: Self.roles, on: path("x/1"))
    #expect(agreement.accounts.map(\.role) == Self.roles && agreement.accounts.map(\.signers.count) == [2, 2])
    #expect(agreement.target.delegators == ["targets", "group"])
  }

  @Test(arguments: [0, 1]) func `one role alone says nothing`(other: Int) async throws {
    let world = world { $0[Self.roles[other], "targets"] = [:] }
    #expect(try await disagreement(world) == .silent(role: Self.roles[other], reason: nil))
  }

  @Test func `a role that was refused is named with the reason`() async throws {
    let world = world { $0.signers["x.review"]?.removeLast() }
    let found = try await disagreement(world)
    guard case .silent("x.review", .some) = found else {
      Issue.record("\(String(describing: found))")
      return
    }
  }

  @Test func `two roles that name different files do not agree`() async throws {
    let world = world { $0.addTarget("x/1", to: "x.review", content: "other") }
    #expect(try await disagreement(world) == .different("x.build", "x.review"))
  }

  @Test func `two builders and no reviewer: a review role that the build role delegates to itself is told apart`()
    async throws
  {
    // The builders describe a review role of their own keys, and the online keys' thief lists its file as the role's.
    let builders = [SimulatedRepository.key(7), SimulatedRepository.key(8)]
    let world = world { repository in
      repository.delegate(from: "x.build", to: "x.review", keys: builders, members: Self.patterns)
      repository.signers["x.review"] = [builders[1]]
    }
    let found = try await disagreement(world)
    #expect(found == .apart("x.build", "x.review"))
  }

  @Test func `one key that may sign for both roles cannot make them agree`() async throws {
    let both = SimulatedRepository.key(11)
    let world = World { repository in
      for role in Self.roles {
        repository.delegate(to: role, keys: [both], members: Self.patterns)
        repository.addTarget("x/1", to: role)
      }
      repository.publish()
    }
    #expect(try await disagreement(world) == .sharedKey("x.build", "x.review"))
  }

  @Test func `one P-256 key under both spellings of its type cannot make two roles agree`() async throws {
    let key = HardwareKey()
    let world = World { repository in
      for (role, type) in zip(Self.roles, ["ecdsa", "ecdsa-sha2-nistp256"]) {
        repository.delegate(to: role, keys: [], members: Self.patterns)
        repository.addTarget("x/1", to: role)
        Self.give(role, key, "key-of-\(role)", type, &repository)
      }
      repository.publish()
      // Each role's file is right by itself; that one hand signed both is what the names hide.
      for role in Self.roles {
        let signed = JSON.object(repository.signed[role] ?? [:])
        let signature = SimulatedRepository.signature("key-of-\(role)", key.sign(signed.canonicalBytes))
        repository.files[repository.name(of: role)] = SimulatedRepository.file(signed, [signature])
      }
    }
    #expect(try await disagreement(world) == .sharedKey("x.build", "x.review"))
  }

  /// Lists a key for a role of top-level targets under a name and a spelling of its type.
  private static func give(
    _ role: String, _ key: HardwareKey, _ id: String, _ type: String, _ repository: inout SimulatedRepository
  ) {
    var delegations = repository["targets", "delegations"]?.object ?? [:]
    var listed = delegations["keys"]?.object ?? [:]
    listed[id] = [
      "keytype": .string(type), "scheme": "ecdsa-sha2-nistp256", "keyval": ["public": .string(key.pem)],
    ]
    delegations["keys"] = .object(listed)
    delegations["roles"] = .array(
      (delegations["roles"]?.array ?? []).map { object in
        guard object["name"] == .string(role), case .object(var members) = object else { return object }
        members["keyids"] = [.string(id)]
        return .object(members)
      })
    repository["targets", "delegations"] = .object(delegations)
    repository.describesFully = false
  }

  @Test func `a role of another path cannot take part`() async throws {
    let world = world { repository in
      repository.delegate(to: "y.review", key: 12, paths: ["y/*"])
      repository.addTarget("x/1", to: "y.review")
    }
    var update = try await world.update()
    await #expect(throws: Disagreement.silent(role: "y.review", reason: nil)) {
      _ = try await update.agreement(of: ["x.build", "y.review"], on: path("x/1"))
    }
  }
}
