import Basics
import Linux
import Subprocess
import Synchronization
import SystemPackage

/// The temporary folder in which everything happens, and the programs that run for it.
final class Stage: Sendable {
  let directory: Directory
  private let parent: Directory
  private let name: RelativePath
  private let running = Mutex<[(name: String, process: ProcessIdentity)]>([])

  var path: String { directory.path }

  init(name: RelativePath) throws {
    parent = try Self.parent()
    self.name = name
    directory = try parent.creatingDirectory(name, mode: 0o700)
  }

  /// Where such folders are made.
  static func parent() throws -> Directory { try Directory(path: "/tmp") }

  /// A name that no folder has yet.
  static func newName() throws -> RelativePath {
    try checked("suture-quickstart-\(String(UInt64.random(in: .min ... .max), radix: 36))")
  }

  /// A path that was written here and is therefore one; anything else is a mistake of ours and is said so.
  static func checked(_ text: String) throws -> RelativePath {
    guard let path = RelativePath(text) else { throw QuickstartError.silent("\(text) is no path beneath a folder") }
    return path
  }

  func folder(_ text: String) throws -> Directory { try directory.creatingDirectory(Self.checked(text)) }

  /// Where a program of this build stands: beside this one.
  static func program(_ name: String) throws -> String {
    let own = try ProcessLauncher.ownExecutable()
    guard let slash = own.lastIndex(of: "/") else { return name }
    return String(own[...slash]) + name
  }

  /// Starts a program that runs until the end; its output goes to a log in the folder.
  func start(_ name: String, _ arguments: [String], as label: String) throws -> ProcessIdentity {
    let log = try directory.appendingFile(Self.checked("\(label).log"))
    let process = try ProcessLauncher.start(
      Self.program(name), arguments: arguments, environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"], output: log)
    running.withLock { $0.append((label, process)) }
    return process
  }

  /// What a started program has printed.
  func log(_ label: String) throws -> String {
    String(decoding: try directory.readIfPresent(Self.checked("\(label).log"), limit: 1 << 20) ?? [], as: UTF8.self)
  }

  /// Waits for a line of a started program's log that begins so, and returns the rest of the line.
  func wait(for start: String, from label: String) async throws -> String {
    for _ in 0..<3_000 {
      let lines = try log(label).split(separator: "\n")
      if let line = lines.first(where: { $0.hasPrefix(start) }) { return String(line.dropFirst(start.count)) }
      let process = running.withLock { $0.first { $0.name == label }?.process }
      guard process?.isRunning == true else { throw QuickstartError.program(label, try lastLine(label)) }
      try await Task.sleep(for: .milliseconds(5))
    }
    throw QuickstartError.silent("\(label) did not become ready within 15 seconds: \(try lastLine(label))")
  }

  private func lastLine(_ label: String) throws -> String {
    try log(label).split(separator: "\n").last.map(String.init) ?? "it printed nothing"
  }

  /// Runs a program to its end and returns its standard output; throws its last words where it fails.
  func run(_ name: String, _ arguments: [String]) async throws -> String {
    let result = try await Subprocess.run(
      .path(FilePath(Self.program(name))), arguments: .init(arguments), output: .string(limit: 1 << 22),
      error: .string(limit: 1 << 20))
    guard result.terminationStatus.isSuccess else {
      let words = result.standardError.split(separator: "\n").joined(separator: "; ")
      throw QuickstartError.program(name, words)
    }
    return result.standardOutput
  }

  /// Ends what was started, the last first.
  func end() async {
    for (_, process) in running.withLock({ $0 }).reversed() {
      _ = try? process.send(.terminate)
      for _ in 0..<3_000 {
        guard process.isRunning else { break }
        try? await Task.sleep(for: .milliseconds(5))
      }
      _ = try? process.send(.kill)
      process.reap()
    }
  }

  /// Removes the folder and everything in it.
  func remove() throws { try parent.removeTree(name) }
}
