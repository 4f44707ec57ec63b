package import Basics
package import Improvements
package import Linux
package import TUF

/// Brings verified files from one repository.
package struct Courier: Sendable {
  let transport: any Transport
  private let client: Client
  private let pinnedRoot: [UInt8]
  private let metadata: Directory
  let spool: Directory

  /// A courier for the repository whose root is pinned.
  ///
  /// - Parameters:
  ///   - metadata: where TUF metadata is kept between looks.
  ///   - spool: where manifests and payloads are kept until they are used.
  package init(transport: any Transport, pinnedRoot: [UInt8], metadata: Directory, spool: Directory) {
    self.transport = transport
    self.spool = spool
    self.pinnedRoot = pinnedRoot
    self.metadata = metadata
    let store = DirectoryMetadataStore(directory: metadata)
    let fetcher = FrugalMetadata(RemoteMetadata(transport, folder: "metadata"), store: store)
    client = Client(pinnedRoot: pinnedRoot, fetcher: fetcher, store: store)
  }

  /// The repository's address, for sentences.
  package var address: String { transport.address }

  /// Looks at the repository: the TUF client workflow up to top-level targets.
  ///
  /// Delegated roles are brought as they are asked for.
  package func update(now: UTCTime) async throws -> Update {
    try await client.update(now: now)
  }

  /// The root in force after an update, as a file; nil where it is the pinned one.
  package func newRoot() throws -> [UInt8]? {
    guard let path = RelativePath("root.json") else { return nil }
    let root = try metadata.readIfPresent(path, limit: Limits.rootByteCount)
    return root == pinnedRoot ? nil : root
  }

  /// The manifest that a verified target names; its stream and serial must be those of its path.
  package func manifest(_ target: VerifiedTarget) async throws -> Manifest {
    let name = "\(target.path)"
    guard target.length <= Manifest.byteLimit else { throw DeliveryError.tooLong(name, limit: Manifest.byteLimit) }
    guard let digest = target.sha256 else {
      throw DeliveryError.badManifest(name, reason: "metadata names it by no SHA-256 digest")
    }
    guard let path = RelativePath("targets/\(target.filePath)"), let kept = RelativePath("manifests/\(digest)")
    else { throw DeliveryError.badManifest(name, reason: "its path is too long") }
    var bytes = try spool.readIfPresent(kept, limit: Manifest.byteLimit) ?? []
    if !target.matches(bytes) {
      switch try await transport.get(path, byteLimit: target.length, unless: nil) {
      case .bytes(let fetched): bytes = fetched
      case .absent, .unchanged: throw DeliveryError.absent(name)
      }
      guard target.matches(bytes) else { throw DeliveryError.wrongContent(name, expected: digest) }
      if let folder = kept.parent { _ = try spool.creatingDirectory(folder) }
      try spool.write(bytes, to: kept)
    }
    let manifest: Manifest
    do { manifest = try Manifest(parsing: bytes) } catch { throw DeliveryError.badManifest(name, reason: "\(error)") }
    guard manifest.stream.manifestPath(manifest.serial) == name else {
      throw DeliveryError.badManifest(
        name, reason: "it speaks of \(manifest.stream) serial \(manifest.serial), not of the one that its path names")
    }
    return manifest
  }

  /// The withdrawal that a verified target names; its stream and serial must be those of its path.
  package func withdrawal(_ target: VerifiedTarget) async throws -> Withdrawal {
    let name = "\(target.path)"
    guard target.length <= Withdrawal.byteLimit else { throw DeliveryError.tooLong(name, limit: Withdrawal.byteLimit) }
    guard let digest = target.sha256, let path = RelativePath("targets/\(target.filePath)") else {
      throw DeliveryError.badWithdrawal(name, reason: "metadata names it by no SHA-256 digest, or its path is too long")
    }
    let bytes: [UInt8]
    switch try await transport.get(path, byteLimit: target.length, unless: nil) {
    case .bytes(let fetched): bytes = fetched
    case .absent, .unchanged: throw DeliveryError.absent(name)
    }
    guard target.matches(bytes) else { throw DeliveryError.wrongContent(name, expected: digest) }
    let withdrawal: Withdrawal
    do { withdrawal = try Withdrawal(parsing: bytes) } catch {
      throw DeliveryError.badWithdrawal(name, reason: "\(error)")
    }
    guard withdrawal.stream.withdrawalPath(withdrawal.serial) == name else {
      let other = "\(withdrawal.stream) serial \(withdrawal.serial)"
      throw DeliveryError.badWithdrawal(name, reason: "it speaks of \(other), not of the one that its path names")
    }
    return withdrawal
  }

  /// Brings a payload into the spool and returns it open, its digest checked on this very descriptor.
  ///
  /// - Parameter onBytes: told of each piece that travelled how many bytes it has.
  /// - Returns: the file, and how many bytes travelled for it: none where it was in the spool already.
  package func payload(
    _ content: Manifest.Content, onBytes: (Int) -> Void = { _ in }
  ) async throws -> (file: FileDescriptor, fetchedBytes: Int) {
    let name = "payloads/\(content.digest)"
    guard let path = RelativePath(name) else { throw DeliveryError.absent(name) }
    if let file = try spooled(path, content) { return (file, 0) }
    if let folder = path.parent { _ = try spool.creatingDirectory(folder) }
    let pending = try spool.pendingFile(for: path)
    guard try await transport.download(path, byteLimit: content.length, to: pending, onBytes: onBytes) else {
      throw DeliveryError.absent(name)
    }
    try pending.commit()
    guard let file = try spooled(path, content) else {
      try spool.remove(path)
      throw DeliveryError.wrongContent(name, expected: content.digest)
    }
    return (file, content.length)
  }

  /// Drops payloads that are not needed any more.
  package func dropPayloads() throws {
    guard let path = RelativePath("payloads") else { return }
    try spool.removeTree(path)
  }

  private func spooled(_ path: RelativePath, _ content: Manifest.Content) throws -> FileDescriptor? {
    let file: FileDescriptor
    do { file = try spool.openFile(path) } catch {
      guard error.isAbsent else { throw error }
      return nil
    }
    guard try file.status().size == content.length else { return nil }
    return try file.digest().digest == content.digest ? file : nil
  }
}
