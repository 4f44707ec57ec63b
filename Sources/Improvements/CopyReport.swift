/// A copy of a component's file that is *elsewhere*, in a process that maps it.
///
/// Not the baseline's file, but a container's, a chroot's, or one that a program brought along. It is reported, never called protected, and never restarted.
package struct CopyReport: Sendable, Hashable {
  /// What the copy holds, told by its digest.
  package enum Build: String, Sendable, Hashable {
    /// A build that an improvement of the component lists as a baseline: it has the weakness.
    case vulnerable
    /// A build that an improvement of the component makes: it has the fix.
    case improved
    /// Neither: another version, or another's build.
    case other
    /// It could not be read.
    case unread
  }

  /// The process number.
  package let pid: Int32
  /// The kernel's short name of the process.
  package let name: String
  /// Where the process belongs.
  package let place: ProcessPlace
  /// What the copy holds.
  package let build: Build
  /// The mapped file as the kernel names it, in the process's own view.
  package let mapped: String
  /// The mapped file's device and inode, such as `254:0 1234`.
  package let identity: String

  /// Describes a copy and who maps it.
  package init(pid: Int32, name: String, place: ProcessPlace, build: Build, mapped: String, identity: String) {
    self.pid = pid
    self.name = name
    self.place = place
    self.build = build
    self.mapped = mapped
    self.identity = identity
  }
}
