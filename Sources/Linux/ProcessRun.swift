internal import CLinux
internal import Glibc

/// How a program that was run to its end ended.
package enum ProcessEnd: Sendable, Hashable {
  /// It exited with a status.
  case exited(Int32)
  /// A signal ended it.
  case signalled(Int32)
}

extension ProcessLauncher {
  /// Runs a small program to its end and gives what it wrote and, where it sent one, an open file.
  ///
  /// The caller's thread waits; a program that takes longer than `limit` is killed, and so is one that this process has no
  /// room to wait for. Standard output is a Unix socket, so
  /// that the program may send a descriptor over it, when `expectsFile` is set; it is then not read as text.
  package static func run(
    _ executable: String, arguments: [String], environment: [String: String] = [:], input: [UInt8] = [],
    expectsFile: Bool = false, outputLimit: Int = 1 << 16, limit: Duration = .seconds(30)
  ) throws(LinuxError) -> (end: ProcessEnd, output: String, error: String, file: FileDescriptor?) {
    let words = try MemoryFile("input")
    try words.file.write(input)
    try words.rewind()
    let errors = try MemoryFile("errors")
    let answers = try MemoryFile("output")
    let pair = expectsFile ? try socketPair() : nil
    let output = pair?.theirs ?? answers.file
    let pid = try spawn(executable, arguments, environment, (words.file.number, output.number, errors.file.number))
    let end = try awaitExit(of: pid, executable, limit)
    // Whatever was sent waits in our half.
    return (
      end, try answers.text(limit: outputLimit), try errors.text(limit: outputLimit),
      try pair.flatMap { pair throws(LinuxError) in try receive(from: pair.ours) }
    )
  }

  /// Sends an open file to whoever reads standard output, which must be a Unix socket.
  package static func sendOnOutput(_ file: FileDescriptor) throws(LinuxError) {
    guard linux_send_descriptor(STDOUT_FILENO, file.number) == 0 else { throw .last("send", "an open file") }
  }

  private static func spawn(
    _ executable: String, _ arguments: [String], _ environment: [String: String],
    _ streams: (input: Int32, output: Int32, errors: Int32)
  ) throws(LinuxError) -> pid_t {
    var pid: pid_t = 0
    var words = unsafe ([executable] + arguments).map { unsafe strdup($0) } + [nil]
    var variables = unsafe environment.sorted { $0.key < $1.key }.map { unsafe strdup("\($0.key)=\($0.value)") } + [nil]
    defer { unsafe (words + variables).forEach { unsafe free($0) } }
    let code = unsafe linux_spawn_streams(
      &pid, executable, &words, &variables, streams.input, streams.output, streams.errors)
    guard code == 0 else { throw LinuxError("start", executable, code: code) }
    return pid
  }

  private static func awaitExit(of pid: pid_t, _ executable: String, _ limit: Duration) throws(LinuxError) -> ProcessEnd
  {
    let number = linux_pidfd_open(pid)
    // Where there is no room to wait with a limit, it must neither run on unseen nor be said not to have run.
    guard number >= 0 else { return try killed(pid, executable) }
    let process = FileDescriptor(owning: number, name: executable)
    let milliseconds = limit.components.seconds * 1_000 + limit.components.attoseconds / 1_000_000_000_000_000
    var status = linux_await_exit(process.number, Int32(clamping: milliseconds))
    if status < 0, errno == ETIME {
      _ = linux_pidfd_send_signal(process.number, SIGKILL)
      status = linux_await_exit(process.number, .max)
      guard status < 0 else { throw LinuxError("wait longer for", executable, code: ETIME) }
    }
    guard status >= 0 else { throw .last("wait for", executable) }
    return status < 256 ? .exited(status) : .signalled(status - 256)
  }

  // Its number is still its own, since nobody has waited for it.
  private static func killed(_ pid: pid_t, _ executable: String) throws(LinuxError) -> ProcessEnd {
    _ = kill(pid, SIGKILL)
    var status: Int32 = 0
    while unsafe waitpid(pid, &status, 0) != pid {
      guard errno == EINTR else { throw .last("wait for", executable) }
    }
    let signal = status & 0x7f
    return signal == 0 ? .exited(status >> 8 & 0xff) : .signalled(signal)
  }

  private static func socketPair() throws(LinuxError) -> (ours: FileDescriptor, theirs: FileDescriptor) {
    var numbers: [Int32] = [-1, -1]
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    guard unsafe socketpair(AF_UNIX, kind, 0, &numbers) == 0 else { throw .last("make", "a pair of sockets") }
    return (
      FileDescriptor(owning: numbers[0], name: "our socket"), FileDescriptor(owning: numbers[1], name: "their socket")
    )
  }

  private static func receive(from socket: FileDescriptor) throws(LinuxError) -> FileDescriptor? {
    let number = linux_receive_descriptor(socket.number)
    if number >= 0 { return FileDescriptor(owning: number, name: "a received file") }
    // Nothing was sent.
    guard errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOMSG else { throw .last("receive", "an open file") }
    return nil
  }
}

/// A file in memory through which a program is given its input, or its output is taken, without either waiting.
private struct MemoryFile {
  let file: FileDescriptor

  init(_ name: String) throws(LinuxError) {
    let number = unsafe linux_memory_file(name)
    guard number >= 0 else { throw .last("make", "a file in memory") }
    file = FileDescriptor(owning: number, name: name)
  }

  func rewind() throws(LinuxError) {
    guard lseek(file.number, 0, SEEK_SET) == 0 else { throw .last("rewind", "a file in memory") }
  }

  func text(limit: Int) throws(LinuxError) -> String {
    try rewind()
    return String(decoding: try file.readAll(limit: limit), as: UTF8.self)
  }
}
