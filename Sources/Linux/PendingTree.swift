internal import CLinux
internal import Glibc
package import Values

extension Directory {
  /// Makes a new directory beside the place where it is to stand, which nobody else may enter.
  package func pendingTree(for at: RelativePath) throws(LinuxError) -> PendingTree {
    let name = Self.beside(at.name)
    guard let beside = at.parent.map({ $0.appending(name) }) ?? RelativePath(name) else {
      throw LinuxError("create", self.name(at), code: ENAMETOOLONG)
    }
    try withParent(of: beside) { parent, name throws(LinuxError) in
      guard unsafe mkdirat(parent, name, 0o700) == 0 else { throw .last("create directory", self.name(beside)) }
    }
    return PendingTree(parent: self, beside: beside, final: at, root: try directory(beside, links: .refused))
  }
}

/// A new tree of files that stands beside its place until it is committed, and is removed where it never is.
///
/// Until then only its owner can enter it. No symbolic link in it is ever followed.
package final class PendingTree: Sendable {
  private let parent: Directory
  private let beside: RelativePath
  private let final: RelativePath
  private let root: Directory

  init(parent: Directory, beside: RelativePath, final: RelativePath, root: Directory) {
    self.parent = parent
    self.beside = beside
    self.final = final
    self.root = root
  }

  // After a commit the name is gone and this does nothing.
  deinit { try? parent.removeTree(beside) }

  /// Makes a directory that its owner may write until its mode is set.
  package func makeDirectory(_ at: RelativePath) throws(LinuxError) {
    try root.withParent(of: at) { parent, name throws(LinuxError) in
      guard unsafe mkdirat(parent, name, 0o700) == 0 else { throw .last("create directory", self.root.name(at)) }
    }
  }

  /// Makes a new file, to be written from its beginning.
  package func makeFile(_ at: RelativePath) throws(LinuxError) -> FileDescriptor {
    try root.open(at, flags: O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600)
  }

  /// Opens a file that was made here.
  package func openFile(_ at: RelativePath) throws(LinuxError) -> FileDescriptor { try root.openFile(at) }

  /// Makes a symbolic link.
  package func makeLink(to target: String, at: RelativePath) throws(LinuxError) { try root.link(to: target, at: at) }

  /// Sets the permission bits of a file or directory; of directories those within come first.
  package func setMode(_ mode: UInt32, at: RelativePath) throws(LinuxError) {
    try root.withParent(of: at) { parent, name throws(LinuxError) in
      guard unsafe fchmodat(parent, name, mode_t(mode), 0) == 0 else {
        throw .last("set the mode of", self.root.name(at))
      }
    }
  }

  /// Sets the mode of the tree itself, syncs everything, and gives the tree its name, at which nothing may stand but an
  /// empty directory.
  package func commit(mode: UInt32 = 0o755) throws(LinuxError) {
    try parent.withParent(of: beside) { folder, name throws(LinuxError) in
      guard unsafe fchmodat(folder, name, mode_t(mode), 0) == 0, linux_sync_file_system(folder) == 0,
        unsafe renameat(folder, name, folder, final.name) == 0, fsync(folder) == 0
      else { throw .last("put in place", parent.name(final)) }
    }
  }
}
