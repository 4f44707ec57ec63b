public import Basics

/// Which file of an old tree a new path most likely continues, where the old tree has no such path.
///
/// Versions stand in names (`libexpat.so.1.8.10`): two paths are kin if they differ in their numbers only, or else if
/// their names alone do. Files that the new tree no longer has come before those that it has.
public struct TreePairing: Sendable {
  private let old: Tree
  private var byPath: [[UInt8]: [Int]] = [:]
  private var byName: [[UInt8]: [Int]] = [:]

  /// Prepares to find kin of the paths of a new tree.
  public init(_ old: Tree, _ new: Tree) {
    self.old = old
    let kept = Set(new.entries.map { Tree.bytes($0.path) })
    let files = old.entries.indices.filter { old.entries[$0].file != nil }
    let gone = files.filter { !kept.contains(Tree.bytes(old.entries[$0].path)) }
    for index in gone + files.filter({ kept.contains(Tree.bytes(old.entries[$0].path)) }) {
      let path = old.entries[index].path
      byPath[Self.stem(Tree.bytes(path)), default: []].append(index)
      byName[Self.stem(Array(path.name.utf8)), default: []].append(index)
    }
  }

  /// The entry of the old tree that a new path continues; nil if there is none like it.
  public func baseline(for path: RelativePath) -> Int? {
    let text = Tree.bytes(path)
    for kin in [byPath[Self.stem(text)], byName[Self.stem(Array(path.name.utf8))]] {
      // Of several the one that is written most alike; the first of those.
      let best = kin?.max { left, right in
        Self.likeness(Tree.bytes(old.entries[left].path), text)
          < Self.likeness(Tree.bytes(old.entries[right].path), text)
      }
      if let best { return best }
    }
    return nil
  }

  /// A text with every run of digits as one sign.
  private static func stem(_ text: [UInt8]) -> [UInt8] {
    var stem: [UInt8] = []
    for byte in text {
      let isDigit = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      if !isDigit { stem.append(byte) } else if stem.last != 0 { stem.append(0) }
    }
    return stem
  }

  private static func likeness(_ left: [UInt8], _ right: [UInt8]) -> Int {
    zip(left, right).prefix { $0 == $1 }.count + zip(left.reversed(), right.reversed()).prefix { $0 == $1 }.count
  }
}
