package import Basics
internal import Improvements
internal import Linux
internal import TUF

/// Puts a workspace's repository where devices fetch it: plain files, what is named before what names it.
package struct Publication: Sendable {
  private let workspace: Workspace
  private let destination: Directory

  /// What was written, in order.
  package struct Account: Sendable, Hashable {
    /// Payloads that were not there yet.
    package fileprivate(set) var payloads = 0
    /// Manifests that were not there yet.
    package fileprivate(set) var manifests = 0
    /// Metadata files that were not there yet, timestamp included.
    package fileprivate(set) var metadata = 0
    /// All bytes that were written.
    package fileprivate(set) var bytes = 0
    /// The version of the timestamp that stands there now.
    package fileprivate(set) var timestampVersion = 0
  }

  /// Prepares to publish into a folder, which is created where it is missing.
  ///
  /// Refused where the folder belongs to another root, holds other things, or has newer metadata than the workspace.
  package init(of workspace: Workspace, to path: String) throws {
    self.workspace = workspace
    destination = try Directory.creating(path: path)
    let first = try RepositoryFolder.metadata.file("1.root.json")
    if let theirs = try destination.readIfPresent(first, limit: Workspace.fileByteLimit) {
      guard theirs == (try workspace.firstRoot()) else { throw PublishingError.otherRoot(folder: path) }
    } else {
      // Payloads come first: an interrupted first publication has folders of ours and no root yet.
      let ours = Set(RepositoryFolder.allCases.map(\.rawValue))
      guard Set(try destination.names()).isSubset(of: ours) else {
        throw PublishingError.notARepository(folder: path)
      }
    }
    for folder in RepositoryFolder.allCases { _ = try destination.creatingDirectory(folder.path) }
  }

  /// Writes payloads, manifests, metadata; looks at the result as a device would; then writes the timestamp.
  package func publish(now: UTCTime) async throws -> Account {
    var account = Account()
    let timestamp = try RepositoryFolder.metadata.file("timestamp.json")
    try requireNotNewer()
    for target in try workspace.editor().targets(of: Workspace.role) {
      let path = try RepositoryFolder.targets.file(target.filePath)
      let bytes = try workspace.directory.read(path, limit: Manifest.byteLimit)
      for payload in try Manifest(parsing: bytes).baselines.flatMap(\.files).map(\.payload) {
        let file = try RepositoryFolder.payloads.file(payload.digest.hex)
        if try copy(file, limit: payload.length, &account) { account.payloads += 1 }
      }
    }
    for target in try workspace.editor().targets(of: Workspace.role) {
      let path = try RepositoryFolder.targets.file(target.filePath)
      if let parent = path.parent { _ = try destination.creatingDirectory(parent) }
      if try copy(path, limit: Manifest.byteLimit, &account) { account.manifests += 1 }
    }
    for name in try metadataInOrder() {
      let file = try RepositoryFolder.metadata.file(name)
      if try copy(file, limit: Workspace.fileByteLimit, &account) { account.metadata += 1 }
    }
    let bytes = try workspace.directory.read(timestamp, limit: Workspace.fileByteLimit)
    let check = RepositoryCheck(
      directory: destination, overlay: ["timestamp.json": bytes])
    let verified = try await check.all(pinnedRoot: try workspace.firstRoot(), now: now)
    account.timestampVersion = verified.roles.first { $0.role == "timestamp" }?.version ?? 0
    if try destination.readIfPresent(timestamp, limit: Workspace.fileByteLimit) != bytes {
      try destination.write(bytes, to: timestamp)
      account.metadata += 1
      account.bytes += bytes.count
    }
    return account
  }

  /// Copies a file that never changes; false where it is there already with the same bytes.
  private func copy(_ path: RelativePath, limit: Int, _ account: inout Account) throws -> Bool {
    let bytes = try workspace.directory.read(path, limit: limit)
    let isThere = try destination.status(path) != nil
    try writeOnce(bytes, to: path, in: destination)
    if !isThere { account.bytes += bytes.count }
    return !isThere
  }

  /// Metadata other than timestamp: what is named before what names it, every version of root last.
  ///
  /// Only what the current timestamp leads to: an import that was interrupted may have left files that nothing names.
  private func metadataInOrder() throws -> [String] {
    let editor = try workspace.editor()
    var names = try (editor.delegatedRoles + ["targets", "snapshot"]).map { role in
      "\(try editor.version(of: role)).\(role).json"
    }
    for version in 1...(try editor.version(of: "root")) { names.append("\(version).root.json") }
    return names
  }

  /// Refuses a folder that another copy of the workspace has published to since.
  private func requireNotNewer() throws {
    let name = try RepositoryFolder.metadata.file("timestamp.json")
    guard let theirs = try destination.readIfPresent(name, limit: Workspace.fileByteLimit) else { return }
    let published = try RepositoryEditor { name in
      try destination.readIfPresent(try RepositoryFolder.metadata.file(name), limit: Workspace.fileByteLimit)
    }.version(of: "timestamp")
    let ours = try workspace.editor().version(of: "timestamp")
    let mine = try workspace.directory.read(name, limit: Workspace.fileByteLimit)
    guard published < ours || (published == ours && theirs == mine) else {
      throw PublishingError.newerElsewhere(folder: destination.path, published: published, ours: ours)
    }
  }
}
