package import Basics
package import Linux

/// A directory of a test's own, removed with everything in it when the last reference goes.
package final class TemporaryDirectory: Sendable {
  /// The directory.
  package let directory: Directory
  private let parent: Directory
  private let name: RelativePath

  /// Makes a new directory under the system's place for temporary files.
  ///
  /// - Parameter inMemory: whether it may lie in memory, where syncing costs nothing: for tests that write thousands of
  ///   times and are not about the disk.
  package init(inMemory: Bool = false) throws {
    let memory = inMemory ? try? Directory(path: "/dev/shm") : nil
    parent = try memory ?? Directory(path: "/tmp")
    let text = "suture-test-\(String(UInt64.random(in: .min ... .max), radix: 36))"
    guard let name = RelativePath(text) else { throw LinuxError("name", text, code: 22) }
    self.name = name
    directory = try parent.creatingDirectory(name, mode: 0o700)
  }

  deinit { try? parent.removeTree(name) }

  /// Its absolute path.
  package var path: String { directory.path }
}

/// A path that a test writes down, checked like any other.
package func path(_ text: String) throws -> RelativePath {
  guard let path = RelativePath(text) else { throw ConfigurationFile.Refusal("no path: \(text)") }
  return path
}
