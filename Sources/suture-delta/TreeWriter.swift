import Basics
import Linux
import TreeDelta

/// Writes a tree into a new folder that nobody else can enter yet.
///
/// Set-id bits and the modes of directories come last. What was written is known by digest.
final class TreeWriter {
  private let pending: PendingTree
  private var written: [TreeEntry] = []
  private static let copyByteCount = 1 << 20

  init(_ pending: PendingTree) {
    self.pending = pending
  }

  /// Writes everything of another tree.
  func copy(_ source: any TreeSource) throws {
    try source.prepare(Set(source.tree.entries.indices.filter { source.tree.entries[$0].file != nil }))
    for (index, entry) in source.tree.entries.enumerated() {
      switch entry.content {
      case .directory: try makeDirectory(entry.path, mode: entry.mode)
      case .symbolicLink(let target): try makeLink(entry.path, to: target)
      case .file: try copyFile(entry.path, mode: entry.mode, from: source, index)
      }
    }
    _ = try finish()
  }

  /// Makes a directory.
  func makeDirectory(_ path: RelativePath, mode: UInt32) throws {
    try pending.makeDirectory(path)
    written.append(TreeEntry(path: path, mode: mode, content: .directory))
  }

  /// Makes a symbolic link.
  func makeLink(_ path: RelativePath, to target: String) throws {
    try pending.makeLink(to: target, at: path)
    written.append(TreeEntry(path: path, mode: TreeEntry.linkMode, content: .symbolicLink(to: target)))
  }

  /// Writes a file as `body` gives its pieces.
  func writeFile(_ path: RelativePath, mode: UInt32, _ body: ((RawSpan) throws -> Void) throws -> Void) throws {
    let file = try pending.makeFile(path)
    var hasher = Digest.Hasher()
    var length = 0
    try body { piece in
      hasher.update(piece)
      length += piece.byteCount
      try file.write(piece)
    }
    let content = TreeEntry.Content.file(length: length, digest: hasher.finish())
    written.append(TreeEntry(path: path, mode: mode, content: content))
  }

  /// Writes a file with the content of one of another tree.
  func copyFile(_ path: RelativePath, mode: UInt32, from source: any TreeSource, _ index: Int) throws {
    try source.withBytes(of: index) { bytes in try writeFile(path, mode: mode) { try $0(bytes) } }
  }

  /// Writes a file with the content of one that was written before.
  func copyFile(_ path: RelativePath, mode: UInt32, from earlier: RelativePath) throws {
    let file = try pending.openFile(earlier)
    try writeFile(path, mode: mode) { sink in
      while let piece = try file.readPiece(limit: Self.copyByteCount) { try piece.withBytes(sink) }
    }
  }

  /// Sets the modes, of what lies deeper first, and gives what was written.
  func finish() throws -> Tree {
    let tree = try Tree(written)
    for entry in tree.entries.reversed() {
      if case .symbolicLink = entry.content { continue }
      try pending.setMode(entry.mode, at: entry.path)
    }
    return tree
  }
}
