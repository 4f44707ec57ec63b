internal import CLinux
internal import Glibc

/// A user's numbers, as passwd(5) lists them.
package struct UserAccount: Sendable, Hashable {
  /// The longest table of users that is read, in bytes.
  package static let byteLimit = 1 << 20

  /// The user's number.
  package let user: UInt32
  /// The number of the user's first group.
  package let group: UInt32

  /// Names a user whose numbers are known.
  package init(user: UInt32, group: UInt32) {
    self.user = user
    self.group = group
  }

  /// Finds a user by name in the text of a table; nil where none has that name.
  package init?(named name: String, in table: [UInt8]) {
    for line in table.split(separator: UInt8(ascii: "\n")) {
      let fields = line.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
      guard fields.count == 7, fields[0].elementsEqual(name.utf8) else { continue }
      guard let user = UInt32(String(decoding: fields[2], as: UTF8.self)),
        let group = UInt32(String(decoding: fields[3], as: UTF8.self))
      else { return nil }
      self.user = user
      self.group = group
      return
    }
    return nil
  }
}

extension ProcessLauncher {
  /// Runs a small program to its end, without streams, in a session of its own and with no way to gain privileges.
  ///
  /// The caller's thread waits. What it starts and leaves in its process group ends with it.
  ///
  /// - Parameters:
  ///   - account: who it runs as, without further groups; nil for ourselves.
  ///   - limit: how long it may take; then it is killed, which throws a timeout.
  package static func run(
    _ executable: String, arguments: [String], as account: UserAccount?, limit: Duration
  ) throws(LinuxError) -> ProcessEnd {
    var words = unsafe ([executable] + arguments).map { unsafe strdup($0) } + [nil]
    let environment = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8"]
    var variables = unsafe environment.map { unsafe strdup($0) } + [nil]
    defer { unsafe (words + variables).forEach { unsafe free($0) } }
    let status = unsafe linux_run_as(
      executable, &words, &variables, account.map { Int64($0.user) } ?? -1, account.map { Int64($0.group) } ?? -1,
      Int32(clamping: Int64(limit / .milliseconds(1))))
    guard status >= 0 else { throw .last("run", executable) }
    return status < 256 ? .exited(status) : .signalled(status - 256)
  }
}
