public import Basics

/// What a patch makes of an old tree: every entry of the new one, and where its content comes from.
///
/// A plan is complete and consistent: each path once, in order, beneath directories of the plan only, and contents only
/// from files. Symbolic links are leaves, so nobody who makes the entries in order ever walks through one.
public struct TreePlan: Sendable, Hashable {
  /// Where an entry comes from.
  public enum Source: Sendable, Hashable {
    /// It is a directory.
    case directory
    /// It is a symbolic link with this target.
    case link(String)
    /// It has the content of an entry of the old tree, which is a file.
    case oldFile(Int)
    /// It has the content of an earlier entry of the plan, which is a file.
    case newFile(Int)
    /// It is a file of the payload, by its number there, rebuilt from a file of the old tree.
    case payload(Int, baseline: Int?)
  }

  /// An entry of the new tree.
  public struct Entry: Sendable, Hashable {
    /// Where it stands.
    public let path: RelativePath
    /// Its permission bits.
    public let mode: UInt32
    /// What it is, and where that comes from.
    public let source: Source
  }

  /// The entries in the order of the tree.
  public let entries: [Entry]
  /// For each file of the payload the file of the old tree that it is rebuilt from, by its number.
  public let baselines: [Int?]
  /// The tree that comes out, with every file empty: what it has, and not what is in it.
  public let outline: Tree

  /// Carries out steps on a tree, in thought.
  public init(_ steps: [TreeStep], from old: Tree) throws(TreeError) {
    var builder = Builder(old: old)
    for step in steps { try builder.take(step) }
    try builder.keep(old.entries.count - builder.next)
    entries = builder.entries
    baselines = builder.baselines
    outline = try Self.outline(of: entries)
  }

  /// Bytes of all files together, or of none beyond a limit; `lengths` are those of the payload's files.
  public func byteCount(of old: Tree, payload lengths: [Int]) -> Int {
    var sizes: [Int] = []
    var total = 0
    for entry in entries {
      let size =
        switch entry.source {
        case .directory, .link: 0
        case .oldFile(let index): old.entries[index].file?.length ?? 0
        case .newFile(let index): sizes[index]
        case .payload(let number, _): number < lengths.count ? lengths[number] : 0
        }
      sizes.append(size)
      // Each is below 2^40, and there are at most 2^20.
      total += size
    }
    return total
  }

  /// Holds entries against the rules of a tree.
  private static func outline(of entries: [Entry]) throws(TreeError) -> Tree {
    let empty = Digest(of: [])
    return try Tree(
      sorted: entries.map { entry in
        let content: TreeEntry.Content =
          switch entry.source {
          case .directory: .directory
          case .link(let target): .symbolicLink(to: target)
          case .oldFile, .newFile, .payload: .file(length: 0, digest: empty)
          }
        return TreeEntry(path: entry.path, mode: entry.mode, content: content)
      })
  }
}

/// Puts a plan together, step by step.
private struct Builder {
  let old: Tree
  var next = 0
  var entries: [TreePlan.Entry] = []
  var baselines: [Int?] = []

  mutating func take(_ step: TreeStep) throws(TreeError) {
    switch step {
    case .keep(let count): try keep(count)
    case .remove(let count): try pass(count)
    case .change(let mode, let content):
      let index = next
      try pass(1)
      let before = old.entries[index]
      let source: TreePlan.Source? = if let content { try source(content, own: index) } else { nil }
      if let source, before.isDirectory || before.isSymbolicLink != source.isLink {
        throw .malformedEntry("\(before.path) with the content of another kind of entry")
      }
      try add(before.path, mode ?? before.mode, source ?? kept(index))
    case .add(let path, let mode, let content):
      let source: TreePlan.Source = if let content { try source(content, own: nil) } else { .directory }
      try add(path, mode, source)
    }
  }

  mutating func keep(_ count: Int) throws(TreeError) {
    guard count >= 0, count <= old.entries.count - next else { throw .beyondOldTree }
    for index in next..<next + count { try add(old.entries[index].path, old.entries[index].mode, kept(index)) }
    next += count
  }

  private mutating func pass(_ count: Int) throws(TreeError) {
    guard count > 0, count <= old.entries.count - next else { throw .beyondOldTree }
    next += count
  }

  private func kept(_ index: Int) -> TreePlan.Source {
    switch old.entries[index].content {
    case .directory: .directory
    case .file: .oldFile(index)
    case .symbolicLink(let target): .link(target)
    }
  }

  private mutating func add(_ path: RelativePath, _ mode: UInt32, _ source: TreePlan.Source) throws(TreeError) {
    guard entries.count < Tree.entryLimit else { throw .tooManyEntries(limit: Tree.entryLimit) }
    entries.append(TreePlan.Entry(path: path, mode: mode, source: source))
  }

  private mutating func source(_ content: NewContent, own: Int?) throws(TreeError) -> TreePlan.Source {
    switch content {
    case .link(let target): return .link(target)
    case .oldFile(let index): return .oldFile(try oldFile(index))
    case .newFile(let index):
      guard index < entries.count, entries[index].source.isFile else {
        throw .notFile("entry \(index) of the new tree")
      }
      return .newFile(index)
    case .payload(let baseline):
      let index: Int? =
        switch baseline {
        case .none: nil
        case .own: try oldFile(own ?? old.entries.count)
        case .other(let index): try oldFile(index)
        }
      baselines.append(index)
      return .payload(baselines.count - 1, baseline: index)
    }
  }

  private func oldFile(_ index: Int) throws(TreeError) -> Int {
    guard index < old.entries.count, old.entries[index].file != nil else {
      throw .notFile("entry \(index) of the old tree")
    }
    return index
  }
}

extension TreePlan.Source {
  var isLink: Bool { if case .link = self { true } else { false } }

  /// Whether it is a regular file.
  public var isFile: Bool {
    switch self {
    case .directory, .link: false
    case .oldFile, .newFile, .payload: true
    }
  }
}
