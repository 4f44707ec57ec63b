import Basics
import CanonicalJSON
import TUF
import Testing

/// What a publisher is told of a repository before it goes out.
@Suite struct RepositoryAuditTests {
  private func repository(_ change: (inout SimulatedRepository) -> Void = { _ in }) -> SimulatedRepository {
    var repository = SimulatedRepository()
    repository.delegate(to: "os", key: 8, paths: ["os/*/*"])
    repository.delegate(from: "os", to: "expat", key: 9, paths: ["os/expat/*"])
    repository.addTarget("os/expat/1", to: "expat", content: "one")
    repository.addTarget("top", content: "two")
    change(&repository)
    repository.publish()
    repository.publishNextRoot()
    return repository
  }

  private func audit(
    _ repository: SimulatedRepository, soon: Duration = .seconds(0), files: [String: String]? = nil
  ) throws -> RepositoryAudit {
    let now = SimulatedRepository.now
    let read = files.map { files in { (name: String) in files[name].map { Array($0.utf8) } } }
    return try RepositoryAudit(
      pinnedRoot: try #require(repository.files["1.root.json"]), now: now, soon: now.advanced(by: soon),
      reading: { repository.files[$0] }, target: read)
  }

  private static let one = "os/expat/\(Digest(of: "one".utf8).hex).1"
  private static let two = "\(Digest(of: "two".utf8).hex).top"

  @Test func `a good repository has nothing to say of it`() throws {
    let audit = try audit(repository(), files: [Self.one: "one", Self.two: "two"])
    #expect(audit.isSound && audit.findings.isEmpty)
    #expect(audit.repository.roles.map(\.role) == ["root", "timestamp", "snapshot", "targets", "os", "expat"])
    #expect(audit.repository.role("root")?.version == 2)
  }

  @Test func `a file that is not there, or another one, is told`() throws {
    let audit = try audit(repository(), files: [Self.one: "eno"])
    #expect(!audit.isSound)
    #expect(
      audit.findings == [
        .missing(path: path("top"), filePath: Self.two), .wrong(path: path("os/expat/1"), filePath: Self.one),
      ])
  }

  @Test func `what no client takes is told`() throws {
    let audit = try audit(
      repository { repository in
        repository.addTarget("os/zlib/1", to: "expat")
        repository.addTarget("os/expat/1", to: "os")
        repository.delegate(to: "gone", key: 9, paths: ["g/*"])
      })
    #expect(!audit.isSound)
    #expect(
      audit.findings == [
        .overridden(role: "expat", path: path("os/expat/1"), by: "os"), .stray(role: "expat", path: path("os/zlib/1")),
      ])
  }

  @Test func `a role that is left out is a fault, a role that nobody names is none`() throws {
    var broken = repository()
    broken.files["2.expat.json"] = nil
    let audit = try audit(broken)
    #expect(!audit.isSound && audit.findings.count == 1)
    #expect(audit.findings.first?.description.contains("2.expat.json is not in the repository") == true)
    var ended = repository()
    ended["os", "delegations"] = nil
    ended.publish()
    let other = try self.audit(ended)
    #expect(other.isSound && other.findings == [.unreached(role: "expat")])
  }

  @Test func `what expires soon is told`() throws {
    let repository = repository { $0["expat", "expires"] = "2026-11-25T00:00:00Z" }
    let audit = try audit(repository, soon: .seconds(2 * 86_400))
    #expect(audit.isSound && audit.findings.map(\.description) == ["the role expat expires at 2026-11-25T00:00:00Z"])
    #expect(try self.audit(repository, soon: .seconds(86_400)).findings.isEmpty)
  }

  @Test(arguments: ["2.root.json", "timestamp.json", "2.snapshot.json", "2.targets.json"])
  func `a repository that no client would take at all is refused`(name: String) throws {
    var repository = repository()
    var bytes = try #require(repository.files[name])
    bytes[bytes.count / 2] ^= 1
    repository.files[name] = bytes
    #expect(throws: Refusal.self) { try audit(repository) }
  }
}
