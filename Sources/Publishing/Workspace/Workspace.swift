package import Basics
internal import Improvements
package import Linux
internal import TUF

/// A publisher's workspace: configuration, keys, and the repository as it is about to be published.
///
/// `suture-publish.json`, `keys/` (0700), `people/` (public keys), `drafts/` (what waits for another signature), `begun/` (whose rollout
/// has begun), and the
/// repository's own layout: `metadata/`, `targets/`, `payloads/`. The repository in it is always whole: it verifies before
/// and after every command.
package struct Workspace: Sendable {
  /// The longest manifest or metadata file that is read, in bytes.
  static let fileByteLimit = 16 << 20

  /// Where it lies.
  package let directory: Directory
  /// What it publishes for.
  package let configuration: WorkspaceConfiguration
  /// The keys that are at hand.
  package let keys: KeyRing
  /// Held for as long as the workspace is open.
  private let lock: FileDescriptor

  /// Makes a workspace in a folder that does not exist yet or is empty: keys, roles, and an empty repository.
  package static func creating(
    at path: String, configuration: WorkspaceConfiguration, now: UTCTime
  ) throws -> Workspace {
    let directory = try Directory.creating(path: path)
    guard try directory.names().isEmpty else { throw PublishingError.notEmpty(folder: path) }
    let lock = try Self.locked(directory)
    let keyFolder = try directory.creatingDirectory(try Self.path("keys"), mode: 0o700)
    let keys = try KeyRing.creating(in: keyFolder)
    for folder in RepositoryFolder.allCases { _ = try directory.creatingDirectory(folder.path) }
    let workspace = Workspace(directory: directory, configuration: configuration, keys: keys, lock: lock)
    var editor = RepositoryEditor(
      root: try keys.roleKeys("root"), targets: try keys.roleKeys("targets"), snapshot: try keys.roleKeys("snapshot"),
      timestamp: try keys.roleKeys("timestamp"))
    editor.describesFully = false
    try editor.delegate(
      to: Stream.recallRole, keys: try keys.roleKeys(Stream.recallRole),
      paths: .patterns([try workspace.pattern("*/*.withdrawal.json")]))
    guard let rollouts = PathPattern("rollout/*") else { throw PublishingError.unsafeName("rollout/*") }
    try editor.delegate(to: rolloutRole, keys: try keys.roleKeys(rolloutRole), paths: .patterns([rollouts]))
    try workspace.writePeople()
    try workspace.write(try editor.publish(signingWith: keys.signingKeys, now: now))
    // Last, because with it the folder is a workspace.
    try directory.write(configuration.bytes, to: try Self.path("suture-publish.json"))
    return workspace
  }

  /// Opens a workspace; one at a time may.
  ///
  /// - Parameter keyFolder: where the keys of whoever works with it are; nil for the workspace's own.
  package init(opening path: String, keyFolder: String? = nil) throws {
    let directory = try Self.existing(path)
    guard let bytes = try directory.readIfPresent(try Self.path("suture-publish.json"), limit: 1 << 16) else {
      throw PublishingError.noWorkspace(folder: path)
    }
    let configuration = try WorkspaceConfiguration(parsing: bytes, folder: path)
    let lock = try Self.locked(directory)
    let folder = try keyFolder.map { try Directory(path: $0) } ?? directory.directory(try Self.path("keys"))
    let keys = try KeyRing.loading(from: folder)
    self.init(directory: directory, configuration: configuration, keys: keys, lock: lock)
  }

  private init(directory: Directory, configuration: WorkspaceConfiguration, keys: KeyRing, lock: FileDescriptor) {
    self.directory = directory
    self.configuration = configuration
    self.keys = keys
    self.lock = lock
  }

  private static func locked(_ directory: Directory) throws -> FileDescriptor {
    let lock = try directory.lockFile(try path(".lock"))
    do { try lock.lock() } catch {
      guard error.isLocked else { throw error }
      throw PublishingError.workspaceInUse(folder: directory.path)
    }
    return lock
  }

  private static func existing(_ path: String) throws -> Directory {
    do { return try Directory(path: path) } catch {
      guard error.isAbsent else { throw error }
      throw PublishingError.noWorkspace(folder: path)
    }
  }

  static func path(_ text: String) throws(PublishingError) -> RelativePath {
    guard let path = RelativePath(text) else { throw .unsafeName(text) }
    return path
  }
}

/// The folders of a repository.
enum RepositoryFolder: String, CaseIterable {
  case metadata
  case targets
  case payloads
  case proofs
  case log

  /// The folder beneath the repository.
  var path: RelativePath {
    guard let path = RelativePath(rawValue) else { preconditionFailure("a word is a path") }
    return path
  }

