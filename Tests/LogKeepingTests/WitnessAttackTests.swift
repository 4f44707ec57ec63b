import Basics
import Linux
import TestSupport
import Testing
import TransparencyLog

@testable import LogKeeping

/// What somebody could send to a witness who has seen a checkpoint that the log has signed, and no key.
@Suite struct WitnessAttackTests {
  private let fork: WitnessTests.Fork
  private let folder: TemporaryDirectory
  private let key: SignerKey

  init() throws {
    fork = try WitnessTests.Fork()
    folder = try TemporaryDirectory(inMemory: true)
    key = try LogWorld.key("witness.example/w1", .cosignature)
  }

  private func open() async throws -> Witness {
    for _ in 0..<100 {
      do { return try Witness(opening: folder.directory, key: key, logs: [fork.key.verifier]) } catch LogKeepingError
        .inUse
      { try await Task.sleep(for: .milliseconds(10)) }
    }
    return try Witness(opening: folder.directory, key: key, logs: [fork.key.verifier])
  }

  private var origin: LogOrigin { LogOrigin(fork.key.verifier.name) }

  /// A request with lines of strangers beside the log's own.
  private func padded(to size: Int, lines: [NoteSignature]) throws -> [UInt8] {
    var signed = try fork.checkpoint(fork.entries, size)
    for line in lines { try signed.add(line) }
    return try AddCheckpointRequest(formerSize: 0, hashes: [], checkpoint: signed).bytes
  }

  private static func line(_ number: UInt32, byteCount: Int) throws -> NoteSignature {
    NoteSignature(
      name: try #require(KeyName("stranger.example")), keyID: KeyID(number),
      signature: [UInt8](repeating: 7, count: byteCount))
  }

  @Test func `a checkpoint that strangers have padded does not keep a witness from starting again`() async throws {
    // As long as a note may be, so that one line more would be too long to be read.
    let fill = LogLimits.noteByteCount - (try fork.checkpoint(fork.entries, 5).bytes.count) - 60
    let long = try padded(to: 5, lines: [Self.line(1, byteCount: fill / 4 * 3 - 8)])
    #expect(long.count > LogLimits.noteByteCount - 80)
    do {
      let witness = try await open()
      #expect(try await witness.addCheckpoint(long, timestamp: 1).status == .ok)
    }
    let again = try await open()
    #expect(await again.latest(of: origin)?.size == 5)
    let kept = try #require(await again.checkpoint(ofOrigin: origin.hash))
    #expect(kept.count < 1_000)
    let signed = try SignedCheckpoint(parsing: kept)
    #expect(try signed.verify(with: [fork.key.verifier, key.verifier]).count == 2 && signed.note.signatures.count == 2)
  }

  @Test func `a checkpoint that has as many signatures as are read is cosigned all the same`() async throws {
    let lines = try (1..<UInt32(LogLimits.signaturesPerNote)).map { try Self.line($0, byteCount: 8) }
    let answer = try await open().addCheckpoint(padded(to: 5, lines: lines), timestamp: 1)
    #expect(answer.status == .ok)
  }

  @Test func `a line under the witness's own name does not stand in its record`() async throws {
    let forged = NoteSignature(
      name: key.verifier.name, keyID: key.verifier.id, signature: [UInt8](repeating: 1, count: 72))
    do {
      #expect(try await open().addCheckpoint(padded(to: 5, lines: [forged]), timestamp: 9).status == .ok)
    }
    let kept = try #require(await open().checkpoint(ofOrigin: origin.hash))
    #expect(try SignedCheckpoint(parsing: kept).verify(with: [key.verifier]).map(\.timestamp) == [9])
  }

  @Test func `a log that signs a checkpoint too long to be kept gets no cosignature, and others do`() async throws {
    let sound = try fork.checkpoint(fork.entries, 5)
    // The cosignature's own line has no room any more.
    let long = (0..<59).map { "\($0) " + String(repeating: "x", count: 2_150) }.joined(separator: "\n") + "\n"
    let room = LogLimits.noteByteCount - sound.bytes.count - long.utf8.count - 60
    let text = sound.checkpoint.text + Array((long + String(repeating: "x", count: room) + "\n").utf8)
    let note = try SignedNote(text: text, signedBy: fork.key)
    let signed = try SignedCheckpoint(parsing: note.bytes)
    #expect(signed.bytes.count > LogLimits.noteByteCount - 80)
    let body = try AddCheckpointRequest(formerSize: 0, hashes: [], checkpoint: signed).bytes
    do {
      let witness = try await open()
      #expect(try await witness.addCheckpoint(body, timestamp: 1).status == .badRequest)
      #expect(await witness.latest(of: origin) == nil)
    }
    #expect(try await open().addCheckpoint(padded(to: 5, lines: []), timestamp: 1).status == .ok)
  }

