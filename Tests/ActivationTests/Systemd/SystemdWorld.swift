import Activation
import Basics
import Linux
import TestSupport
import Testing

/// Units of a test's own under the real systemd that manages this container, removed with it.
final class SystemdWorld: Sendable {
  /// Why there is none here, and how to have one; nil where there is.
  ///
  /// Tests make and break units, so that a machine that somebody needs is not asked for it.
  static let absence: String? = {
    guard Systemd.isRunning() else {
      return "NOT RUN: systemd does not manage this machine; `scripts/test-systemd` runs it in a container that it does"
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
    for name in names {
      _ = try? Self.systemctl("kill", "--signal=KILL", name)
      _ = try? Self.systemctl("stop", name)
      if let file = try? path(name) { try? units.remove(file) }
    }
    _ = try? Self.systemctl("daemon-reload")
    for name in names { _ = try? Self.systemctl("reset-failed", name) }
  }

  /// Runs systemctl and gives what it prints.
  @discardableResult
  static func systemctl(_ words: String...) throws -> String {
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
