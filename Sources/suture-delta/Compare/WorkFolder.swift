import Basics
import Linux

/// A folder of our own for files that nobody needs afterwards, removed with everything in it.
final class WorkFolder: Sendable {
  let directory: Directory
  private let parent: Directory
  private let name: RelativePath

  /// Makes one beneath `TMPDIR`, or `/tmp`.
  init() throws {
    let place = ProcessEnvironment.value("TMPDIR") ?? "/tmp"
    let text = "suture-delta-\(String(UInt64.random(in: .min ... .max), radix: 36))"
    guard let name = RelativePath(text) else { throw Failure.noName(text) }
    self.name = name
    do {
      // The owner's temporary folder may be a link; what is made beneath it has no links that are followed.
      parent = try Directory(path: place)
      directory = try parent.creatingDirectory(name, mode: 0o700)
    } catch { throw Failure.unwritten(place, error) }
  }

  deinit { try? parent.removeTree(name) }

  /// Makes a folder in it.
  func folder(_ text: String) throws -> Directory {
    guard let name = RelativePath(text) else { throw Failure.noName(text) }
    return try directory.creatingDirectory(name, mode: 0o700)
  }

  /// Removes something in it.
  func remove(_ text: String) throws {
    if let name = RelativePath(text) { try directory.removeTree(name) }
  }

  /// The name of something in it.
  func path(_ text: String) -> String { "\(directory.path)/\(text)" }
}
