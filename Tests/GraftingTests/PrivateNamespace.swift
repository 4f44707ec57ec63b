import Basics
import Glibc
import Grafting
import Linux
import TestSupport
import Testing

/// A mount namespace of a test's own, kept by a sleeping process: whatever is mounted in it, the machine sees nothing.
final class PrivateNamespace: Sendable {
  /// Why tests in one cannot run here; nil where they can.
  static let absence: String? = {
    guard ProcessLauncher.userID == 0 else { return "NOT RUN: needs root" }
    let tried = try? ProcessLauncher.run("/usr/bin/unshare", arguments: ["--mount", "--", "/bin/true"])
    return tried?.end == .exited(0) ? nil : "NOT RUN: needs root with CAP_SYS_ADMIN, and unshare"
  }()

  /// The sleeping process.
  let process: ProcessIdentity

  /// A copy of the machine's namespace, or of another one.
  ///
  /// `flags` are for unshare(1), `setUp` is for sh(1).
  init(
    from other: PrivateNamespace? = nil, flags: [String] = ["--propagation", "private"], setUp: String = ":"
  ) throws {
    let temporary = try TemporaryDirectory()
    let log = try temporary.directory.appendingFile(path("log"))
    let ready = "\(temporary.path)/ready"
    let words =
      ["/usr/bin/unshare", "--mount"] + flags
      + ["--", "/bin/sh", "-e", "-c", "\(setUp); : > \(ready); exec sleep 1000"]
    let entering = other.map { ["/usr/bin/nsenter", "--target", "\($0.process.pid)", "--mount", "--"] } ?? []
    let all = entering + words
    process = try ProcessLauncher.start(
      all[0], arguments: Array(all.dropFirst()), environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"], output: log)
    for _ in 0..<10_000 {
      if try temporary.directory.status(path("ready")) != nil { return }
      guard process.isRunning else { break }
      usleep(1_000)
    }
    let text = String(decoding: try temporary.directory.read(path("log"), limit: 1 << 16), as: UTF8.self)
    throw ConfigurationFile.Refusal("no namespace: \(text)")
  }

  deinit {
    _ = try? process.send(.kill)
    process.reapSoon()
  }

  var namespace: MountNamespace { .of(process: process.pid) }

  /// The tree of files as the namespace shows it.
  func view(_ absolute: String) throws -> Directory {
    try Directory(path: "/proc/\(process.pid)/root\(absolute)", links: .withinRoot)
  }

  /// Runs a program to its end there.
  func run(_ words: String...) throws -> (end: ProcessEnd, output: String, error: String) {
    let result = try ProcessLauncher.run(
      "/usr/bin/nsenter", arguments: ["--target", "\(process.pid)", "--mount", "--"] + words,
      environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"], limit: .seconds(60))
    return (result.end, result.output, result.error)
  }

  /// Starts a program there.
  func start(_ words: String..., output: FileDescriptor) throws -> ProcessIdentity {
    try ProcessLauncher.start(
      "/usr/bin/nsenter", arguments: ["--target", "\(process.pid)", "--mount", "--"] + words,
      environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"], output: output)
  }

  /// How many mounts stand beneath a directory.
  func mountCount(beneath: String) throws -> Int {
    try namespace.mounts().entries.count { $0.point.hasPrefix(beneath + "/") }
  }
}
