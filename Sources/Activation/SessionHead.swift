internal import Linux

/// What a process is to the login session that it is in.
package enum SessionHead {
  /// Whether the session would end with a process: what logged somebody in, and what it became for them.
  ///
  /// Of a session's control group that is the process whose parent is in another group, and its children of the same name:
  /// sshd has one that is privileged and one that is the user's, both of one connection.
  package static func leads(_ pid: Int32) -> Bool {
    leads(pid, group: ControlGroup.path(of:), parent: ProcessIdentity.parent(of:), name: ProcessTable.name(of:))
  }

  static func leads(
    _ pid: Int32, group: (Int32) -> String?, parent: (Int32) -> Int32?, name: (Int32) -> String?
  ) -> Bool {
    guard let own = group(pid), let called = name(pid) else { return false }
    var seen: Set<Int32> = [pid]
    var current = pid
    // The kernel's tree has no circle; a number may change hands while it is walked.
    while let next = parent(current), next > 0, seen.insert(next).inserted {
      guard group(next) == own else { return true }
      guard name(next) == called else { return false }
      current = next
    }
    return false
  }
}
