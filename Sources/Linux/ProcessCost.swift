internal import CLinux
internal import Glibc

/// What running a program cost.
package struct ProcessCost: Sendable, Hashable {
  /// How it ended.
  package let end: ProcessEnd
  /// Processor time of it and of what it started and waited for, in microseconds.
  package let microseconds: Int64
  /// The most memory that it had at once, mapped files included, in bytes; what it started is not counted.
  ///
  /// 0 if it was never seen.
  package let residentBytes: Int64
  /// The most memory of its own that it was seen with, in bytes: without files, and without what it started.
  ///
  /// Looked at every millisecond, later more seldom: what lasts shorter than that may be missed. 0 if it was never seen.
  package let anonymousBytes: Int64
}

extension ProcessLauncher {
  /// Runs a program to its end and says what it cost.
  ///
  /// Standard output goes to `output`, else nowhere, and errors to `errors`; it gets nothing to read. The caller's
  /// thread waits. A program that takes longer than `limit` is killed, with its session, and `ETIME` thrown.
  package static func measure(
    _ executable: String, arguments: [String], environment: [String: String], output: FileDescriptor? = nil,
    errors: FileDescriptor? = nil, limit: Duration
  ) throws(LinuxError) -> ProcessCost {
    var pid: pid_t = 0
    var words = unsafe ([executable] + arguments).map { unsafe strdup($0) } + [nil]
    var variables = unsafe environment.sorted { $0.key < $1.key }.map { unsafe strdup("\($0.key)=\($0.value)") } + [nil]
    defer { unsafe (words + variables).forEach { unsafe free($0) } }
    let code = unsafe linux_spawn_streams(
      &pid, executable, &words, &variables, -1, output?.number ?? -1, errors?.number ?? -1)
    guard code == 0 else { throw LinuxError("start", executable, code: code) }
    // Where it ended before this, or may not be watched, it is looked at as long as it runs.
    _ = linux_watch_exit(pid)
    let begin = ContinuousClock.now
    var seen = MemoryFigures()
    var (user, system): (Int64, Int64) = (0, 0)
    var (status, isKilled): (Int32, Bool) = (0, false)
    while true {
      let passed = begin.duration(to: .now)
      seen.look(at: pid)
      switch unsafe linux_look_after(pid, &status, &user, &system) {
      case 1:
        // Its peak is complete now.
        seen.look(at: pid)
        guard linux_let_exit(pid) == 0 else { throw .last("wait for", executable) }
      case 2:
        guard !isKilled else { throw LinuxError("wait longer for", executable, code: ETIME) }
        return ProcessCost(
          end: status < 256 ? .exited(status) : .signalled(status - 256), microseconds: user + system,
          residentBytes: seen.residentBytes,
          anonymousBytes: seen.anonymousBytes)
      case 0:
        if passed > limit, !isKilled {
          // It leads a session of its own, and so a group.
          kill(-pid, SIGKILL)
          isKilled = true
        }
        usleep(passed < .seconds(2) ? 1_000 : 10_000)
      default: throw .last("wait for", executable)
      }
    }
  }
}

/// The most that was seen of a process's memory.
private struct MemoryFigures {
  var residentBytes: Int64 = 0
  var anonymousBytes: Int64 = 0

  mutating func look(at pid: pid_t) {
    guard let bytes = try? ProcFile.read("/proc/\(pid)/status", limit: 1 << 14) else { return }
    for line in bytes.split(separator: UInt8(ascii: "\n")) {
      if line.starts(with: "VmHWM:".utf8) { residentBytes = max(residentBytes, Self.bytes(line)) }
      if line.starts(with: "RssAnon:".utf8) { anonymousBytes = max(anonymousBytes, Self.bytes(line)) }
    }
  }

  // "Name:   1234 kB"
  private static func bytes(_ line: ArraySlice<UInt8>) -> Int64 {
    let words = String(decoding: line, as: UTF8.self).split { $0 == " " || $0 == "\t" }
    return words.count == 3 ? (Int64(words[1]) ?? 0) << 10 : 0
  }
}

extension ProcessLauncher {
  /// How many processors run programs now.
  package static var processorCount: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }
}
