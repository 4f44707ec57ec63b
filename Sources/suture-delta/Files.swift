import Basics
import Linux

/// Files that the caller names.
enum Files {
  /// The longest file that is taken, in bytes.
  static let byteLimit = 4 << 30

  /// The folder and name of a path.
  static func split(_ path: String) throws -> (folder: Directory, name: RelativePath) {
    // A folder is often named with a slash at its end.
    var text = path[...]
    while text.count > 1, text.hasSuffix("/") { text.removeLast() }
    let cut = text.lastIndex(of: "/")
    let folder = cut.map { $0 == text.startIndex ? "/" : String(text[..<$0]) } ?? "."
    guard let name = RelativePath(text[(cut.map { text.index(after: $0) } ?? text.startIndex)...]) else {
      throw Failure.noName(path)
    }
    return (try Directory(path: folder, links: .withinRoot), name)
  }

  /// Whether a path is a folder, links followed.
  static func isFolder(_ path: String) -> Bool {
    (try? Directory(path: path)) != nil
  }

  static func read(_ path: String) throws -> [UInt8] {
    do { return try Directory.file(at: path).readAll(limit: byteLimit) } catch {
      throw Failure.unread(path, error)
    }
  }

  static func map(_ path: String) throws -> MappedFile {
    do { return try MappedFile(Directory.file(at: path), limit: byteLimit) } catch {
      throw Failure.unread(path, error)
    }
  }

  static func write(_ bytes: [UInt8], to path: String) throws {
    do {
      let (folder, name) = try split(path)
      try folder.write(bytes, to: name)
    } catch let error as LinuxError { throw Failure.unwritten(path, error) }
  }

  /// The first bytes of a file.
  static func beginning(of path: String, count: Int) throws -> [UInt8] {
    do { return try Directory.file(at: path).readPiece(limit: count) ?? [] } catch {
      throw Failure.unread(path, error)
    }
  }
}
