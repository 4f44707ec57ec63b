import Basics
import CanonicalJSON
import TUF
import Testing

/// What the specification's reference implementation makes is read here.
@Suite struct InteroperabilityTests {
  private static let files = PythonRepository.files.mapValues { Array($0.utf8) }

  private func client() throws -> Client {
    let mirror = Mirror()
    mirror.serve(Self.files)
    return Client(pinnedRoot: try #require(Self.files["1.root.json"]), fetcher: mirror, store: MemoryStore())
  }

  @Test func `a repository made by python-tuf is verified`() async throws {
    let trusted = try await client().refresh(now: SimulatedRepository.now)
    #expect(trusted.refusals.isEmpty)
    #expect(trusted.roles.map(\.version) == [2, 1, 1, 1, 1, 1])
    #expect(trusted.roles.map(\.signers.count) == [2, 1, 1, 1, 2, 1])
    #expect(trusted.role("root")?.signers == [1, 2].map { SimulatedRepository.key($0).id }.sorted())
    #expect(
      trusted.targets.map { "\($0.path) \($0.role)" } == [
        "top/readme.txt targets", "d/expat/1.json expat", "any/file bins",
      ])
    let target = try #require(trusted.target(at: path("d/expat/1.json")))
    #expect(target.matches(Array("improvement".utf8)))
    #expect(target.custom == ["serial": 1, "text": "é \"quoted\" \\ \n"])
  }

  @Test func `a repository made by python-tuf is edited, and still verified`() async throws {
    var editor = try RepositoryEditor(loading: { Self.files[$0] })
    #expect(editor.delegatedRoles == ["expat", "bins"])
    try editor.setTarget(path("d/expat/2.json"), length: 1, sha256: Digest(of: "2".utf8), in: "expat")
    let keys = (1...7).map { SimulatedRepository.key($0) }
    var files = Self.files
    for file in try editor.publish(signingWith: keys, now: SimulatedRepository.now) { files[file.name] = file.bytes }
    let mirror = Mirror()
    mirror.serve(files)
    let client = Client(pinnedRoot: try #require(files["1.root.json"]), fetcher: mirror, store: MemoryStore())
    let trusted = try await client.refresh(now: SimulatedRepository.now)
    #expect(trusted.targets.count == 4)
    #expect(trusted.role("expat")?.version == 2)
  }
}
