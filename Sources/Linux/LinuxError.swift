internal import Glibc

/// A system call that failed, as a sentence.
package struct LinuxError: Error, Hashable, CustomStringConvertible {
  /// What was being done, such as `open`.
  package let operation: String
  /// What it was done to.
  package let subject: String
  /// The error number.
  package let code: Int32

  /// Keeps what failed and why.
  package init(_ operation: String, _ subject: String, code: Int32) {
    self.operation = operation
    self.subject = subject
    self.code = code
  }

  /// The operation of which EWOULDBLOCK says that another process is at it; of others it says that there is no room.
  static let locking = "lock"

  /// Takes the error number of the system call that just failed.
  static func last(_ operation: String, _ subject: String) -> LinuxError {
    LinuxError(operation, subject, code: errno)
  }

  /// Whether the thing does not exist.
  package var isAbsent: Bool { code == ENOENT || code == ENOTDIR }
  /// Whether the thing exists already.
  package var isPresent: Bool { code == EEXIST }
  /// Whether there is more of it than allowed.
  package var isTooLong: Bool { code == EFBIG }
  /// Whether another process holds the lock.
  package var isLocked: Bool { code == EWOULDBLOCK && operation == Self.locking }

  /// Whether it took longer than allowed.
  package var isTimeout: Bool { code == ETIME }
  /// Whether the disk did not give the content, or another than the kernel knows to be the file's (fs-verity).
  package var isUnreadable: Bool { code == EIO || code == EBADMSG }
  /// Whether the machine lacks something now that it may have later: room, memory, processes, files.
  package var isShortage: Bool {
    [ENOSPC, EDQUOT, ENOMEM, EAGAIN, EMFILE, ENFILE, EROFS].contains(code)
  }

  /// One sentence: what could not be done, and why.
  package var description: String { "cannot \(operation) \(subject): \(reason)" }

  private var reason: String {
    switch code {
    case ENOENT: "it does not exist"
    case EACCES: "permission denied; run as its owner or as root"
    case EPERM: "not permitted for this user"
    case ENOSPC: "the file system is full; free some space and try again"
    case EDQUOT: "the disk quota is used up"
    case EROFS: "the file system is read-only"
    case EEXIST: "it exists already"
    case ENOTDIR: "a part of the path is no directory"
    case EISDIR: "it is a directory"
    case ELOOP: "a symbolic link stands where none is allowed"
    case EXDEV: "the path leads out of the directory that it must stay beneath"
    case ENAMETOOLONG: "the name is too long"
    case EMFILE, ENFILE: "too many files are open"
    case ETXTBSY: "it is being run"
    case EFBIG: "it is larger than allowed"
    case EWOULDBLOCK where operation == Self.locking: "another process holds it"
    case EAGAIN: "the machine has no room for it at this moment; try again"
    case ESRCH: "the process has ended"
    default: unsafe String(cString: strerror(code))
    }
  }
}
