import Basics
import Linux
import TreeDelta

/// A tree whose contents can be had.
protocol TreeSource: Sendable {
  /// What the caller named it.
  var name: String { get }
  /// What is in it.
  var tree: Tree { get }
  /// Gets the contents of entries ready, where they cannot be read one by one.
  func prepare(_ wanted: Set<Int>) throws
  /// The content of a file, compared with its digest.
  func read(_ index: Int) throws -> [UInt8]
  /// Lends the content of a file, not compared with anything.
  func withBytes<T>(of index: Int, _ body: (RawSpan) throws -> T) throws -> T
}

/// What the caller named: a file, or a tree.
enum Side {
  case file(String)
  case tree(any TreeSource)

  /// Looks at what stands at a path; a package counts as a tree unless `packagesAreFiles`.
  init(_ path: String, packagesAreFiles: Bool, _ progress: Progress) throws {
    if Files.isFolder(path) {
      self = .tree(try FolderTree(path, progress))
    } else if try !packagesAreFiles && PackageTree.isPackage(path) {
      self = .tree(try PackageTree(path, progress))
    } else {
      self = .file(path)
    }
  }

  /// Two sides of the same kind.
  static func pair(
    _ old: String, _ new: String, packagesAreFiles: Bool, _ progress: Progress
  ) throws -> Pair {
    switch (
      try Side(old, packagesAreFiles: packagesAreFiles, progress),
      try Side(new, packagesAreFiles: packagesAreFiles, progress)
    ) {
    case (.file(let old), .file(let new)): return .files(old, new)
    case (.tree(let old), .tree(let new)): return .trees(old, new)
    default: throw Failure.mixed(old, new)
    }
  }

  enum Pair {
    case files(String, String)
    case trees(any TreeSource, any TreeSource)
  }
}
