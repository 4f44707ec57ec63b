import Activation
import Basics
import Linux
import TestSupport
import Testing

/// What is shown under a real systemd as process 1, one after the other: all ask the same one.
@Suite(
  .serialized, .timeLimit(.minutes(10)),
  .enabled(if: SystemdWorld.absence == nil, Comment(rawValue: SystemdWorld.absence ?? "")))
enum SystemdTests {}

/// Units of a test's own under the real systemd that manages this container, removed with it.
final class SystemdWorld: Sendable {
  /// Why there is none here, and how to have one; nil where there is.
  ///
  /// Tests make and break units, so that a machine that somebody needs is not asked for it.
  static let absence: String? = {
    guard Systemd.isRunning() else {
      return
        "NOT RUN: systemd does not manage this machine; `scripts/container test SystemdTests` runs this where it does"
    }
    let mark = try? Directory(path: "/run").statusOfLink(path("systemd/container"))
    guard mark != nil else { return "NOT RUN: makes and breaks services, and this is no container" }
    return ProcessLauncher.userID == 0 ? nil : "NOT RUN: needs root"
  }()

  let systemd: Systemd
  private let units: Directory
  private let names: [String]

  /// Writes unit files, `[Service]` sections unless they begin with a section of their own.
  init(_ files: [String: String], systemd: Systemd = Systemd()) throws {
    self.systemd = systemd
    names = files.keys.sorted()
    units = try Directory(path: "/run").creatingDirectory(path("systemd/system"))
    for (name, text) in files {
      let text = text.hasPrefix("[") ? text : "[Service]\n\(text)\n"
      try units.write(Array(text.utf8), to: path(name))
    }
    try Self.systemctl("daemon-reload")
  }

  deinit {
    // Of a template every instance.
    let patterns = names.map { $0.split(separator: "@.").joined(separator: "@*.") }
    for pattern in patterns { _ = try? Self.systemctl(["kill", "--signal=KILL", pattern]) }
    _ = try? Self.systemctl(["stop"] + patterns)
    for name in names { if let file = try? path(name) { try? units.remove(file) } }
    _ = try? Self.systemctl("daemon-reload")
    _ = try? Self.systemctl(["reset-failed"] + names)
  }

  /// Masks a unit whose file is ours.
  func mask(_ name: String) throws {
    try units.remove(path(name))
    try Self.systemctl("mask", "--runtime", name)
  }

  /// Runs systemctl and gives what it prints.
  @discardableResult
  static func systemctl(_ words: String...) throws -> String { try systemctl(words) }

  @discardableResult
  private static func systemctl(_ words: [String]) throws -> String {
    let ran = try ProcessLauncher.run(
      "/usr/bin/systemctl", arguments: words, environment: ["PATH": "/usr/bin:/bin"], limit: .seconds(60))
    guard ran.end == .exited(0) else {
      throw ConfigurationFile.Refusal("systemctl \(words.joined(separator: " ")): \(ran.end): \(ran.error)")
    }
    return ran.output
  }

  /// The main process that systemctl knows.
  static func mainPID(_ name: String) throws -> Int32 {
    let text = try systemctl("show", "--value", "--property=MainPID", name)
    return try #require(Int32(text.prefix { $0 != "\n" }))
  }
}

extension ServiceManager {
  /// Why a service is not restarted, where its administrator says nothing of it.
  func restraint(on name: String) async -> ServiceRestraint? { await restraint(on: name, by: .none) }
}
