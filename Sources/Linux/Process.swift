internal import Basics
internal import CLinux
internal import Glibc

/// One process for as long as it lives: the number alone may be given to another.
package struct ProcessIdentity: Sendable, Hashable, CustomStringConvertible {
  /// The process number.
  package let pid: Int32
  /// When it started, in clock ticks since boot (field 22 of /proc/PID/stat).
  package let startTicks: UInt64

  /// Names a process by its number and start.
  package init(pid: Int32, startTicks: UInt64) {
    self.pid = pid
    self.startTicks = startTicks
  }

  /// The process that has this number now, if any.
  package init?(running pid: Int32) {
    guard let fields = Self.statFields(of: pid), fields.state != "Z", fields.state != "X" else { return nil }
    self.init(pid: pid, startTicks: fields.startTicks)
  }

  /// `PID@TICKS`.
  package var description: String { "\(pid)@\(startTicks)" }

  /// Whether the very same process still runs (an ended one that nobody has waited for does not).
  package var isRunning: Bool { ProcessIdentity(running: pid) == self }

  /// Sends a signal to this very process; false where it has ended.
  package func send(_ signal: ProcessSignal) throws(LinuxError) -> Bool {
    let number = linux_pidfd_open(pid)
    guard number >= 0 else {
      if errno == ESRCH { return false }
      throw .last("signal process", "\(pid)")
    }
    let handle = FileDescriptor(owning: number, name: "process \(pid)")
    // Between reading the start time and here the number may have changed hands; the handle holds on to one of them.
    guard isRunning else { return false }
    guard linux_pidfd_send_signal(handle.number, signal.number) == 0 else {
      if errno == ESRCH { return false }
      throw .last("signal process", "\(pid)")
    }
    return true
  }

  /// Collects the exit status of a child of ours that has ended; false for anything else.
  @discardableResult
  package func reap() -> Bool {
    var status: Int32 = 0
    return unsafe waitpid(pid, &status, WNOHANG) == pid
  }

  /// The number of the session that a process belongs to; nil where it has ended.
  package static func session(of pid: Int32) -> Int32? { statFields(of: pid)?.session }

  private static func statFields(of pid: Int32) -> (state: Character, session: Int32, startTicks: UInt64)? {
    guard let bytes = try? ProcFile.read("/proc/\(pid)/stat", limit: 1 << 14) else { return nil }
    // The name stands in parentheses and may hold anything; what follows the last one is plain.
    guard let end = bytes.lastIndex(of: UInt8(ascii: ")")) else { return nil }
    let fields = String(decoding: bytes[(end + 1)...], as: UTF8.self).split(separator: " ")
    guard fields.count > 19, let state = fields[0].first, let session = Int32(fields[3]), let start = UInt64(fields[19])
    else { return nil }
    return (state, session, start)
  }
}

/// The signals that are ever sent.
package enum ProcessSignal: Sendable {
  /// Please end.
  case terminate
  /// End.
  case kill
  /// The person at the terminal wants no more.
  case interrupt
  /// Read your settings again.
  case hangUp

  var number: Int32 {
    switch self {
    case .terminate: SIGTERM
    case .kill: SIGKILL
    case .interrupt: SIGINT
    case .hangUp: SIGHUP
    }
  }
}

/// Starting programs and learning who we are.
package enum ProcessLauncher {
  /// Starts a program in a session of its own with exactly this environment.
  ///
  /// Standard input is empty and both outputs go to `output`. The caller must reap it.
  package static func start(
    _ executable: String, arguments: [String], environment: [String: String], output: FileDescriptor
  ) throws(LinuxError) -> ProcessIdentity {
    var pid: pid_t = 0
    var words = unsafe ([executable] + arguments).map { unsafe strdup($0) } + [nil]
    var variables = unsafe environment.sorted { $0.key < $1.key }.map { unsafe strdup("\($0.key)=\($0.value)") } + [nil]
    defer { unsafe (words + variables).forEach { unsafe free($0) } }
    let code = unsafe linux_spawn(&pid, executable, &words, &variables, output.number)
    guard code == 0 else { throw LinuxError("start", executable, code: code) }
    guard let identity = ProcessIdentity(running: pid) else {
      // Ended already: it has not been reaped, so the number is still its own.
      return ProcessIdentity(pid: pid, startTicks: 0)
    }
    return identity
  }

  /// Ends this process with a status.
  package static func exit(_ status: Int32) -> Never { Glibc.exit(status) }

  /// The effective user's number.
  package static var userID: UInt32 { geteuid() }

  /// This process.
  package static var ownPID: Int32 { getpid() }

  /// The absolute name of the program that this process runs.
  package static func ownExecutable() throws(LinuxError) -> String { try own("exe") }

  /// The absolute name of the directory that relative names begin at.
  package static func workingDirectory() throws(LinuxError) -> String { try own("cwd") }

  private static func own(_ name: String) throws(LinuxError) -> String {
    // By number: /proc/self is itself a link.
    guard let path = RelativePath("\(getpid())/\(name)") else { throw LinuxError("read the link", name, code: EINVAL) }
    return try Directory(path: "/proc").linkTarget(path)
  }
}
