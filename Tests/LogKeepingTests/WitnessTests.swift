import Basics
import Glibc
import Improvements
import Linux
import Synchronization
import TestSupport
import Testing
import TransparencyLog

@testable import LogKeeping

@Suite struct WitnessTests {
  /// Two histories of one log, signed by one key: what no log may have.
  struct Fork {
    let key: SignerKey
    let entries: [[UInt8]]
    let others: [[UInt8]]

    init() throws {
      key = try LogWorld.key("log.example/suture", .ed25519)
      entries = try (1...20).map { try LogWorld.entry($0).bytes }
      others = try (1...20).map { try LogWorld.entry($0, of: $0 > 5 ? "libevil" : "libexpat1").bytes }
    }

    func checkpoint(_ entries: [[UInt8]], _ size: Int) throws -> SignedCheckpoint {
      let root = LogWorld.root(Array(entries.prefix(size)))
      return try SignedCheckpoint(
        Checkpoint(origin: LogOrigin(key.verifier.name), size: UInt64(size), root: root), signedBy: key)
    }

    func request(_ entries: [[UInt8]], from former: Int, to size: Int) throws -> [UInt8] {
      let hashes = try TileHashes(entries: entries, size: size)
      let proof = try ConsistencyProof(from: UInt64(former), to: UInt64(size), with: hashes)
      return try AddCheckpointRequest(
        formerSize: UInt64(former), hashes: proof.hashes, checkpoint: checkpoint(entries, size)
      ).bytes
    }
  }

  private func witness(
    _ folder: TemporaryDirectory, _ fork: Fork, key: SignerKey? = nil
  ) throws -> (Witness, SignerKey) {
    let key = try key ?? LogWorld.key("witness.example/w1", .cosignature)
    return (try Witness(opening: folder.directory, key: key, logs: [fork.key.verifier]), key)
  }

