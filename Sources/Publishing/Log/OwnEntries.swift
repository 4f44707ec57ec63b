internal import Basics
package import Improvements
internal import Linux
internal import TUF

/// What a publisher made and answers for: the entries of workspaces and published repositories that lie at hand.
package struct OwnEntries: Sendable {
  private let folders: [String]

  /// Reads some folders anew each time, since what is published grows.
  ///
  /// - Parameter folders: workspaces or published repositories.
  package init(folders: [String]) {
    self.folders = folders
  }

  /// Every entry that they have.
  ///
  /// Signatures are verified, and expiry is not: whoever watches a log need not keep a repository fresh.
  package func entries() throws -> Set<LogEntry> {
    try folders.reduce(into: []) { $0.formUnion(try RepositoryEntries.read(from: try Directory(path: $1))) }
  }
}

/// The entries that a repository's files call for.
enum RepositoryEntries {
  static func read(from directory: Directory) throws -> [LogEntry] {
    let editor = try RepositoryEditor { name in
      try directory.readIfPresent(try RepositoryFolder.metadata.file(name), limit: Workspace.fileByteLimit)
    }
    var entries: [LogEntry] = []
    for version in 1...(try editor.version(of: "root")) {
      let bytes = try directory.read(
        try RepositoryFolder.metadata.file("\(version).root.json"), limit: Workspace.fileByteLimit)
      entries.append(.root(version: Int64(version), digest: Digest(of: bytes)))
    }
    for role in ["targets"] + editor.delegatedRoles {
      for target in try editor.targets(of: role) {
        let file = try RepositoryFolder.targets.file(target.filePath)
        let entry = try LogEntry(targetPath: "\(target.path)") {
          let bytes = try directory.read(file, limit: Manifest.byteLimit)
          guard target.hashes.match(bytes) else { throw PublishingError.otherBytes(file: "\(file)") }
          return bytes
        }
        if let entry, !entries.contains(entry) { entries.append(entry) }
      }
    }
    return entries
  }
}
