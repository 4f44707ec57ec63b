import Basics
import CanonicalJSON
import TUF
import Testing

/// What the keepers of one delegated role could write so that every device works for nothing, or stops.
@Suite struct BusyworkTests {
  /// Two streams, of which the first one's keepers are up to something.
  private func world(_ change: (inout SimulatedRepository) -> Void) -> World {
    World { repository in
      repository.delegate(to: "mallory", key: 20, paths: ["m/*", "m/*/*"])
      repository.delegate(to: "expat", key: 9, paths: ["d/*"])
      repository.addTarget("d/1", to: "expat")
      repository.addTarget("m/1", to: "mallory")
      change(&repository)
      repository.publish()
    }
  }

  private func delegations(_ members: [String: JSON]) -> JSON {
    .object(members.merging(["keys": SimulatedRepository.object([SimulatedRepository.key(21)])]) { $1 })
  }

  private func role(_ name: String, _ members: [String: JSON]) -> JSON {
    .object(
      members.merging([
        "name": .string(name), "keyids": [.string(SimulatedRepository.key(21).id.text)], "threshold": 1,
      ]) { $1 })
  }

  @Test func `a role that names thousands of bins which are not there stops nobody else`() async throws {
    let world = world { repository in
      repository["mallory", "delegations"] = delegations([
        "succinct_roles": [
          "name_prefix": "bin", "bit_length": 14, "keyids": [.string(SimulatedRepository.key(21).id.text)],
          "threshold": 1,
        ]
      ])
    }
    let trusted = try await world.refresh()
    #expect(trusted.targets.map(\.path.description) == ["m/1", "d/1"])
    // Its own delegations are told of, and do not fill anybody's history.
    #expect(trusted.refusals.count == Limits.refusalsPerDelegator + 1)
    let last = try #require(trusted.refusals.last)
    #expect(last.reason == .moreLeftOut(count: (1 << 14) - Limits.refusalsPerDelegator))
    #expect(last.description == "the role mallory: 16352 more roles that it delegates to were refused")
  }

  @Test func `the refused roles of top-level targets are told one and all`() async throws {
    let count = 3 * Limits.refusalsPerDelegator
    let world = world { repository in
      for number in 0..<count { repository.delegate(to: "r\(number)", key: 21, paths: ["r/\(number)"]) }
      for number in 0..<count { repository.signers["r\(number)"] = [] }
    }
    let trusted = try await world.refresh()
    #expect(Set(trusted.refusals.map(\.role)) == Set((0..<count).map { "r\($0)" }))
    #expect(trusted.targets.count == 2)
  }

  @Test func `a file of a great many patterns costs its own role the delegations, and others nothing`() async throws {
    // Each pattern meets each wanted one but for the last character, which takes a while to find out.
    let stars = String(repeating: "*a", count: 60) + "b"
    let patterns = (0..<Limits.patternsPerRole).map { JSON.string("m/\(stars)\($0)") }
    let world = world { repository in
      repository["mallory", "delegations"] = delegations([
        "roles": .array((0..<16).map { role("busy\($0)", ["paths": .array(patterns)]) })
      ])
    }
    let wanted = (0..<200).map { "m/" + String(repeating: "a", count: 100) + "?\($0)x" } + ["m/1", "d/*"]
    var update = try await world.update()
    let start = ContinuousClock.now
    let trusted = try await update.repository(matching: wanted.compactMap { PathPattern($0) })
    let took = ContinuousClock.now - start
    #expect(trusted.targets.map(\.path.description) == ["m/1", "d/1"])
    #expect(trusted.refusals.map(\.role) == ["mallory"])
    #expect(trusted.refusals.map(\.reason) == [.tooMuchEffort(limit: Limits.effortPerRole)])
    // Without a limit it is three million comparisons of 100 by 120 characters, minutes in a debug build.
    #expect(took < .seconds(60), "it took \(took)")
  }

  @Test func `a thousand groups and hundreds of wanted components stay far within the limit of effort`() async throws {
    let world = World { repository in
      let key = SimulatedRepository.key(9)
      let roles = (0..<Limits.delegatedRoles).map { number -> JSON in
        [
          "name": .string("g\(number)"), "keyids": [.string(key.id.text)], "threshold": 1,
          "paths": [.string("debian-12/amd64/lib\(number)*/*")],
        ]
      }
      repository["targets", "delegations"] = ["keys": SimulatedRepository.object([key]), "roles": .array(roles)]
      repository.publish()
    }
    var update = try await world.update()
    let wanted = (0..<800).compactMap { PathPattern("debian-12/amd64/component-\($0)/*") }
    #expect(try await update.repository(matching: wanted).refusals.isEmpty)
  }

  @Test func `a role that several name is listed for the paths that each of them gives it`() async throws {
    let world = World { repository in
      for team in ["a", "b"] {
        repository.delegate(to: team, key: 20, paths: ["\(team)/*"])
        repository.delegate(from: team, to: "release", key: 30, paths: ["\(team)/*"])
      }
      repository.delegate(from: "release", to: "deep", key: 31, paths: ["b/*"])
      repository.addTarget("b/x", to: "deep")
      repository.publish()
    }
    #expect(try await world.search("b/x").role == "deep")
    let trusted = try await world.refresh()
    #expect(trusted.targets.map(\.path.description) == ["b/x"])
    #expect(trusted.roles.map(\.role).filter { $0 == "release" }.count == 1)
  }

  @Test func `a file that lists more keys than are read is refused`() async throws {
    let listed = (0...Limits.keysPerFile).map { ("k\($0)", SimulatedRepository.key(9).key.json) }
    let world = world { repository in
      repository["mallory", "delegations"] = ["keys": .object(Dictionary(uniqueKeysWithValues: listed)), "roles": []]
    }
    let trusted = try await world.refresh()
    #expect(trusted.targets.map(\.path.description) == ["d/1"])
    let reason = Refusal.tooManyKeys(role: "mallory.json", count: listed.count, limit: Limits.keysPerFile)
    #expect(trusted.refusals.map(\.role) == ["mallory"] && trusted.refusals.map(\.reason) == [reason])
  }
}
