package import Basics
package import Improvements
package import Linux
internal import TUF
import TestSupport
package import TransparencyLog

/// A public log beside a repository, with its witnesses: real keys, real tiles, real proofs, as files on the host.
package struct SimulatedLog: TreeHashes {
  /// The log's key.
  package let key: SignerKey
  /// The time of the next cosignature, in seconds since 1970; it goes on by a minute each.
  package var time: UInt64 = 1_795_400_000
  private let repository: Directory
  private var leaves: [Digest] = []
  private var tiles: [Tile: [UInt8]] = [:]

  package init(in repository: Directory, name: String = "log.example/suture", seed: UInt8 = 1) throws {
    self.repository = repository
    key = try SignerKey(name: present(KeyName(name)), type: .ed25519, seed: [UInt8](repeating: seed, count: 32))
  }

  /// A witness that everybody knows, by its number: each of an operator of its own.
  package static func witness(_ number: UInt8) throws -> SignerKey {
    try SignerKey(
      name: present(KeyName("operator\(number).example/w")), type: .cosignature,
      seed: [UInt8](repeating: 100 + number, count: 32))
  }

  /// A policy with these logs and witnesses W1, W2, …, of which `threshold` must have cosigned.
  package static func policy(logs: [SimulatedLog], witnesses: [UInt8], threshold: Int) throws -> String {
    var lines = logs.map { "log \($0.key.verifier)" }
    for number in witnesses { lines.append("witness W\(number) \(try witness(number).verifier)") }
    if witnesses.isEmpty { return (lines + ["quorum none"]).joined(separator: "\n") + "\n" }
    lines.append("group several \(threshold) " + witnesses.map { "W\($0)" }.joined(separator: " "))
    return (lines + ["quorum several"]).joined(separator: "\n") + "\n"
  }

  package var size: UInt64 { UInt64(leaves.count) }

  /// Adds entries, and writes the tiles that are new.
  package mutating func append(_ entries: LogEntry...) throws {
    var growing = try TileAppending(size: size, edge: tiles)
    for entry in entries {
      try growing.append(leafHash: entry.leafHash)
      leaves.append(entry.leafHash)
    }
    for (tile, bytes) in growing.tiles {
      tiles[tile] = bytes
      let place = try path("log/\(tile)")
      _ = try repository.creatingDirectory(present(place.parent))
      try repository.write(bytes, to: place)
    }
  }

  /// Adds entries that nobody asks for.
  package mutating func grow(by count: Int) throws {
    for number in 0..<count {
      try append(.root(version: Int64(number) + 1, digest: Digest(of: leaves.last?.bytes ?? [])))
    }
  }

  /// Takes the log's own files off the host; proofs stay.
  package func hideTiles() throws { try repository.removeTree(path("log")) }

  package func hash(of node: TreeNode) throws(LogRefusal) -> Digest {
    guard node.level > 0 else {
      guard node.index < size else { throw .missingHash(node) }
      return leaves[Int(node.index)]
    }
    guard let left = TreeNode(level: node.level - 1, index: node.index * 2),
      let right = TreeNode(level: node.level - 1, index: node.index * 2 + 1)
    else { throw .missingHash(node) }
    return Merkle.nodeHash(try hash(of: left), try hash(of: right))
  }

  /// The log's checkpoint now, cosigned by witnesses of these numbers.
  package mutating func checkpoint(by witnesses: [UInt8]) throws -> SignedCheckpoint {
    let checkpoint = try Checkpoint(
      origin: LogOrigin(key.verifier.name), size: size, root: Frontier(size: size, from: self).root)
    var signed = try SignedCheckpoint(checkpoint, signedBy: key)
    for number in witnesses {
      try signed.add(Self.witness(number).cosign(checkpoint, timestamp: time))
    }
    time += 60
    return signed
  }

  /// Writes the proof that the log holds an entry, in its tree of now.
  ///
  /// - Parameter other: the entry in whose place on the host it stands; its own where nil.
  package mutating func prove(_ entry: LogEntry, by witnesses: [UInt8], inPlaceOf other: LogEntry? = nil) throws {
    let index = try present(leaves.firstIndex(of: entry.leafHash))
    let inclusion = try InclusionProof(index: UInt64(index), size: size, from: self)
    let proof = try LogProof(inclusion, in: checkpoint(by: witnesses))
    let place = try path((other ?? entry).proofPath)
    _ = try repository.creatingDirectory(present(place.parent))
    try repository.write(proof.bytes, to: place)
  }

  /// Adds an entry and proves it.
  package mutating func log(_ entry: LogEntry, by witnesses: [UInt8]) throws {
    try append(entry)
    try prove(entry, by: witnesses)
  }
}

extension World {
  /// Pins a log policy, as an installation does.
  package func pin(policy: String) throws {
    let place = try path("device/etc/suture/trust/log-policy")
    try temporary.directory.write(Array(policy.utf8), to: place)
  }

  /// The log's entry of the improvement that `publish` publishes.
  package func entry(serial: Serial = .first, letter: Letter = .a, improved: [UInt8]? = nil) throws -> LogEntry {
    let manifest = try publisher.manifest(
      stream, serial, letter, path: file, old: old, new: improved ?? new, now: now)
    return .publish(stream, serial, manifest: Digest(of: manifest.bytes))
  }

  /// Has a role sign a log policy as the target that devices go by.
  package mutating func publish(policy: String, by role: String = "targets") throws {
    let bytes = Array(policy.utf8)
    let target = try path("targets/policy/\(Digest(of: bytes)).witnesses")
    _ = try repository.creatingDirectory(present(target.parent))
    try repository.write(bytes, to: target)
    try publisher.editor.setTarget(
      present(TargetPath("policy/witnesses")), length: bytes.count, sha256: Digest(of: bytes), in: role)
    try publisher.write(now: now)
  }
}
