public import Basics

/// Which hashes a proof, or a root, is made of, before any of them is at hand: what to fetch, and how it is put together.
public struct ProofPlan: Sendable, Hashable {
  /// For each hash of the proof the perfect subtrees that it is joined from.
  let parts: [[TreeNode]]

  /// Every perfect subtree whose hash is needed.
  public var nodes: [TreeNode] { parts.flatMap(\.self) }

  /// The plan of the root of a tree of some size (RFC 6962, 2.1).
  public static func root(ofSize size: UInt64) throws(LogRefusal) -> ProofPlan {
    guard size <= LogLimits.greatestNumber else { throw .tooGreat(what: "the size of a tree") }
    return ProofPlan(parts: [TreeNode.covering(from: 0, to: size)])
  }

  /// The plan of the proof that an entry is in a tree (RFC 6962, 2.1.1).
  public static func inclusion(of index: UInt64, inSize size: UInt64) throws(LogRefusal) -> ProofPlan {
    guard size <= LogLimits.greatestNumber else { throw .tooGreat(what: "the size of a tree") }
    guard index < size else { throw .outsideTree(index: index, size: size) }
    var parts: [[TreeNode]] = []
    var (low, high) = (UInt64(0), size)
    while high - low > 1 {
      let middle = low + split(high - low)
      if index < middle {
        parts.append(TreeNode.covering(from: middle, to: high))
        high = middle
      } else {
        parts.append(TreeNode.covering(from: low, to: middle))
        low = middle
      }
    }
    return ProofPlan(parts: parts.reversed())
  }

  /// The plan of the proof that a tree holds all of an older one in its place (RFC 6962, 2.1.2).
  ///
  /// Empty where the older tree is empty or the same.
  public static func consistency(from former: UInt64, to size: UInt64) throws(LogRefusal) -> ProofPlan {
    guard size <= LogLimits.greatestNumber else { throw .tooGreat(what: "the size of a tree") }
    guard former <= size else { throw .shrunk(size: size, former: former) }
    guard former > 0, former < size else { return ProofPlan(parts: []) }
    var parts: [[TreeNode]] = []
    var (low, high) = (UInt64(0), size)
    while former < high {
      let middle = low + split(high - low)
      if former <= middle {
        parts.append(TreeNode.covering(from: middle, to: high))
        high = middle
      } else {
        parts.append(TreeNode.covering(from: low, to: middle))
        low = middle
      }
    }
    // The older tree itself is known to whoever verifies; any other subtree is told.
    if low > 0 { parts.append(TreeNode.covering(from: low, to: high)) }
    return ProofPlan(parts: parts.reversed())
  }

  /// The greatest power of two below a count of at least two.
  private static func split(_ count: UInt64) -> UInt64 {
    1 << UInt64(63 - (count - 1).leadingZeroBitCount)
  }

  /// The hashes, in the order of the proof.
  public func hashes(from source: some TreeHashes) throws(LogRefusal) -> [Digest] {
    var result: [Digest] = []
    for part in parts {
      var hashes: [Digest] = []
      for node in part { hashes.append(try source.hash(of: node)) }
      result.append(Merkle.joined(hashes))
    }
    return result
  }
}
