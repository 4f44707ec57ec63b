internal import CLinux
package import Values

/// Who holds a record lock on a file (fcntl(2)), the kind that package managers take.
package enum LockHolder: Sendable, Hashable {
  /// A process that can be seen from here.
  case process(ProcessIdentity)
  /// One that cannot be named: of another process namespace, or the lock belongs to an open file.
  case unknown
}

extension Directory {
  /// Who holds a record lock on any part of a file now; nil where nobody does, or there is no file.
  ///
  /// Nothing is locked meanwhile, so that whoever is about to take the lock is not in anybody's way. Locks of this very
  /// process are not seen, and it must hold none on the file: looking would let go of it.
  package func lockHolder(of at: RelativePath) throws(LinuxError) -> LockHolder? {
    let file: FileDescriptor
    do { file = try openFile(at) } catch {
      guard error.isAbsent else { throw error }
      return nil
    }
    var pid: Int32 = 0
    let answer = unsafe linux_lock_holder(file.number, &pid)
    guard answer >= 0 else { throw .last("look for the lock of", name(at)) }
    guard answer > 0 else { return nil }
    guard pid > 0, let process = ProcessIdentity(running: pid) else { return .unknown }
    return .process(process)
  }
}
