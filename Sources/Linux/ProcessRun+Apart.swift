internal import CLinux
internal import Glibc

extension ProcessLauncher {
  /// Runs a program to its end where nobody outside sees what it mounts, and nothing that it starts outlives it.
  ///
  /// It is the first process of a process namespace and in a private copy of the mount namespace; streams and environment
  /// are the caller's. Needs CAP_SYS_ADMIN. The caller's thread waits, and should be its process's only one: the first
  /// request to end that comes meanwhile (SIGINT, SIGTERM, SIGHUP) is passed on, a further one kills. Where the caller is
  /// killed, the program is asked to end. Throws where nothing was started.
  package static func runApart(_ executable: String, arguments: [String]) throws(LinuxError) -> ProcessEnd {
    var words = unsafe ([executable] + arguments).map { unsafe strdup($0) } + [nil]
    defer { unsafe words.forEach { unsafe free($0) } }
    let status = unsafe linux_run_apart(executable, &words)
    guard status >= 0 else { throw .last("start", "a program in namespaces of its own") }
    return status < 256 ? .exited(status) : .signalled(status - 256)
  }
}
