internal import CLinux
internal import Glibc

/// A mount namespace: whose view of the tree of files is meant.
package enum MountNamespace: Sendable, Hashable {
  /// This process's own.
  case own
  /// That of another process, such as 1.
  case of(process: Int32)

  /// Where /proc has it; nil for this process's own.
  package var name: String? {
    switch self {
    case .own: nil
    case .of(let pid): "/proc/\(pid)/ns/mnt"
    }
  }

  /// The mounts of the namespace, as its process sees them.
  package func mounts() throws(LinuxError) -> MountTable {
    guard case .of(let pid) = self else { return try OwnProcFolder().mounts() }
    return MountTable(
      parsing: try ProcFile.read("/proc/\(pid)/mountinfo", limit: OwnProcFolder.mountTableByteLimit))
  }

  /// Whether this process is in the namespace now.
  package func isOwn() throws(LinuxError) -> Bool {
    guard name != nil else { return true }
    return try identity() == MountNamespace.own.identity()
  }

  /// Which namespace it is.
  package func identity() throws(LinuxError) -> FileIdentity {
    try Self.open(name ?? "/proc/\(getpid())/ns/mnt").status().identity
  }

  /// Enters a namespace by the name that /proc has for it; every later path is resolved there.
  ///
  /// For a process of one thread: the kernel refuses any other.
  package static func enter(_ name: String) throws(LinuxError) {
    let namespace = try open(name)
    guard linux_enter_mount_namespace(namespace.number) == 0 else { throw .last("enter the mount namespace", name) }
  }

  /// Leaves for a copy of the present namespace that nobody else sees; for a process of one thread.
  package static func leaveForCopy() throws(LinuxError) {
    guard linux_leave_mount_namespace() == 0 else { throw .last("copy", "the mount namespace") }
  }

  private static func open(_ name: String) throws(LinuxError) -> FileDescriptor {
    let number = unsafe Glibc.open(name, O_RDONLY | O_CLOEXEC)
    guard number >= 0 else { throw .last("open", name) }
    return FileDescriptor(owning: number, name: name)
  }
}
