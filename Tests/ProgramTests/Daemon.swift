import Basics
import CanonicalJSON
import DeviceTestSupport
import Improvements
import Linux
import Subprocess
import SystemPackage
import TestSupport
import Testing

/// The built programs, run as a person runs them.
enum Program {
  /// Where the programs of this build stand: beside the test bundle.
  static func path(_ name: String) throws -> String {
    let own = try ProcessLauncher.ownExecutable()
    let folder = try #require(own.lastIndex(of: "/").map { own[...$0] })
    return folder + name
  }

  /// Runs a program to its end.
  static func run(
    _ name: String, _ arguments: [String]
  ) async throws -> (status: Int32?, output: String, error: String) {
    let result = try await Subprocess.run(
      .path(FilePath(path(name))), arguments: .init(arguments), output: .string(limit: 1 << 20),
      error: .string(limit: 1 << 20))
    var status: Int32?
    if case .exited(let code) = result.terminationStatus { status = code }
    return (status, result.standardOutput, result.standardError)
  }
}

/// A running sutured over a world's device.
final class Daemon: Sendable {
  let root: String
  let process: ProcessIdentity

  /// Starts one over the device's folder; or, where `home` is given, by a command that ends in starting it, with its own
  /// places beneath `home`.
  init(_ world: World, home: String? = nil, by command: [String]? = nil) async throws {
    root = home ?? world.deviceRoot
    let words = try command ?? [Program.path("sutured"), "--root", root]
    let name = try path("sutured-\(UInt32.random(in: .min ... .max)).log")
    let log = try world.temporary.directory.appendingFile(name)
    process = try ProcessLauncher.start(
      words[0], arguments: Array(words.dropFirst()), environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"],
      output: log)
    for _ in 0..<2_000 {
      let text = String(decoding: try world.temporary.directory.read(name, limit: 1 << 20), as: UTF8.self)
      if text.contains("sutured: ready at ") { return }
      guard process.isRunning else {
        Issue.record("sutured ended: \(text)")
        return
      }
      try await Task.sleep(for: .milliseconds(5))
    }
    Issue.record("sutured did not become ready")
  }

  deinit {
    // One that was ended was waited for.
    guard (try? process.send(.kill)) == true else { return }
    process.reapSoon()
  }

  func suture(_ arguments: String...) async throws -> (status: Int32?, output: String, error: String) {
    try await Program.run("suture", arguments + ["--root", root])
  }

  func status() async throws -> DeviceStatus {
    let result = try await suture("status", "--json")
    return try DeviceStatus(JSON(parsing: Array(result.output.utf8)))
  }

  /// Waits until the device's own account fits.
  func wait(_ condition: (DeviceStatus) -> Bool) async throws -> DeviceStatus {
    for _ in 0..<400 {
      let status = try await status()
      if condition(status) { return status }
      try await Task.sleep(for: .milliseconds(25))
    }
    Issue.record("it did not come true within ten seconds")
    return try await status()
  }

  /// Waits until a command's output has a line that a pattern fits.
  func wait(for pattern: String, in arguments: String...) async throws {
    let expression = try Regex(pattern)
    var output = ""
    for _ in 0..<400 {
      output = try await Program.run("suture", arguments + ["--root", root]).output
      if output.contains(expression) { return }
      try await Task.sleep(for: .milliseconds(25))
    }
    Issue.record("\(pattern) did not come within ten seconds: \(output)")
  }

  func end(_ signal: ProcessSignal) async throws {
    _ = try process.send(signal)
    // Gone with all its threads: until then it may hold its lock, though its first thread has ended.
    while !process.reap() { try await Task.sleep(for: .milliseconds(5)) }
  }
}
