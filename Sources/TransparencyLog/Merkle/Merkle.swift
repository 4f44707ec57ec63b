public import Basics

/// The hashes of a Merkle tree of entries (RFC 6962, 2.1; RFC 9162, 2.1.1), over SHA-256.
public enum Merkle {
  /// The root of a tree without entries: the digest of no bytes.
  public static let emptyRoot = Digest(of: [])

  /// The hash of an entry: of a zero byte and the entry.
  public static func leafHash(of entry: [UInt8]) -> Digest {
    var hasher = Digest.Hasher()
    hasher.update([0])
    hasher.update(entry)
    return hasher.finish()
  }

  /// The hash over two subtrees: of a one byte, the left hash and the right hash.
  public static func nodeHash(_ left: Digest, _ right: Digest) -> Digest {
    Digest(of: [1] + left.bytes + right.bytes)
  }

  /// The hash over perfect subtrees that stand side by side, each smaller than all before it together: as RFC 6962 splits any
  /// range, the hashes are joined from the right.
  static func joined(_ hashes: [Digest]) -> Digest {
    guard let last = hashes.last else { return emptyRoot }
    return hashes.dropLast().reversed().reduce(last) { nodeHash($1, $0) }
  }
}

/// A perfect subtree: the one of 2^`level` entries that begins with entry `index` · 2^`level`.
public struct TreeNode: Sendable, Hashable, CustomStringConvertible {
  /// How far above the entries; an entry's own hash is at level 0.
  public let level: Int
  /// Its place among those of its level, from the left.
  public let index: UInt64

  /// A node; its range of entries has to end before 2^63.
  public init?(level: Int, index: UInt64) {
    guard (0..<63).contains(level), index <= LogLimits.greatestNumber >> UInt64(level) else { return nil }
    self.init(at: level, index)
  }

  init(at level: Int, _ index: UInt64) {
    self.level = level
    self.index = index
  }

  /// `level:index`.
  public var description: String { "node \(level):\(index)" }

  /// The perfect subtrees that together are the entries from `start` up to, not including, `end`, largest first.
  ///
  /// `start` must be a multiple of the smallest power of two that is not below the range's length, as all ranges of RFC 6962 are.
  static func covering(from start: UInt64, to end: UInt64) -> [TreeNode] {
    var nodes: [TreeNode] = []
    var start = start
    while start < end {
      let level = 63 - (end - start).leadingZeroBitCount
      nodes.append(TreeNode(at: level, start >> UInt64(level)))
      start += 1 << UInt64(level)
    }
    return nodes
  }
}

/// Where hashes of perfect subtrees come from.
///
/// A log has them in its tiles; whoever has all entries can compute them.
public protocol TreeHashes {
  /// The hash of a perfect subtree.
  ///
  /// - Throws: ``LogRefusal/missingHash(_:)`` for a node that is not at hand: whoever has to fetch does so first, from what
  ///   ``ProofPlan/nodes`` or ``TileLayout`` names.
  func hash(of node: TreeNode) throws(LogRefusal) -> Digest
}
