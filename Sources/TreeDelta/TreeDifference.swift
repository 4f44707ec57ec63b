internal import Basics

/// How one tree differs from another: the steps between them, and which files have to travel.
public struct TreeDifference: Sendable, Hashable {
  /// A file that travels in the payload.
  public struct File: Sendable, Hashable {
    /// Its entry in the new tree.
    public let new: Int
    /// The entry of the old tree that it is most likely made from; nil for none.
    public let old: Int?
  }

  /// The steps; what they do not speak of at the end of the old tree stays.
  public let steps: [TreeStep]
  /// The files in the payload, in its order.
  public let files: [File]

  /// Compares two trees.
  ///
  /// A file whose content is somewhere in the old tree, or comes earlier in the new one, does not travel.
  public init(from old: Tree, to new: Tree) {
    var comparison = Comparison(old, new)
    comparison.run()
    steps = comparison.steps
    files = comparison.files
  }
}

private struct Comparison {
  let old: Tree
  let new: Tree
  let pairing: TreePairing
  /// Where each content stands in the old tree, and where those that travel stand in the new one.
  var known: [Digest: Int] = [:]
  var travelling: [Digest: Int] = [:]
  var steps: [TreeStep] = []
  var files: [TreeDifference.File] = []

  init(_ old: Tree, _ new: Tree) {
    self.old = old
    self.new = new
    pairing = TreePairing(old, new)
    for (index, entry) in old.entries.enumerated() {
      if let file = entry.file, known[file.digest] == nil { known[file.digest] = index }
    }
  }

  mutating func run() {
    var (left, right) = (0, 0)
    while left < old.entries.count || right < new.entries.count {
      let isOldFirst =
        right == new.entries.count
        || left < old.entries.count && Tree.precedes(old.entries[left].path, new.entries[right].path)
      let isNewFirst =
        left == old.entries.count
        || right < new.entries.count && Tree.precedes(new.entries[right].path, old.entries[left].path)
      if isOldFirst {
        remove()
        left += 1
      } else if isNewFirst {
        add(right)
        right += 1
      } else {
        compare(left, right)
        left += 1
        right += 1
      }
    }
    if case .keep = steps.last { steps.removeLast() }
  }

  private mutating func keep() {
    if case .keep(let count) = steps.last { steps[steps.count - 1] = .keep(count + 1) } else { steps.append(.keep(1)) }
  }

  private mutating func remove() {
    if case .remove(let count) = steps.last {
      steps[steps.count - 1] = .remove(count + 1)
    } else {
      steps.append(.remove(1))
    }
  }

  private mutating func compare(_ left: Int, _ right: Int) {
    let (before, after) = (old.entries[left], new.entries[right])
    guard before.isDirectory == after.isDirectory, before.isSymbolicLink == after.isSymbolicLink else {
      remove()
      return add(right)
    }
    guard before.mode != after.mode || before.content != after.content else { return keep() }
    steps.append(
      .change(
        mode: before.mode == after.mode ? nil : after.mode,
        content: before.content == after.content ? nil : content(right, own: left)))
  }

  private mutating func add(_ right: Int) {
    let entry = new.entries[right]
    steps.append(.add(entry.path, mode: entry.mode, content: content(right, own: nil)))
  }

  private mutating func content(_ right: Int, own: Int?) -> NewContent? {
    switch new.entries[right].content {
    case .directory: return nil
    case .symbolicLink(let target): return .link(target)
    case .file(_, let digest):
      if let index = known[digest] { return .oldFile(index) }
      if let index = travelling[digest] { return .newFile(index) }
      travelling[digest] = right
      let baseline = own ?? pairing.baseline(for: new.entries[right].path)
      files.append(TreeDifference.File(new: right, old: baseline))
      guard let baseline else { return .payload(.none) }
      return .payload(own == nil ? .other(baseline) : .own)
    }
  }
}
