import Basics
import Linux
import TestSupport

/// A little program in C, for what no program of the machine does.
struct CompiledProgram {
  /// Why none can be built here; nil where one can.
  static let absence: String? =
    ((try? Directory(path: "/", links: .withinRoot).status(path("usr/bin/cc"))) ?? nil) == nil
    ? "NOT RUN: no C compiler on this machine: /usr/bin/cc" : nil

  /// Its absolute name.
  let name: String

  /// Builds it in a folder.
  init(_ source: String, in folder: Directory) throws {
    name = folder.path + "/program"
    try folder.write(Array(source.utf8), to: path("program.c"))
    let result = try ProcessLauncher.run(
      "/usr/bin/cc", arguments: ["-O1", "-pthread", "-o", name, name + ".c"],
      environment: ["PATH": "/usr/bin:/bin"])
    guard result.end == .exited(0) else { throw ConfigurationFile.Refusal("cc: \(result.error)") }
  }
}