  @Test func `a clock that is set back signs no earlier time for a larger tree, after a restart neither`() async throws
  {
    func times(_ answer: Witness.Answer, _ size: Int) throws -> [UInt64?] {
      var signed = try fork.checkpoint(fork.entries, size)
      for line in try NoteSignature.parse(lines: Array(answer.body.utf8)) { try signed.add(line) }
      return try signed.verify(with: [key.verifier]).map(\.timestamp)
    }
    do {
      let witness = try await open()
      // A clock that was never set says nothing, and a cosignature may not say nothing.
      #expect(
        try times(await witness.addCheckpoint(fork.request(fork.entries, from: 0, to: 2), timestamp: 0), 2) == [1])
      #expect(
        try times(await witness.addCheckpoint(fork.request(fork.entries, from: 2, to: 3), timestamp: 100), 3) == [100])
    }
    let again = try await open()
    #expect(try times(await again.addCheckpoint(fork.request(fork.entries, from: 3, to: 4), timestamp: 50), 4) == [100])
  }

  @Test func `monitors read the last checkpoint that was cosigned, by the digest of its origin`() async throws {
    let server = try await WitnessServer(try await open(), host: "127.0.0.1", port: 0) { 5 }
    let client = LogClient()
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await server.run() }
      let address = "\(server.url)/\(origin.hash)/checkpoint"
      #expect(try await client.get(address, limit: 1_000).status == 404)
      #expect(try await client.get("\(server.url)/\(Digest(of: []))/checkpoint", limit: 1_000).status == 404)
      #expect(try await client.get("\(server.url)/../checkpoint", limit: 1_000).status == 404)
      for (former, size) in [(0, 4), (4, 9)] {
        let body = try fork.request(fork.entries, from: former, to: size)
        #expect(try await client.post(body, to: "\(server.url)/add-checkpoint", limit: 1_000).status == 200)
        let answer = try await client.get(address, limit: 1_000)
        let shown = try SignedCheckpoint(parsing: answer.body)
        #expect(answer.status == 200 && shown.checkpoint.size == UInt64(size))
        #expect(try shown.verify(with: [fork.key.verifier, key.verifier]).count == 2)
      }
      #expect(try await client.post([], to: address, limit: 1_000).status == 405)
      group.cancelAll()
    }
    await client.shutdown()
  }

  @Test func `a new key of the log is taken beside the old one, and the record goes on`() async throws {
    do { _ = try await open().addCheckpoint(fork.request(fork.entries, from: 0, to: 6), timestamp: 1) }
    let renewed = try LogWorld.key("log.example/suture", .ed25519)
    // With the new key alone too: the record is the witness's own word.
    var opened: Witness?
    for _ in 0..<100 where opened == nil {
      do { opened = try Witness(opening: folder.directory, key: key, logs: [renewed.verifier]) } catch LogKeepingError
        .inUse
      { try await Task.sleep(for: .milliseconds(10)) }
    }
    let witness = try #require(opened)
    #expect(await witness.latest(of: origin)?.size == 6)
    let signed = try SignedCheckpoint(fork.checkpoint(fork.entries, 8).checkpoint, signedBy: renewed)
    let hashes = try TileHashes(entries: fork.entries, size: 8)
    let proof = try ConsistencyProof(from: 6, to: 8, with: hashes)
    let body = try AddCheckpointRequest(formerSize: 6, hashes: proof.hashes, checkpoint: signed).bytes
    #expect(try await witness.addCheckpoint(body, timestamp: 2).status == .ok)
  }

  @Test func `what a witness said before is replaced, not collected`() throws {
    let signed = try fork.checkpoint(fork.entries, 5)
    var copy = signed
    for time in 1...300 { try copy.replace(with: key.cosign(signed.checkpoint, timestamp: UInt64(time))) }
    #expect(copy.note.signatures.count == 2)
    #expect(try copy.verify(with: [key.verifier]).map(\.timestamp) == [300])
  }
}
