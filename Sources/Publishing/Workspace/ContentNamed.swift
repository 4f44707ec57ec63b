internal import Basics
internal import Linux

/// Writes a file whose name says its content; where it is already there it must have these very bytes.
///
/// What was published once under such a name may lie in any cache for ever.
func writeOnce(_ bytes: [UInt8], to path: RelativePath, in directory: Directory) throws {
  guard let status = try directory.status(path) else { return try directory.write(bytes, to: path) }
  guard status.size == bytes.count, try directory.read(path, limit: bytes.count) == bytes else {
    throw PublishingError.otherBytes(file: directory.name(path))
  }
}

/// The content of a file that the owner of the machine named.
func readFile(_ path: String, limit: Int) throws -> [UInt8] { try openFile(path).readAll(limit: limit) }

/// The length of a file that the owner of the machine named.
func lengthOfFile(_ path: String) throws -> Int { try openFile(path).status().size }

/// Opens a file that the owner of the machine named.
func openFile(_ path: String) throws -> FileDescriptor {
  let parts = path.split(separator: "/", omittingEmptySubsequences: false)
  guard let name = parts.last, let leaf = RelativePath(name) else { throw PublishingError.missingFile(path) }
  let folder = parts.count == 1 ? "." : parts.dropLast().joined(separator: "/") + "/"
  return try Directory(path: folder).openFile(leaf)
}
