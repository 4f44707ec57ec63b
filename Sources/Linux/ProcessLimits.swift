internal import Glibc

/// What the kernel allows this process.
package enum ProcessLimits {
  /// Allows as many open files as whoever started this process permits (getrlimit(2)); where that cannot be, things stay
  /// as they are.
  package static func raiseOpenFiles() {
    let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    var limit = rlimit()
    guard unsafe getrlimit(files, &limit) == 0, limit.rlim_cur < limit.rlim_max else { return }
    limit.rlim_cur = limit.rlim_max
    _ = unsafe setrlimit(files, &limit)
  }
}
