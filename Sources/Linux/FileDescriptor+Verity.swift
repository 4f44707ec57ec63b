internal import CLinux
internal import Glibc

extension FileDescriptor {
  /// Has the kernel refuse every write to the file from now on, and check all that is ever read of it or mapped against what it holds
  /// now (fs-verity, Documentation/filesystems/fsverity.rst of the kernel).
  ///
  /// - Returns: whether it does; false where the kernel or the file system cannot, or has no room for the digests.
  package func seal() throws(LinuxError) -> Bool {
    // A program that is being started holds for a moment what was open for writing when it was.
    for _ in 0..<20 {
      if linux_enable_verity(number) == 0 || errno == EEXIST { return true }
      switch errno {
      case EINTR: continue
      case ETXTBSY: usleep(1_000)
      case ENOTTY, ENOSYS, EOPNOTSUPP, EINVAL, ENOPKG, ENOSPC, EDQUOT, EROFS, EPERM, EACCES: return false
      default: throw .last("seal", name)
      }
    }
    return false
  }

  /// Whether the kernel does so already.
  package func isSealed() throws(LinuxError) -> Bool {
    let answer = linux_has_verity(number)
    guard answer >= 0 else { throw .last("look at", name) }
    return answer == 1
  }
}
