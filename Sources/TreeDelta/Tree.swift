internal import Basics

/// The files, directories and symbolic links beneath a root, in the order of the bytes of their paths.
///
/// Owners, times, extended attributes and which names are hard links of one file are not part of it.
public struct Tree: Sendable, Hashable {
  /// The most entries that a tree may have.
  public static let entryLimit = 1 << 20
  /// How many bytes of a tree's digest stand in a patch: enough that no accident passes.
  public static let markByteCount = 8

  /// The entries by path; every one but the topmost is preceded by its directory.
  public let entries: [TreeEntry]

  /// Puts entries in order, and refuses what cannot stand together.
  public init(_ entries: [TreeEntry]) throws(TreeError) {
    try self.init(sorted: entries.sorted { Self.precedes($0.path, $1.path) })
  }

  /// Takes entries that are in order, and refuses them if they are not.
  init(sorted entries: [TreeEntry]) throws(TreeError) {
    guard entries.count <= Self.entryLimit else { throw .tooManyEntries(limit: Self.entryLimit) }
    var folders: Set<[UInt8]> = []
    var last: RelativePath?
    for entry in entries {
      if let last, !Self.precedes(last, entry.path) { throw .outOfOrder(entry.path) }
      if let parent = entry.path.parent, !folders.contains(Self.bytes(parent)) { throw .noDirectory(of: entry.path) }
      if entry.isDirectory { folders.insert(Self.bytes(entry.path)) }
      last = entry.path
    }
    self.entries = entries
  }

  /// The first 8 bytes of the SHA-256 of everything that makes up the tree (docs/formats/tree.md, "Marks").
  public var mark: [UInt8] {
    var hasher = Digest.Hasher()
    for entry in entries { hasher.update(Self.markBytes(of: entry)) }
    return Array(hasher.finish().bytes.prefix(Self.markByteCount))
  }

  /// Bytes of all files together.
  public var byteCount: Int { entries.reduce(0) { $0 + ($1.file?.length ?? 0) } }

  private static func markBytes(of entry: TreeEntry) -> [UInt8] {
    var bytes: [UInt8] = []
    func append(_ text: String) {
      Number.append(text.utf8.count, to: &bytes)
      bytes += text.utf8
    }
    switch entry.content {
    case .directory:
      bytes = [EntryForm.directory.rawValue]
      append(entry.path.description)
      Number.append(Int(entry.mode), to: &bytes)
    case .file(let length, let digest):
      bytes = [EntryForm.file.rawValue]
      append(entry.path.description)
      Number.append(Int(entry.mode), to: &bytes)
      Number.append(length, to: &bytes)
      bytes += digest.bytes
    case .symbolicLink(let target):
      bytes = [EntryForm.symbolicLink.rawValue]
      append(entry.path.description)
      append(target)
    }
    return bytes
  }

  static func bytes(_ path: RelativePath) -> [UInt8] { Array(path.description.utf8) }

  /// The order of a tree: by bytes.
  ///
  /// Swift orders and compares texts by their normal forms, and two names with one normal form are two files.
  static func precedes(_ left: RelativePath, _ right: RelativePath) -> Bool {
    left.description.utf8.lexicographicallyPrecedes(right.description.utf8)
  }
}

/// How kinds of entries are numbered in the format.
enum EntryForm: UInt8 {
  case directory = 0
  case file = 1
  case symbolicLink = 2
}