  @Test func `a witness answers each request with the status that tlog-witness says`() async throws {
    let fork = try Fork()
    let folder = try TemporaryDirectory(inMemory: true)
    let (witness, key) = try witness(folder, fork)
    func ask(_ body: [UInt8]) async throws -> Witness.Answer { try await witness.addCheckpoint(body, timestamp: 1_000) }
    let first = try await ask(fork.request(fork.entries, from: 0, to: 8))
    #expect(first.status == .ok)
    var signed = try fork.checkpoint(fork.entries, 8)
    for line in try NoteSignature.parse(lines: Array(first.body.utf8)) { try signed.add(line) }
    #expect(try signed.verify(with: [key.verifier]).map(\.timestamp) == [1_000])
    // Again, the same: cosigned anew. Then one step further.
    #expect(try await ask(fork.request(fork.entries, from: 8, to: 8)).status == .ok)
    let stale = try await ask(fork.request(fork.entries, from: 5, to: 12))
    #expect(stale == Witness.Answer(status: .conflict, body: "8\n", isSize: true))
    #expect(try await ask(fork.request(fork.entries, from: 8, to: 12)).status == .ok)
    #expect(try await ask(Array("old 1\nnonsense\n\n".utf8)).status == .badRequest)
    #expect(try await ask([]).status == .badRequest)
    let backwards = try AddCheckpointRequest(formerSize: 12, hashes: [], checkpoint: fork.checkpoint(fork.entries, 9))
    #expect(try await ask(backwards.bytes).status == .badRequest)
    let stranger = try LogWorld.key("other.example/log", .ed25519)
    let unknown = try SignedCheckpoint(
      Checkpoint(origin: LogOrigin(stranger.verifier.name), size: 1, root: Digest(of: [])), signedBy: stranger)
    #expect(
      try await ask(AddCheckpointRequest(formerSize: 0, hashes: [], checkpoint: unknown).bytes).status == .notFound)
    let thief = try LogWorld.key("log.example/suture", .ed25519)
    let forged = try SignedCheckpoint(fork.checkpoint(fork.entries, 13).checkpoint, signedBy: thief)
    #expect(
      try await ask(AddCheckpointRequest(formerSize: 12, hashes: [], checkpoint: forged).bytes).status == .forbidden)
    let unproven = try AddCheckpointRequest(
      formerSize: 12, hashes: [], checkpoint: fork.checkpoint(fork.entries, 13))
    #expect(try await ask(unproven.bytes).status == .unprocessable)
  }

  @Test func `a log that shrinks or forks is refused by the witness`() async throws {
    let fork = try Fork()
    let folder = try TemporaryDirectory(inMemory: true)
    let (witness, _) = try witness(folder, fork)
    let sound = try await witness.addCheckpoint(fork.request(fork.entries, from: 0, to: 10), timestamp: 1)
    #expect(sound.status == .ok)
    // Shrunk: whatever it says of the size before.
    for former in [0, 7] {
      let answer = try await witness.addCheckpoint(fork.request(fork.entries, from: former, to: 7), timestamp: 2)
      #expect(answer == Witness.Answer(status: .conflict, body: "10\n", isSize: true))
    }
    // Forked: at the same size, and beyond it.
    let same = try await witness.addCheckpoint(fork.request(fork.others, from: 10, to: 10), timestamp: 2)
    #expect(same.status == .unprocessable && !same.isSize)
    let beyond = try await witness.addCheckpoint(fork.request(fork.others, from: 10, to: 15), timestamp: 2)
    #expect(beyond.status == .unprocessable)
    #expect(
      await witness.latest(of: LogOrigin(fork.key.verifier.name))?.root == LogWorld.root(Array(fork.entries.prefix(10)))
    )
  }

  @Test func `a witness never signs two histories, however many ask at once`() async throws {
    let fork = try Fork()
    let folder = try TemporaryDirectory(inMemory: true)
    let (witness, key) = try witness(folder, fork)
    // All steps of both histories at once, many times over.
    let bodies = try [fork.entries, fork.others].flatMap { entries in
      try (0..<12).flatMap { former in
        // Small steps, so that many of them can be taken.
        try (max(former, 1)...min(former + 2, 12)).map { size in
          (try fork.request(entries, from: former, to: size), try fork.checkpoint(entries, size))
        }
      }
    }
    let cosigned = try await withThrowingTaskGroup(of: Checkpoint?.self) { group in
      for round in 0..<8 {
        for (body, signed) in bodies.shuffled() {
          group.addTask {
            let answer = try await witness.addCheckpoint(body, timestamp: UInt64(round))
            guard answer.status == .ok else { return nil }
            var copy = signed
            for line in try NoteSignature.parse(lines: Array(answer.body.utf8)) { try copy.add(line) }
            _ = try copy.verify(with: [key.verifier])
            return copy.checkpoint
          }
        }
      }
      return try await group.reduce(into: [Checkpoint]()) { found, next in if let next { found.append(next) } }
    }
    #expect(cosigned.count > 1)
    #expect(Dictionary(grouping: cosigned) { $0.size }.values.allSatisfy { Set($0.map(\.root)).count == 1 })
  }

  @Test func `a witness that was killed after its record and before its answer does not go back`() async throws {
    let fork = try Fork()
    let folder = try TemporaryDirectory(inMemory: true)
    let key = try LogWorld.key("witness.example/w1", .cosignature)
    do {
      let (witness, _) = try witness(folder, fork, key: key)
      // The answer is lost; what is left is the disk.
      _ = try await witness.addCheckpoint(fork.request(fork.entries, from: 0, to: 9), timestamp: 1)
    }
    let again = try await reopened(folder, fork, key)
    let other = try await again.addCheckpoint(fork.request(fork.others, from: 0, to: 9), timestamp: 2)
    #expect(other == Witness.Answer(status: .conflict, body: "9\n", isSize: true))
    #expect(try await again.addCheckpoint(fork.request(fork.entries, from: 9, to: 9), timestamp: 2).status == .ok)
    #expect(try await again.addCheckpoint(fork.request(fork.entries, from: 9, to: 14), timestamp: 2).status == .ok)
  }

  @Test func `SIGKILL between record and answer loses the answer and never the record`() async throws {
    let fork = try Fork()
    let folder = try TemporaryDirectory()
    let key = try LogWorld.key("witness.example/w1", .cosignature)
    let body = try fork.request(fork.entries, from: 0, to: 9)
    let (place, secret, log) = (folder.path, key.secretText, "\(fork.key.verifier)")
    await #expect(processExitsWith: .signal(SIGKILL)) {
      [place = place as String, secret = secret as String, log = log as String, body = body as [UInt8]] in
      let witness = try Witness(
        opening: Directory(path: place), key: SignerKey(parsing: secret), logs: [VerifierKey(parsing: log)]
      ) { raise(SIGKILL) }
      _ = try await witness.addCheckpoint(body, timestamp: 1)
    }
    let again = try await reopened(folder, fork, key)
    #expect(await again.latest(of: LogOrigin(fork.key.verifier.name))?.size == 9)
    let other = try await again.addCheckpoint(fork.request(fork.others, from: 0, to: 9), timestamp: 2)
    #expect(other == Witness.Answer(status: .conflict, body: "9\n", isSize: true))
    #expect(try await again.addCheckpoint(fork.request(fork.entries, from: 9, to: 9), timestamp: 2).status == .ok)
  }

  @Test func `a witness whose record is damaged does not begin anew`() async throws {
    let fork = try Fork()
    let folder = try TemporaryDirectory(inMemory: true)
    let key = try LogWorld.key("witness.example/w1", .cosignature)
    do {
      let (witness, _) = try witness(folder, fork, key: key)
      _ = try await witness.addCheckpoint(fork.request(fork.entries, from: 0, to: 9), timestamp: 1)
      #expect(throws: LogKeepingError.inUse(folder: folder.path)) { try self.witness(folder, fork) }
    }
    let file = try path("\(LogOrigin(fork.key.verifier.name).hash).checkpoint")
    var bytes = try folder.directory.read(file, limit: 1 << 16)
    bytes[30] ^= 1
    try folder.directory.write(bytes, to: file)
    await #expect(throws: LogKeepingError.self) { try await self.reopened(folder, fork, key) }
  }

  private func reopened(_ folder: TemporaryDirectory, _ fork: Fork, _ key: SignerKey) async throws -> Witness {
    for _ in 0..<100 {
      do { return try witness(folder, fork, key: key).0 } catch LogKeepingError.inUse {
        try await Task.sleep(for: .milliseconds(10))
      }
    }
    return try witness(folder, fork, key: key).0
  }

  @Test func `a key that signs notes is no witness's`() throws {
    let fork = try Fork()
    let folder = try TemporaryDirectory(inMemory: true)
    #expect(throws: LogRefusal.self) { try self.witness(folder, fork, key: fork.key) }
  }
}

extension TileHashes {
  /// Of a small tree, from its entries.
  init(entries: [[UInt8]], size: Int) throws {
    self.init(size: UInt64(size))
    let leaves = entries.prefix(size).map { Merkle.leafHash(of: $0) }
    for tile in TileLayout.newTiles(from: 0, to: UInt64(size)) where tile.description.hasPrefix("tile/0/") {
      try add(tile, bytes: Tile.bytes(of: leaves.prefix(tile.width)))
    }
  }
}
