internal import CLinux
internal import Glibc
internal import Values

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
    guard let fields = Self.statFields(of: pid), fields.isRunning else { return nil }
    self.init(pid: pid, startTicks: fields.startTicks)
  }

  /// `PID@TICKS`.
  package var description: String { "\(pid)@\(startTicks)" }

  /// Reads `PID@TICKS` back; nil for anything else.
  package init?(_ text: String) {
    let parts = text.split(separator: "@", omittingEmptySubsequences: false)
    guard parts.count == 2, let pid = Int32(parts[0]), let ticks = UInt64(parts[1]), "\(pid)@\(ticks)" == text else {
      return nil
    }
    self.init(pid: pid, startTicks: ticks)
  }

  /// Whether the very same process still runs (an ended one that nobody has waited for does not).
  package var isRunning: Bool { ProcessIdentity(running: pid) == self }

  /// How long it has been running, by the clock that its start was taken from; nil where that cannot be told.
  package var age: Duration? {
    var now = timespec()
    let ticks = sysconf(Int32(_SC_CLK_TCK))
    guard ticks > 0, unsafe clock_gettime(CLOCK_BOOTTIME, &now) == 0 else { return nil }
    let sinceBoot = Duration.seconds(Int64(now.tv_sec)) + .nanoseconds(Int64(now.tv_nsec))
    return max(.zero, sinceBoot - Duration.seconds(1) * (Double(startTicks) / Double(ticks)))
  }

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

  /// How many threads a process has; 0 where it has ended and was waited for.
  static func threadCount(of pid: Int32) -> Int { statFields(of: pid)?.threads ?? 0 }

  private struct StatFields {
    let state: Character
    let parent: Int32
    let session: Int32
    let threads: Int
    let startTicks: UInt64

    /// The state is that of the first thread; where that one has ended, the others may run on.
    var isRunning: Bool { state != "X" && (state != "Z" || threads > 1) }
  }

  /// The process that started it, or has taken it over since; nil where it has ended, or nobody did.
  package var parent: ProcessIdentity? {
    guard let fields = Self.statFields(of: pid), fields.startTicks == startTicks else { return nil }
    return ProcessIdentity(running: fields.parent)
  }

  /// Those that lead from its parent up to the first process of the machine, the nearest first.
  package var ancestors: [ProcessIdentity] {
    var found: [ProcessIdentity] = []
    // The kernel's tree has no circle; a number may change hands while it is walked.
    while let next = (found.last ?? self).parent, !found.contains(next) { found.append(next) }
    return found
  }

  /// The number of a process's parent; nil where it has ended.
  package static func parent(of pid: Int32) -> Int32? { statFields(of: pid)?.parent }

  private static func statFields(of pid: Int32) -> StatFields? {
    guard let bytes = try? ProcFile.read("/proc/\(pid)/stat", limit: 1 << 14) else { return nil }
    // The name stands in parentheses and may hold anything; what follows the last one is plain.
    guard let end = bytes.lastIndex(of: UInt8(ascii: ")")) else { return nil }
    let fields = String(decoding: bytes[(end + 1)...], as: UTF8.self).split(separator: " ")
    guard fields.count > 19, let state = fields[0].first, let parent = Int32(fields[1]), let session = Int32(fields[3]),
      let threads = Int(fields[17]), let start = UInt64(fields[19])
    else { return nil }
    return StatFields(state: state, parent: parent, session: session, threads: threads, startTicks: start)
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
  /// Execute your program anew, in the way of servers that know it (SIGUSR2).
  case upgrade
  /// End when you have served what you have begun, in the way of servers that know it (SIGQUIT).
  case drain

  var number: Int32 {
    switch self {
    case .terminate: SIGTERM
    case .kill: SIGKILL
    case .interrupt: SIGINT
    case .hangUp: SIGHUP
    case .upgrade: SIGUSR2
    case .drain: SIGQUIT
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
    let held = try HeldProgram(executable, arguments: arguments, environment: environment, output: output)
    try held.begin()
    return held.process
  }

  /// Has this process ended, as by a signal, where it still runs after so many seconds.
  package static func endAfter(seconds: UInt32) { linux_end_after(seconds) }

  /// Ends this process with a status.
  package static func exit(_ status: Int32) -> Never { Glibc.exit(status) }

  /// The effective user's number.
  package static var userID: UInt32 { geteuid() }

  /// The effective group's number.
  package static var groupID: UInt32 { getegid() }

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
