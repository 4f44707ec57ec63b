import Basics
import Improvements
import Linux
import LogKeeping
import TUF
import TestSupport
import Testing
import TransparencyLog

@testable import Publishing

/// Publishing with a log, and with real witnesses over HTTP.
@Suite struct LogPublishingTests {
  /// A witness that can be ended and begun again at the same address, with the same record.
  struct Operator {
    let folder: TemporaryDirectory
    let key: SignerKey
    let name: String

    init(_ name: String) throws {
      self.name = name
      folder = try TemporaryDirectory(inMemory: true)
      key = try SignerKey(name: #require(KeyName("\(name).example/w")), type: .cosignature)
    }

    func serving<T: Sendable>(
      _ log: VerifierKey, port: Int = 0, _ body: (String) async throws -> T
    ) async throws -> T {
      let server = try await server(log, port)
      return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await server.run() }
        let result = try await body(server.url)
        group.cancelAll()
        return result
      }
    }

    private func server(_ log: VerifierKey, _ port: Int) async throws -> WitnessServer {
      for attempt in 0... {
        do {
          let witness = try Witness(opening: folder.directory, key: key, logs: [log])
          return try await WitnessServer(witness, host: "127.0.0.1", port: port) { 1_700_000_000 }
        } catch let error as LogKeepingError where error.isTransient && attempt < 100 {
          try await Task.sleep(for: .milliseconds(20))
        }
      }
      preconditionFailure("counting does not end")
    }
  }

  private func signPolicy(_ world: PublisherWorld, _ text: String) async throws {
    try world.folder.directory.write(Array(text.utf8), to: path("policy"))
    _ = try world.workspace.stagingTarget(
      "policy/witnesses", file: world.folder.path + "/policy", in: "targets", binsOf: nil, now: world.now)
    _ = try await world.workspace.accepting([], now: world.now)
  }

  private func policy(_ log: VerifierKey, _ witnesses: [(Operator, String)], quorum: String = "all") -> String {
    var text = "log \(log)\n"
    for (witness, url) in witnesses { text += "witness \(witness.name) \(witness.key.verifier) \(url)\n" }
    return text + "group q \(quorum) \(witnesses.map(\.0.name).joined(separator: " "))\nquorum q\n"
  }

  @Test func `every improvement and every root is logged, cosigned by two, and proven beside its manifest`()
    async throws
  {
    let world = try PublisherWorld()
    let log = try VerifierKey(parsing: try world.workspace.makingLog(origin: "log.example/suture"))
    let staged = try await world.importing()
    let (a, b) = (try Operator("a"), try Operator("b"))
    try await a.serving(log) { urlA in
      try await b.serving(log) { urlB in
        try await signPolicy(world, policy(log, [(a, urlA), (b, urlB)]))
        let account = try await world.publish()
        #expect(account.log?.added == 2 && account.proofs == 2 && account.log?.witnesses.sorted() == ["a", "b"])
        _ = try await world.importing(fixed: ("1.0-1+deb12u3", "newest code"))
        #expect(try await world.publish().log?.added == 1)
      }
    }
    // Nothing new needs no witness.
    #expect(try await world.publish().bytes == 0)
    let entry = LogEntry.publish(staged.manifest.stream, .first, manifest: Digest(of: staged.manifest.bytes))
    let published = try Directory(path: world.destination)
    let proof = try LogProof(parsing: try published.read(path(entry.proofPath), limit: 1 << 16))
    let pinned = try LogPolicy(parsing: try world.folder.directory.read(path("policy"), limit: 1 << 16))
    #expect(try proof.verify(leafHash: entry.leafHash, policy: pinned).cosignatures.count == 2)
    #expect(
      try await RepositoryCheck.logFindings(in: world.destination, rootFile: nil, now: world.now).isEmpty)
    // The published log is whole, and its owner knows every entry of it.
    let state = world.folder.path + "/state"
    let watch = try LogWatch(
      world.destination + "/log", keys: ["\(log)"], state: state, own: ["debian-12/amd64/*"], known: [world.destination]
    )
    let look = try await watch.look()
    #expect(look.news.count == 3 && look.alerts.isEmpty)
    await watch.close()
    // A proof that is gone or another's is a fault.
    try published.write([1], to: path(entry.proofPath))
    let faults = try await RepositoryCheck.logFindings(in: world.destination, rootFile: nil, now: world.now)
    #expect(faults.map(\.isFault) == [true])
  }

  @Test func `without a quorum nothing is published, not even half, and it goes on when the witness is back`()
    async throws
  {
    let world = try PublisherWorld()
    let log = try VerifierKey(parsing: try world.workspace.makingLog(origin: "log.example/suture"))
    let a = try Operator("a")
    let port = try await a.serving(log) { url in
      try await signPolicy(world, policy(log, [(a, url)]))
      _ = try await world.publish()
      return try #require(Int(url.split(separator: ":").last ?? ""))
    }
    let before = try world.published()
    _ = try await world.importing()
    let error = await #expect(throws: LogKeepingError.self) { try await world.publish() }
    let failure = Failure(try #require(error))
    #expect(failure.kind == .missing && failure.sentence.hasPrefix("too few witnesses cosigned for the quorum"))
    #expect(try world.published() == before)
    let account = try await a.serving(log, port: port) { _ in try await world.publish() }
    // The entry is there since the first attempt, once.
    #expect(account.log?.added == 0 && account.log?.size == 2 && account.proofs == 1 && account.manifests == 1)
  }

  @Test func `an entry in the log that nobody here made is told of`() async throws {
    let world = try PublisherWorld()
    let log = try VerifierKey(parsing: try world.workspace.makingLog(origin: "log.example/suture"))
    try await signPolicy(world, "log \(log)\nquorum none\n")
    _ = try await world.publish()
    let theft = LogEntry.publish(
      try #require(Stream("debian-12/amd64/libdemo1")), .first, manifest: Digest(of: "stolen keys".utf8))
    _ = try await #require(try world.workspace.log()).append([theft.bytes])
    let watch = try LogWatch(
      world.workspace.directory.path + "/log", keys: ["\(log)"], state: world.folder.path + "/state",
      own: ["debian-12/amd64/*"], known: [world.workspace.directory.path])
    for _ in 0..<2 {
      let look = try await watch.look()
      #expect(look.alerts == ["entry 1 of the log is not known here: \(theft)"])
    }
    await watch.close()
  }

  @Test func `a watch that cannot begin says why, and leaves no connection behind`() throws {
    let state = try TemporaryDirectory(inMemory: true)
    let cosigner = try SignerKey(name: #require(KeyName("w.example/w")), type: .cosignature)
    #expect(throws: LogRefusal.wrongKeyUse(name: "w.example/w", wanted: "sign for a log: it makes cosignatures")) {
      try LogWatch(state.path, keys: ["\(cosigner.verifier)"], state: state.path, own: [], known: [])
    }
    #expect(throws: LogKeepingError.self) {
      try LogWatch("http://a b", keys: [], state: state.path, own: [], known: [])
    }
    #expect(throws: PublishingError.badPattern("[x]")) {
      try LogWatch(state.path, keys: [], state: state.path, own: ["[x]"], known: [])
    }
  }

  @Test func `a withdrawal is logged and proven like what it withdraws`() async throws {
    let world = try PublisherWorld()
    let log = try VerifierKey(parsing: try world.workspace.makingLog(origin: "log.example/suture"))
    try await signPolicy(world, "log \(log)\nquorum none\n")
    let staged = try await world.importing()
    _ = try await world.publish()
    _ = try await world.workspace.withdrawing(
      "libdemo1", serial: 1, reason: "it breaks parsing", as: [.recall], now: world.now)
    let account = try await world.publish()
    #expect(account.log?.added == 1 && account.proofs == 1)
    let entry = LogEntry.withdraw(staged.manifest.stream, .first, manifest: Digest(of: staged.manifest.bytes))
    #expect(try world.published()[path(entry.proofPath)] != nil)
  }

  @Test func `a policy that one operator can meet is warned of, and so is none at all`() async throws {
    let world = try PublisherWorld()
    _ = try await world.publish()
    func told() async throws -> [String] {
      try await RepositoryCheck.logFindings(in: world.destination, rootFile: nil, now: world.now).map(\.sentence)
    }
    #expect(try await told() == ["there is no policy of witnesses: nothing is proven to be in a public log"])
    let log = try VerifierKey(parsing: try world.workspace.makingLog(origin: "log.example/suture"))
    try await signPolicy(world, "log \(log)\nquorum none\n")
    _ = try await world.publish()
    #expect(
      try await told() == ["the policy of witnesses takes fewer than two operators: it asks for no witness"])
  }

  @Test func `a policy without a log stops the publication`() async throws {
    let world = try PublisherWorld()
    let key = try SignerKey(name: #require(KeyName("log.example/other")), type: .ed25519)
    try await signPolicy(world, "log \(key.verifier)\nquorum none\n")
    await #expect(throws: PublishingError.noLog(folder: world.workspace.directory.path)) { try await world.publish() }
    // A log under another key than the policy's is no better.
    _ = try world.workspace.makingLog(origin: "log.example/suture")
    await #expect(throws: LogRefusal.self) { try await world.publish() }
    #expect(try world.published().isEmpty)
  }
}
