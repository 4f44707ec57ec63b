import Basics
import Linux
import TestSupport
import Testing

/// Programs that these tests run.
enum Program {
  /// Where the programs of this build stand: beside the test bundle.
  static func path(_ name: String) throws -> String {
    let own = try ProcessLauncher.ownExecutable()
    let folder = try #require(own.lastIndex(of: "/").map { own[...$0] })
    return folder + name
  }

  static let tracer = "/usr/bin/strace"

  /// Why nothing can be traced here; nil where it can.
  static let tracingAbsence: String? = {
    guard (try? Directory(path: "/usr/bin").status(TestSupport.path("strace"))) ?? nil != nil else {
      return "no strace on this machine; scripts/bootstrap strace installs it"
    }
    let probe = try? ProcessLauncher.run(tracer, arguments: ["-f", "-o", "/dev/null", "/bin/true"])
    return probe?.end == .exited(0) ? nil : "this machine does not permit tracing: \(probe?.error ?? "no strace")"
  }()
}

/// The real sutured over a folder, with every effect recorded from outside.
struct TracedDaemon {
  let root: String
  let process: ProcessIdentity
  private let folder: Directory
  private let log: RelativePath
  private let trace: RelativePath

  /// Starts it; its log and the trace go to a folder that is not beneath the root.
  init(root: String, notes folder: Directory, arguments: [String] = []) throws {
    self.root = root
    self.folder = folder
    let name = String(UInt64.random(in: .min ... .max), radix: 36)
    log = try path("log-\(name)")
    trace = try path("trace-\(name)")
    // -D: the daemon stays our child, and the tracer is its.
    process = try ProcessLauncher.start(
      Program.tracer,
      arguments: [
        "-D", "-f", "-q", "-y", "-xx", "-s", "16777216", "--seccomp-bpf", "-e", "signal=none", "-e",
        "trace=" + Recording.traced.joined(separator: ","), "-o", folder.name(trace), Program.path("sutured"), "--root",
        root,
      ] + arguments, environment: ["PATH": "/usr/bin:/bin"], output: folder.appendingFile(log))
  }

  private func said() throws -> String {
    String(decoding: try folder.read(log, limit: 1 << 20), as: UTF8.self)
  }

  /// Waits until it has said something.
  func wait(for words: String) async throws {
    for _ in 0..<6_000 {
      if try said().contains(words) { return }
      guard process.isRunning else { break }
      try await Task.sleep(for: .milliseconds(5))
    }
    throw Impossible(description: "sutured did not say “\(words)”: \(try said())")
  }

  /// Ends it in order, or waits until it does so by itself, and gives what was recorded.
  func end(_ image: DiskImage, byItself: Bool = false) async throws -> Recording {
    if !byItself { _ = try process.send(.terminate) }
    for _ in 0..<6_000 {
      process.reap()
      if !process.isRunning {
        let bytes = try folder.read(trace, limit: 1 << 28)
        // The last line, once the tracer has written all: NUMBER +++ exited with 0 +++
        let words = String(decoding: bytes.suffix(64), as: UTF8.self).split(separator: "\n").last?.split(separator: " ")
        if let words, words.first == "\(process.pid)",
          words.dropFirst().joined(separator: " ") == "+++ exited with 0 +++"
        {
          return try Recording(of: bytes, root: root, from: image)
        }
      }
      try await Task.sleep(for: .milliseconds(5))
    }
    throw Impossible(description: "sutured did not end in order: \(try said())")
  }
}
