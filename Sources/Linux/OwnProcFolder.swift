internal import Glibc
internal import Values

/// What the kernel tells this process about itself in /proc, held open.
///
/// Opened before another mount namespace is entered it goes on telling the truth there, where `/proc` may be missing or
/// another's.
package final class OwnProcFolder: Sendable {
  /// The longest table of mounts that is read, in bytes: some hundred thousand mounts.
  package static let mountTableByteLimit = 1 << 25

  private let folder: FileDescriptor

  /// Opens it.
  package init() throws(LinuxError) {
    let name = "/proc/\(getpid())"
    let number = unsafe Glibc.open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard number >= 0 else { throw .last("open", name) }
    folder = FileDescriptor(owning: number, name: name)
  }

  /// The mounts of the namespace that this process is in now.
  package func mounts() throws(LinuxError) -> MountTable {
    let number = unsafe openat(folder.number, "mountinfo", O_RDONLY | O_CLOEXEC)
    guard number >= 0 else { throw .last("open", "/proc/\(getpid())/mountinfo") }
    let file = FileDescriptor(owning: number, name: "/proc/\(getpid())/mountinfo")
    return MountTable(parsing: try file.readAll(limit: Self.mountTableByteLimit))
  }

  /// The absolute name, free of symbolic links, by which this process reaches an open file or directory.
  package func name(of file: FileDescriptor) throws(LinuxError) -> String {
    var buffer = [UInt8](repeating: 0, count: 2 * RelativePath.byteLimit)
    let count = unsafe buffer.withUnsafeMutableBytes { bytes in
      unsafe bytes.withMemoryRebound(to: CChar.self) { characters in
        guard let base = characters.baseAddress else { return -1 }
        return unsafe readlinkat(folder.number, "fd/\(file.number)", base, characters.count)
      }
    }
    guard count >= 0 else { throw .last("name", "an open file") }
    var name = String(decoding: buffer[..<count], as: UTF8.self)
    // A file that was removed while it stands somewhere as a mount keeps its place there.
    let mark = " (deleted)"
    if name.hasSuffix(mark), try file.linkCount() == 0 { name.removeLast(mark.count) }
    return name
  }
}
