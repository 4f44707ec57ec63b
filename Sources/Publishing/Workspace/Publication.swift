package import Basics
internal import Improvements
internal import Linux
internal import TUF

/// Puts a workspace's repository where devices fetch it: plain files, what is named before what names it.
package struct Publication: Sendable {
  let workspace: Workspace
  let destination: Directory

  /// What was written, in order.
  package struct Account: Sendable, Hashable {
    /// Payloads that were not there yet.
    package fileprivate(set) var payloads = 0
    /// Components of which something waits for a signature, and is not published.
    package fileprivate(set) var waiting: [String] = []
    /// Manifests and withdrawals that were not there yet.
    package fileprivate(set) var manifests = 0
    /// Other files that a role describes and that were not there yet.
    package fileprivate(set) var files = 0
    /// Proofs that were not there yet, or are other ones.
    package var proofs = 0
    /// What came of logging; nil where there is no log.
    package fileprivate(set) var log: Workspace.LogAccount?
    /// Metadata files that were not there yet, timestamp included.
    package fileprivate(set) var metadata = 0
    /// All bytes that were written.
    package var bytes = 0
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
    account.waiting = try await workspace.settleDrafts(now: now)
    let timestamp = try RepositoryFolder.metadata.file("timestamp.json")
    try requireNotNewer()
    // Before anything is written here: without witnesses nothing is published, not even half, and no ramp begins.
    account.log = try await workspace.logging()
    try await workspace.beginRollouts(of: try targets(), now: now)
    let described = try targets()
    for target in described where Stream.named(byManifestPath: target.path.description) != nil {
      let path = try RepositoryFolder.targets.file(target.filePath)
      let bytes = try workspace.directory.read(path, limit: Manifest.byteLimit)
      for payload in try Manifest(parsing: bytes).baselines.flatMap(\.files).map(\.payload) {
        let file = try RepositoryFolder.payloads.file(payload.digest.hex)
        if try copy(file, limit: payload.length, &account) { account.payloads += 1 }
      }
    }
    for target in described {
      let path = try RepositoryFolder.targets.file(target.filePath)
      if let parent = path.parent { _ = try destination.creatingDirectory(parent) }
      let name = "\(target.path)"
      let isManifest = Stream.named(byManifestPath: name) != nil || Stream.named(byWithdrawalPath: name) != nil
      guard try copy(path, limit: Workspace.fileByteLimit, &account) else { continue }
      if isManifest { account.manifests += 1 } else { account.files += 1 }
    }
    try await publishLog(&account)
    for name in try metadataInOrder() {
      let file = try RepositoryFolder.metadata.file(name)
      if try copy(file, limit: Workspace.fileByteLimit, &account) { account.metadata += 1 }
    }
    try writeSnapshotChanges(&account)
    let bytes = try workspace.directory.read(timestamp, limit: Workspace.fileByteLimit)
    let check = RepositoryCheck(
      directory: destination, overlay: ["timestamp.json": bytes])
    let verified = try await check.all(pinnedRoot: try workspace.firstRoot(), now: now)
    if account.log?.hasPolicy == true,
      let fault = try await check.logFindings(pinnedRoot: try workspace.firstRoot(), now: now).first(where: \.isFault)
    {
      throw PublishingError.notLogged(fault.sentence)
    }
    account.timestampVersion = verified.roles.first { $0.role == "timestamp" }?.version ?? 0
    if try destination.readIfPresent(timestamp, limit: Workspace.fileByteLimit) != bytes {
      try destination.write(bytes, to: timestamp)
      account.metadata += 1
      account.bytes += bytes.count
    }
    return account
  }

  /// What any role describes, each file once.
  private func targets() throws -> [TargetDescription] {
    let editor = try workspace.editor()
    var seen: Set<String> = []
    return try (["targets"] + editor.delegatedRoles).flatMap { try editor.targets(of: $0) }
      .filter { seen.insert($0.filePath).inserted }
  }

  /// Writes what changed in snapshot lately, so that devices with a recent one need not fetch the whole.
  private func writeSnapshotChanges(_ account: inout Account) throws {
    let version = try workspace.editor().version(of: "snapshot")
    func snapshot(_ version: Int) throws -> [UInt8]? {
      try destination.readIfPresent(
        try RepositoryFolder.metadata.file("\(version).snapshot.json"), limit: Workspace.fileByteLimit)
    }
    let file = try RepositoryFolder.metadata.file(SnapshotChanges.fileName(version: version))
    guard version > 1, try destination.status(file) == nil, let newest = try snapshot(version) else { return }
    for age in [min(Self.changesAge, version - 1), 16, 4, 1] where age < version {
      guard let older = try snapshot(version - age), let changes = SnapshotChanges(from: older, to: newest) else {
        continue
      }
      try destination.write(changes.bytes, to: file)
      account.metadata += 1
      account.bytes += changes.bytes.count
      return
    }
  }

  /// Over how many versions of snapshot changes are told.
  private static let changesAge = 64

  /// Copies a file that never changes; false where it is there already with the same bytes.
  private func copy(_ path: RelativePath, limit: Int, _ account: inout Account) throws -> Bool {
    let bytes = try workspace.directory.read(path, limit: limit)
    let isThere = try destination.status(path) != nil
    try writeOnce(bytes, to: path, in: destination)
    if !isThere { account.bytes += bytes.count }
    return !isThere
  }

  /// Writes a file that may change; false where these bytes stand there.
  func replace(_ bytes: [UInt8], at path: RelativePath, _ account: inout Account) throws -> Bool {
    guard try destination.readIfPresent(path, limit: Workspace.fileByteLimit) != bytes else { return false }
    try destination.write(bytes, to: path)
    account.bytes += bytes.count
    return true
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
