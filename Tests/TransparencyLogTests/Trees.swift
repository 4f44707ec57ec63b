import Basics
import TransparencyLog

/// A tree of entries, hashed as RFC 6962's definitions say, word for word: what the library is compared with.
struct NaiveTree {
  let leaves: [Digest]
  private let memory = Memory()

  /// Roots that were computed before.
  private final class Memory {
    var roots: [Range<Int>: Digest] = [:]
  }

  init(_ entries: [[UInt8]]) {
    leaves = entries.map(Merkle.leafHash)
  }

  /// `count` entries that differ.
  init(count: Int) {
    self.init((0..<count).map { Array("entry \($0)".utf8) })
  }

  static func split(_ count: Int) -> Int {
    var power = 1
    while power * 2 < count { power *= 2 }
    return power
  }

  /// MTH.
  func root(_ range: Range<Int>) -> Digest {
    switch range.count {
    case 0: return Digest(of: [])
    case 1: return leaves[range.lowerBound]
    default:
      if let root = memory.roots[range] { return root }
      let middle = range.lowerBound + Self.split(range.count)
      let root = Merkle.nodeHash(root(range.lowerBound..<middle), root(middle..<range.upperBound))
      memory.roots[range] = root
      return root
    }
  }

  func root(_ size: Int) -> Digest { root(0..<size) }

  /// PATH.
  func path(_ index: Int, _ range: Range<Int>) -> [Digest] {
    guard range.count > 1 else { return [] }
    let middle = range.lowerBound + Self.split(range.count)
    let (left, right) = (range.lowerBound..<middle, middle..<range.upperBound)
    return index < middle ? path(index, left) + [root(right)] : path(index, right) + [root(left)]
  }

  /// SUBPROOF, with its flag.
  func proof(_ former: Int, _ range: Range<Int>, _ isKnown: Bool = true) -> [Digest] {
    if former == range.upperBound { return isKnown ? [] : [root(range)] }
    let middle = range.lowerBound + Self.split(range.count)
    let (left, right) = (range.lowerBound..<middle, middle..<range.upperBound)
    return former <= middle
      ? proof(former, left, isKnown) + [root(right)] : proof(former, right, false) + [root(left)]
  }
}

extension NaiveTree: TreeHashes {
  func hash(of node: TreeNode) throws(LogRefusal) -> Digest {
    let start = Int(node.index) << node.level
    guard start + 1 << node.level <= leaves.count else { throw .missingHash(node) }
    return root(start..<start + 1 << node.level)
  }
}

/// Flips one bit of a digest.
func damaged(_ digest: Digest, bit: Int = 0) -> Digest {
  var bytes = digest.bytes
  bytes[bit / 8] ^= 1 << UInt8(bit % 8)
  return Digest(bytes: bytes) ?? digest
}

/// What a piece of work is refused with; nil where it is not.
func refusal(_ work: () throws(LogRefusal) -> Void) -> LogRefusal? {
  do {
    try work()
    return nil
  } catch {
    return error
  }
}
