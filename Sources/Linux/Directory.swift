internal import CLinux
internal import Glibc
package import Values

/// An open directory beneath which paths are resolved by the kernel and cannot leave it.
package final class Directory: Sendable {
  /// How symbolic links met on the way are treated.
  package enum Links: Sendable, Hashable {
    /// Followed as if this directory were the root of the file system (openat2's RESOLVE_IN_ROOT).
    case withinRoot
    /// Refused anywhere (RESOLVE_NO_SYMLINKS): for directories that only their owner writes.
    case refused

    var resolve: UInt64 {
      switch self {
      case .withinRoot: UInt64(LINUX_RESOLVE_IN_ROOT | LINUX_RESOLVE_NO_MAGICLINKS)
      case .refused: UInt64(LINUX_RESOLVE_BENEATH | LINUX_RESOLVE_NO_SYMLINKS | LINUX_RESOLVE_NO_MAGICLINKS)
      }
    }
  }

  /// Where it was opened, for sentences and for programs that need a name.
  package let path: String
  let descriptor: FileDescriptor
  private let links: Links

  /// Opens an existing directory by a path that the owner of the machine gave.
  package init(path: String, links: Links = .refused) throws(LinuxError) {
    let number = unsafe Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard number >= 0 else { throw .last("open", path) }
    descriptor = FileDescriptor(owning: number, name: path)
    self.path = path
    self.links = links
  }

  private init(descriptor: FileDescriptor, path: String, links: Links) {
    self.descriptor = descriptor
    self.path = path
    self.links = links
  }

  /// Creates a directory with its missing parents by a path that the owner of the machine gave, and opens it.
  ///
  /// The names of all that was missing are on the disk when this returns: what is synced in a directory whose own name
  /// is lost is lost with it.
  package static func creating(path: String, mode: UInt32 = 0o755, links: Links = .refused) throws(LinuxError)
    -> Directory
  {
    var made = path.hasPrefix("/") ? "/" : ""
    for part in path.utf8.split(separator: UInt8(ascii: "/")) {
      let parent = made.isEmpty ? "." : made
      made += (made.isEmpty || made == "/" ? "" : "/") + String(decoding: part, as: UTF8.self)
      if unsafe mkdir(made, mode_t(mode)) == 0 {
        try Directory(path: parent, links: links).synchronize()
      } else if errno != EEXIST {
        throw .last("create directory", made)
      }
    }
    return try Directory(path: path, links: links)
  }

  /// The directory at a path beneath this one.
  package func directory(_ at: RelativePath, links: Links? = nil) throws(LinuxError) -> Directory {
    let opened = try open(at, flags: O_RDONLY | O_DIRECTORY)
    return Directory(descriptor: opened, path: name(at), links: links ?? self.links)
  }

  /// Creates a directory with its missing parents beneath this one, and opens it.
  package func creatingDirectory(_ at: RelativePath, mode: UInt32 = 0o755) throws(LinuxError) -> Directory {
    var here = self
    for component in at.components {
      guard let step = RelativePath(component) else { continue }
      if unsafe mkdirat(here.descriptor.number, component, mode_t(mode)) != 0, errno != EEXIST {
        throw .last("create directory", here.name(step))
      }
      here = try here.directory(step)
    }
    return here
  }

  /// The absolute name of something beneath this directory.
  package func name(_ at: RelativePath) -> String { path == "/" ? "/\(at)" : "\(path)/\(at)" }

  func open(_ at: RelativePath, flags: Int32, mode: UInt32 = 0) throws(LinuxError) -> FileDescriptor {
    while true {
      let number = unsafe linux_openat2(
        descriptor.number, at.description, UInt64(flags | O_CLOEXEC), UInt64(mode), links.resolve)
      if number >= 0 { return FileDescriptor(owning: number, name: name(at)) }
      // openat2(2): a rename elsewhere raced with the resolution; the kernel asks for another try.
      guard errno == EINTR || errno == EAGAIN else { throw .last("open", name(at)) }
    }
  }

  /// Runs `body` with the directory that holds the path's last component.
  func withParent<T>(of at: RelativePath, _ body: (Int32, String) throws(LinuxError) -> T) throws(LinuxError) -> T {
    guard let parent = at.parent else { return try body(descriptor.number, at.name) }
    let opened = try open(parent, flags: O_RDONLY | O_DIRECTORY)
    return try body(opened.number, at.name)
  }

  /// Returns when the names in this directory are on the disk.
  package func synchronize() throws(LinuxError) { try descriptor.synchronize() }
}
