internal import Glibc

extension ProcessTable {
  /// Opens the very file that a process maps, whatever it is called by now and wherever it lies.
  ///
  /// Nil where the process has ended or maps it no more, and for what is no plain file: to open a device may do something.
  /// Needs CAP_CHECKPOINT_RESTORE or CAP_SYS_ADMIN; throws without.
  package static func openMapped(_ entry: MappedFileEntry, of pid: Int32) throws(LinuxError) -> FileDescriptor? {
    guard !entry.range.isEmpty else { return nil }
    let link = "/proc/\(pid)/map_files/\(entry.range)"
    var buffer = stat()
    guard unsafe stat(link, &buffer) == 0 else { return try none(link) }
    guard FileStatus(buffer).kind == .file else { return nil }
    let number = unsafe Glibc.open(link, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    guard number >= 0 else { return try none(link) }
    let file = FileDescriptor(owning: number, name: link)
    // Something else may be mapped there by now.
    guard try file.status().identity == FileStatus(buffer).identity else { return nil }
    return file
  }

  private static func none(_ link: String) throws(LinuxError) -> FileDescriptor? {
    let error = LinuxError.last("open", link)
    guard error.isAbsent || error.code == ESRCH else { throw error }
    return nil
  }
}
