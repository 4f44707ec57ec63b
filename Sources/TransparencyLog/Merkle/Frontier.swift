public import Basics

/// The right edge of a growing tree: what is needed to add entries and to know the root, and no more.
public struct Frontier: Sendable, Hashable {
  /// The number of entries so far.
  public private(set) var size: UInt64 = 0
  /// The hashes of the perfect subtrees that the tree consists of, largest first.
  private var hashes: [Digest] = []

  /// The edge of an empty tree.
  public init() {}

  /// The edge of a tree of some size, from its hashes.
  public init(size: UInt64, from source: some TreeHashes) throws(LogRefusal) {
    for node in try ProofPlan.root(ofSize: size).nodes { hashes.append(try source.hash(of: node)) }
    self.size = size
  }

  /// Adds the next entry by its leaf hash.
  public mutating func append(leafHash: Digest) throws(LogRefusal) {
    guard size < LogLimits.greatestNumber else { throw .tooGreat(what: "the size of a tree") }
    var hash = leafHash
    // Each set bit at the low end is a perfect subtree that is completed by this one.
    var rest = size
    while rest & 1 == 1, let left = hashes.popLast() {
      hash = Merkle.nodeHash(left, hash)
      rest >>= 1
    }
    hashes.append(hash)
    size += 1
  }

  /// The root of the tree so far.
  public var root: Digest { Merkle.joined(hashes) }
}