  /// A file in the folder.
  func file(_ name: String) throws(PublishingError) -> RelativePath {
    guard let path = RelativePath("\(rawValue)/\(name)") else { throw .unsafeName(name) }
    return path
  }
}

extension Workspace {
  /// The repository's metadata, verified, ready to be edited.
  func editor() throws -> RepositoryEditor {
    var editor = try RepositoryEditor { name in
      try directory.readIfPresent(try RepositoryFolder.metadata.file(name), limit: Self.fileByteLimit)
    }
    // Versions alone in snapshot: signatures and versions guard as well, and every device fetches it.
    editor.describesFully = false
    return editor
  }

  /// Signs what was changed; what cannot be signed with the keys at hand is told before anything is.
  func sign(_ editor: inout RepositoryEditor, now: UTCTime) throws -> [RepositoryFile] {
    let atHand = Set(keys.signingKeys.map(\.id))
    for role in editor.delegatedRoles + ["targets", "snapshot", "timestamp"] {
      // A change of any role is one of snapshot and timestamp too.
      guard try ["snapshot", "timestamp"].contains(role) || editor.isChanged(role) else { continue }
      // A draft comes with its signatures; one with too few is refused before it gets here.
      guard try !(editor.isChanged(role) && editor.signingProgress(of: role).allSatisfy(\.isMet)) else { continue }
      let roleKeys = try editor.keys(of: role)
      guard roleKeys.ids.filter(atHand.contains).count < roleKeys.threshold else { continue }
      throw PublishingError.missingKey(files: KeyRing.files(of: role), role: role)
    }
    return try editor.publish(signingWith: keys.signingKeys, now: now)
  }

  /// Writes metadata in the order given, each file whole or not at all.
  func write(_ files: [RepositoryFile]) throws {
    for file in files { try directory.write(file.bytes, to: try RepositoryFolder.metadata.file(file.name)) }
  }

  /// The bytes of the first root, which devices pin.
  package func firstRoot() throws -> [UInt8] {
    try directory.read(try RepositoryFolder.metadata.file("1.root.json"), limit: Self.fileByteLimit)
  }

  /// Every manifest of a stream that its builders describe, in a draft too, by serial.
  func manifests(of stream: Stream) throws -> [Manifest] {
    var found: [Manifest] = []
    let editor = try drafted(of: .stream(stream))
    guard editor.delegatedRoles.contains(stream.buildRole) else { return [] }
    for target in try editor.targets(of: stream.buildRole) {
      guard Stream.named(byManifestPath: target.path.description)?.stream == stream else { continue }
      let bytes = try directory.read(try RepositoryFolder.targets.file(target.filePath), limit: Manifest.byteLimit)
      guard target.hashes.match(bytes) else {
        throw PublishingError.otherBytes(file: "targets/\(target.filePath)")
      }
      found.append(try Manifest(parsing: bytes))
    }
    return found.sorted { $0.serial < $1.serial }
  }

  /// Signs snapshot and timestamp anew, so that devices go on trusting what has not changed.
  package func refresh(now: UTCTime) async throws -> [String: UTCTime] {
    var editor = try editor()
    try editor.renew("snapshot")
    try editor.renew("timestamp")
    let files = try sign(&editor, now: now)
    try await RepositoryCheck(directory: directory, with: files).metadata(pinnedRoot: try firstRoot(), now: now)
    try write(files)
    return ["snapshot": try editor.expiry(of: "snapshot"), "timestamp": try editor.expiry(of: "timestamp")]
  }

  /// One key as people list it.
  package struct KeyAccount: Sendable, Hashable {
    /// The key's id.
    package let id: String
    /// The role that it signs, and how many of how many must.
    package let role: String
    package let threshold: Int
    package let count: Int
    /// The name of the key file; nil where the private half is not here.
    package let name: String?
  }

  /// The keys of every role.
  package func keyAccounts() throws -> [KeyAccount] {
    let editor = try editor()
    func accounts(_ role: String, _ roleKeys: RoleKeys) -> [KeyAccount] {
      roleKeys.ids.map { id in
        KeyAccount(
          id: id.text, role: role, threshold: roleKeys.threshold, count: roleKeys.ids.count,
          name: keys.keys.first { $0.key.id == id }?.name)
      }
    }
    let roles = ["root", "targets", "snapshot", "timestamp"] + editor.delegatedRoles
    let toCome = try [Hat.build, .review].flatMap { accounts("\($0), streams to come", try people($0)) }
    return try roles.flatMap { accounts($0, try editor.keys(of: $0)) } + toCome
  }
}
