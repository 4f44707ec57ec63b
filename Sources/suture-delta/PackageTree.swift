import Basics
import DebianArchive
import Linux
import Synchronization
import TreeDelta

/// The files that a Debian package installs, with /usr merged, as it lies in the archive.
final class PackageTree: TreeSource {
  let name: String
  let tree: Tree
  private let package: DebPackage
  private let contents = Mutex<[Int: [UInt8]]>([:])

  /// Whether a file is a Debian package (deb(5)).
  static func isPackage(_ path: String) throws -> Bool {
    let beginning = try Files.beginning(of: path, count: 24)
    return beginning.starts(with: Array("!<arch>\ndebian-binary".utf8))
  }

  /// Reads a package.
  init(_ path: String, _ progress: Progress) throws {
    name = path
    progress.say("reading \(path)")
    package = try DebPackage(file: path)
    var entries: [TreeEntry] = []
    var folders: Set<RelativePath> = []
    for member in package.members {
      let content: TreeEntry.Content
      var mode = member.mode
      switch member.kind {
      case .directory:
        content = .directory
        folders.insert(member.path)
      case .file(let digest): content = .file(length: member.size, digest: digest)
      case .hardLink(let target, let digest):
        content = .file(length: member.size, digest: digest)
        mode = package.membersByPath[target]?.mode ?? mode
      case .symbolicLink(let target): content = .symbolicLink(to: target)
      case .other: throw Failure.special(member.path.description, in: path)
      }
      entries.append(TreeEntry(path: member.path, mode: mode, content: content))
    }
    // A package that installs in /lib need not have /usr/lib.
    for var path in entries.map(\.path) {
      while let parent = path.parent, folders.insert(parent).inserted {
        entries.append(TreeEntry(path: parent, mode: 0o755, content: .directory))
        path = parent
      }
    }
    tree = try Tree(entries)
  }

  func prepare(_ wanted: Set<Int>) throws {
    let missing = contents.withLock { known in wanted.filter { known[$0] == nil } }
    guard !missing.isEmpty else { return }
    let found = try package.contents(of: Set(missing.map { tree.entries[$0].path }))
    contents.withLock { contents in
      for index in missing { contents[index] = found[tree.entries[index].path] }
    }
  }

  func read(_ index: Int) throws -> [UInt8] {
    try prepare([index])
    guard let bytes = contents.withLock({ $0[index] }) else { throw Failure.changed(name) }
    return bytes
  }

  func withBytes<T>(of index: Int, _ body: (RawSpan) throws -> T) throws -> T {
    try read(index).withBytes(body)
  }
}
