internal import CLinux
internal import Glibc

/// A program that is a process already and has not begun: who it is can be written down before it does anything.
///
/// Where it is never let go, or this process ends before, the process ends and nothing of the program ever ran.
package final class HeldProgram {
  /// The process that the program will be.
  package let process: ProcessIdentity
  private let executable: String
  private let gate: Int32
  private let report: FileDescriptor
  private var hasBegun = false

  /// Makes the process, in a session of its own with exactly this environment.
  ///
  /// Standard input is empty and both outputs go to `output`. The caller must reap what has begun.
  package init(
    _ executable: String, arguments: [String], environment: [String: String], output: FileDescriptor
  ) throws(LinuxError) {
    var (pid, gate, report): (pid_t, Int32, Int32) = (0, -1, -1)
    var words = unsafe ([executable] + arguments).map { unsafe strdup($0) } + [nil]
    var variables = unsafe environment.sorted { $0.key < $1.key }.map { unsafe strdup("\($0.key)=\($0.value)") } + [nil]
    defer { unsafe (words + variables).forEach { unsafe free($0) } }
    let code = unsafe linux_spawn_held(&pid, &gate, &report, executable, &words, &variables, output.number)
    guard code == 0 else { throw LinuxError("start", executable, code: code) }
    self.executable = executable
    self.gate = gate
    self.report = FileDescriptor(owning: report, name: "the report of \(executable)")
    // One that was killed already has not been reaped, so that the number is still its own.
    process = ProcessIdentity(running: pid) ?? ProcessIdentity(pid: pid, startTicks: 0)
  }

  deinit {
    _ = Glibc.close(gate)
    if !hasBegun { _ = waitpid(process.pid, nil, 0) }
  }

  /// Lets the program begin; throws where it cannot be run, and then the process has ended and been reaped.
  package func begin() throws(LinuxError) {
    linux_let_go(gate)
    guard let bytes = try report.readPiece(limit: MemoryLayout<Int32>.size), bytes.count == MemoryLayout<Int32>.size
    else {
      hasBegun = true
      return
    }
    let code = bytes.enumerated().reduce(Int32(0)) { $0 | Int32($1.element) << (8 * Int32($1.offset)) }
    throw LinuxError("start", executable, code: code)
  }
}
