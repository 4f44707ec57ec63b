public import Basics

/// The proof that a tree holds all of an older one, in its place (RFC 6962, 2.1.2).
public struct ConsistencyProof: Sendable, Hashable {
  /// The number of entries in the older tree.
  public let former: UInt64
  /// The number of entries in the newer tree.
  public let size: UInt64
  /// In the order of RFC 6962; none where the older tree is empty or the same.
  public let hashes: [Digest]

  /// A proof that came from elsewhere, unverified.
  public init(from former: UInt64, to size: UInt64, hashes: [Digest]) {
    self.former = former
    self.size = size
    self.hashes = hashes
  }

  /// Makes the proof from the newer tree's hashes.
  public init(from former: UInt64, to size: UInt64, with source: some TreeHashes) throws(LogRefusal) {
    self.init(
      from: former, to: size, hashes: try ProofPlan.consistency(from: former, to: size).hashes(from: source))
  }

  /// Checks that the newer tree with this root holds the older one with that root (RFC 9162, 2.1.4.2).
  ///
  /// - Throws: ``LogRefusal/shrunk(size:former:)`` where the newer tree is smaller, ``LogRefusal/forked(size:)`` where they are of one
  ///   size and differ, and others for a proof that is not one.
  public func verify(formerRoot: Digest, root: Digest) throws(LogRefusal) {
    let what = "the consistency proof"
    guard size <= LogLimits.greatestNumber else { throw .tooGreat(what: "the size of a tree") }
    guard former <= size else { throw .shrunk(size: size, former: former) }
    guard former > 0, former < size else {
      guard hashes.isEmpty else { throw .proofLength(what: what, found: hashes.count, wanted: 0) }
      if former == size, formerRoot != root { throw .forked(size: size) }
      if former == 0, formerRoot != Merkle.emptyRoot { throw .proofMismatch(what: what) }
      return
    }
    let wanted = try ProofPlan.consistency(from: former, to: size).parts.count
    guard hashes.count == wanted else { throw .proofLength(what: what, found: hashes.count, wanted: wanted) }
    // Both paths are those of the older tree's last entry; as long as it is a right child nothing is to be joined.
    let start = UInt64((former - 1).trailingOnes)
    var (node, last) = ((former - 1) >> start, (size - 1) >> start)
    // A perfect older tree is itself the first hash.
    var rest = hashes[...]
    let first = former.nonzeroBitCount == 1 ? formerRoot : rest.removeFirst()
    var (oldHash, newHash) = (first, first)
    for hash in rest {
      if node & 1 == 1 || node == last {
        oldHash = Merkle.nodeHash(hash, oldHash)
        newHash = Merkle.nodeHash(hash, newHash)
        while node & 1 == 0, node != 0 { (node, last) = (node >> 1, last >> 1) }
      } else {
        newHash = Merkle.nodeHash(newHash, hash)
      }
      (node, last) = (node >> 1, last >> 1)
    }
    guard last == 0, oldHash == formerRoot, newHash == root else { throw .proofMismatch(what: what) }
  }
}

extension UInt64 {
  /// The number of set bits at the low end.
  fileprivate var trailingOnes: Int { (~self).trailingZeroBitCount }
}
