import Basics
import Linux
import TreeDelta

/// A tree in a folder.
struct FolderTree: TreeSource {
  let name: String
  let tree: Tree
  private let root: Directory

  /// Walks a folder and takes the digest of every file; no link is followed.
  init(_ path: String, _ progress: Progress) throws {
    name = path
    do {
      root = try Directory(path: path, links: .refused)
      progress.say("reading \(path)")
      var walk = Walk(root: root, progress: progress)
      try walk.enter(nil)
      tree = try Tree(walk.entries)
    } catch let error as LinuxError { throw Failure.unread(path, error) }
  }

  private struct Walk {
    let root: Directory
    let progress: Progress
    var entries: [TreeEntry] = []

    mutating func enter(_ folder: RelativePath?) throws {
      for name in try root.names(in: folder) {
        let here = folder?.description ?? root.path
        guard let path = folder.map({ $0.appending(name) }) ?? RelativePath(name) else {
          throw Failure.badName(name, in: here)
        }
        guard let status = try root.statusOfLink(path) else { throw Failure.changed(root.name(path)) }
        guard entries.count < Tree.entryLimit else { throw TreeError.tooManyEntries(limit: Tree.entryLimit) }
        switch status.kind {
        case .directory:
          entries.append(TreeEntry(path: path, mode: status.mode, content: .directory))
          try enter(path)
        case .file:
          let (digest, length) = try root.openFile(path).digest()
          entries.append(TreeEntry(path: path, mode: status.mode, content: .file(length: length, digest: digest)))
          progress.count("reading \(root.path): \(entries.count) entries")
        case .symbolicLink:
          let target = try root.linkTarget(path)
          guard target.utf8.count <= RelativePath.byteLimit, !target.isEmpty else {
            throw Failure.badName(target, in: root.name(path))
          }
          entries.append(TreeEntry(path: path, mode: TreeEntry.linkMode, content: .symbolicLink(to: target)))
        case .other:
          throw Failure.special(path.description, in: root.path)
        }
      }
    }
  }

  func prepare(_ wanted: Set<Int>) {}

  func read(_ index: Int) throws -> [UInt8] {
    let entry = tree.entries[index]
    do {
      let bytes = try root.read(entry.path, limit: Files.byteLimit)
      guard let file = entry.file, bytes.count == file.length, Digest(of: bytes) == file.digest else {
        throw Failure.changed(root.name(entry.path))
      }
      return bytes
    } catch let error as LinuxError { throw Failure.unread(root.name(entry.path), error) }
  }

  func withBytes<T>(of index: Int, _ body: (RawSpan) throws -> T) throws -> T {
    let path = tree.entries[index].path
    let mapped: MappedFile
    do { mapped = try MappedFile(root.openFile(path), limit: Files.byteLimit) } catch {
      throw Failure.unread(root.name(path), error)
    }
    return try mapped.withBytes(body)
  }
}
