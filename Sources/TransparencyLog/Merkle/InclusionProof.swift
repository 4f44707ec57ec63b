public import Basics

/// The proof that an entry is in a tree (RFC 6962, 2.1.1).
public struct InclusionProof: Sendable, Hashable {
  /// The entry's place, from 0.
  public let index: UInt64
  /// The number of entries in the tree.
  public let size: UInt64
  /// From the leaf's sibling to the root's child.
  public let hashes: [Digest]

  /// A proof that came from elsewhere, unverified.
  public init(index: UInt64, size: UInt64, hashes: [Digest]) {
    self.index = index
    self.size = size
    self.hashes = hashes
  }

  /// Makes the proof from the tree's hashes.
  public init(index: UInt64, size: UInt64, from source: some TreeHashes) throws(LogRefusal) {
    self.init(index: index, size: size, hashes: try ProofPlan.inclusion(of: index, inSize: size).hashes(from: source))
  }

  /// The root to which the proof leads from a leaf hash (RFC 9162, 2.1.3.2).
  public func root(from leafHash: Digest) throws(LogRefusal) -> Digest {
    guard size <= LogLimits.greatestNumber else { throw .tooGreat(what: "the size of a tree") }
    guard index < size else { throw .outsideTree(index: index, size: size) }
    // As far as the paths of the entry and of the last entry differ there is a sibling at every level; beyond that only to the
    // left, one for each set bit.
    let inner = 64 - (index ^ (size - 1)).leadingZeroBitCount
    let border = (index >> UInt64(inner)).nonzeroBitCount
    guard hashes.count == inner + border else {
      throw .proofLength(what: "the inclusion proof", found: hashes.count, wanted: inner + border)
    }
    var hash = leafHash
    for (level, sibling) in hashes.enumerated() {
      let isRight = level >= inner || index >> UInt64(level) & 1 == 1
      hash = isRight ? Merkle.nodeHash(sibling, hash) : Merkle.nodeHash(hash, sibling)
    }
    return hash
  }

  /// Checks that the entry with this leaf hash is in the tree with this root, at the proof's index and size.
  public func verify(leafHash: Digest, root: Digest) throws(LogRefusal) {
    guard try self.root(from: leafHash) == root else { throw .proofMismatch(what: "the inclusion proof") }
  }
}
