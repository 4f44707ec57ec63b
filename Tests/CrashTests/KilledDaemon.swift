import Basics
import CanonicalJSON
import DeviceTestSupport
import Improvements
import Linux
import TestSupport
import Testing

/// The real sutured, killed right after the Nth time that it brought a file to the disk.
///
/// A small library that is loaded before the C library's own functions counts the syncs of the whole process, whichever
/// thread makes them, and sends SIGKILL: `scripts/kill-at.c`, which the acceptance uses too.
struct KilledDaemon {
  /// Why no daemon can be killed at a step here; nil where one can.
  static let absence: String? =
    ((try? Directory(path: "/", links: .withinRoot).status(path("usr/bin/cc"))) ?? nil) == nil
    ? "no C compiler on this machine: /usr/bin/cc" : nil

  /// Builds the library in a folder and gives its name.
  static func library(in folder: Directory) throws -> String {
    let source = #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" } + "/scripts/kill-at.c"
    let result = try ProcessLauncher.run(
      "/usr/bin/cc",
      arguments: ["-shared", "-fPIC", "-O1", "-o", folder.path + "/kill.so", source, "-ldl"],
      environment: ["PATH": "/usr/bin:/bin"])
    guard result.end == .exited(0) else { throw Impossible(description: "cc: \(result.error)") }
    return folder.path + "/kill.so"
  }

  let root: String
  let process: ProcessIdentity
  private let folder: Directory
  private let log: RelativePath

  /// Starts it; where a library is given, to be killed right after a step.
  init(root: String, notes folder: Directory, killedAt step: (library: String, file: String, number: Int)? = nil) throws
  {
    self.root = root
    self.folder = folder
    log = try path("log-\(UInt64.random(in: .min ... .max))")
    var environment = ["PATH": "/usr/bin:/bin"]
    if let step {
      let number = try path("kill-at")
      try folder.write(Array("\(step.number)\n".utf8), to: number)
      environment["LD_PRELOAD"] = step.library
      environment["KILL_FILE"] = step.file
      environment["KILL_AT"] = "\(folder.path)/\(number)"
    }
    process = try ProcessLauncher.start(
      Program.path("sutured"), arguments: ["--root", root], environment: environment,
      output: folder.appendingFile(log))
  }

  func said() throws -> String { String(decoding: try folder.read(log, limit: 1 << 20), as: UTF8.self) }

  /// Waits until it has said something or has ended; whether it still runs.
  func wait(for words: String) async throws -> Bool {
    for _ in 0..<10_000 {
      if try said().contains(words) { return process.isRunning }
      guard process.isRunning else { return false }
      try await Task.sleep(for: .milliseconds(2))
    }
    throw Impossible(description: "sutured did not say “\(words)”: \(try said())")
  }

  func suture(_ arguments: String...) throws -> (end: ProcessEnd, output: String, error: String) {
    let result = try ProcessLauncher.run(
      Program.path("suture"), arguments: arguments + ["--root", root], outputLimit: 1 << 20)
    return (result.end, result.output, result.error)
  }

  /// Waits until the device's own account fits.
  func wait(_ condition: (DeviceStatus) -> Bool) async throws -> DeviceStatus {
    var last = ""
    for _ in 0..<400 {
      let answer = try suture("status", "--json")
      last = answer.output + answer.error
      if let status = try? DeviceStatus(JSON(parsing: Array(answer.output.utf8))), condition(status) { return status }
      try await Task.sleep(for: .milliseconds(10))
    }
    throw Impossible(description: "it did not come to rest: \(last); \(try said())")
  }

  /// Ends it and waits for its end.
  func end(_ signal: ProcessSignal = .terminate) async throws {
    _ = try process.send(signal)
    try await waitForEnd()
  }

  /// Whether it ended because it was asked to, and not killed at a step that came after what was waited for.
  var hasEndedInOrder: Bool { get throws { try said().contains("sutured: ended in order") } }

  /// Waits until it is gone with all its threads: the last of them holds the lock.
  func waitForEnd() async throws {
    for _ in 0..<10_000 {
      if process.reap() { return }
      try await Task.sleep(for: .milliseconds(2))
    }
    throw Impossible(description: "sutured does not end: \(try said())")
  }
}
