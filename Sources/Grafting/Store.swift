package import Basics
package import Linux

/// Improved files by digest: written once, checked when stored and again whenever they are put in place.
///
/// Where the file system has fs-verity they are sealed besides: the kernel refuses to write to them, and checks whatever is read or
/// mapped of them. A graft keeps the file's root digest in the kernel's memory, so that what stands is what was checked, whoever
/// writes to the disk beneath the file system.
package final class Store: Sendable {
  /// A file in the store: content and the permission bits that it stands with.
  package struct Key: Sendable, Hashable {
    /// SHA-256 of the content.
    package let digest: Digest
    /// Permission bits without set-id bits.
    package let mode: UInt32

    /// Names a stored file.
    package init(digest: Digest, mode: UInt32) {
      self.digest = digest
      self.mode = mode & 0o777
    }

    /// `DIGEST.MODE`, the mode in octal.
    package var name: String { "\(digest).\(String(mode, radix: 8))" }

    init?(name: String) {
      let parts = name.split(separator: ".", omittingEmptySubsequences: false)
      guard parts.count == 2, let digest = Digest(parts[0]), let mode = UInt32(parts[1], radix: 8), mode <= 0o777,
        String(mode, radix: 8) == parts[1]
      else { return nil }
      self.init(digest: digest, mode: mode)
    }
  }

  package let directory: Directory

  /// A store in a directory that only its owner writes.
  package init(in directory: Directory) {
    self.directory = directory
  }

  // What a graft would take away, because its mount honours no set-id bits and the stored file is new: capabilities
  // (capabilities(7)), further users' rights (acl(5)), and the marks by which the kernel tells whole files.
  private static let specialAttributes: Set<String> = [
    "security.capability", "security.evm", "security.ima", "system.posix_acl_access",
  ]

  /// Throws where a stored file could not stand for a baseline's file: what programs may do with it, or it with them,
  /// would be another.
  package func checkStandsIn(for baseline: FileDescriptor, at path: RelativePath) throws {
    let status = try baseline.status()
    guard status.mode & 0o7000 == 0 else { throw GraftError.specialMode(path) }
    // Reading and executing; through a graft nobody writes.
    let (owner, group, others) = (status.mode >> 6 & 0o5, status.mode >> 3 & 0o5, status.mode & 0o5)
    guard status.owner == ProcessLauncher.userID || owner == others,
      status.group == ProcessLauncher.groupID || group == others
    else { throw GraftError.specialOwner(path) }
    if let name = try baseline.attributeNames().first(where: Self.specialAttributes.contains) {
      throw GraftError.specialAttribute(path, name)
    }
  }

  /// Stores a file whose content `produce` hands over in pieces, or nothing at all.
  ///
  /// A file that is there already and whole is kept and `produce` is not called.
  package func put<Failure: Error>(
    _ key: Key, length: Int, produce: ((RawSpan) throws -> Void) throws(Failure) -> Void
  ) throws {
    if try isWhole(key) { return }
    let file = try directory.pendingFile(for: path(of: key), mode: key.mode)
    var hasher = Digest.Hasher()
    var count = 0
    try produce { bytes in
      guard bytes.byteCount <= length - count else { throw GraftError.tooLong(limit: length) }
      hasher.update(bytes)
      try file.write(bytes)
      count += bytes.byteCount
    }
    let found = hasher.finish()
    guard found == key.digest else { throw GraftError.wrongContent(expected: key.digest, found: found) }
    try file.commit()
    seal(key)
    // Read back: what is put in place is what the disk holds, not what was meant.
    guard try isWhole(key) else { throw GraftError.notInStore(key.digest) }
  }

  /// Stores the content of another file of the store with other permission bits.
  package func put(_ key: Key, copying other: Key, length: Int) throws {
    let stored = try MappedFile(directory.openFile(path(of: other)), limit: length)
    try put(key, length: length) { sink in try stored.withBytes { (bytes) throws in try sink(bytes) } }
  }

  /// Whether the store holds a file and the file's content has its digest, read from the disk now.
  package func isWhole(_ key: Key) throws -> Bool {
    let name = try path(of: key)
    guard let status = try directory.statusOfLink(name), status.kind == .file, status.mode == key.mode else {
      return false
    }
    do { return try directory.openFile(name).digest().digest == key.digest } catch  where error.isUnreadable {
      return false
    }
  }

  // Improving unsealed is better than not improving: whatever is in the way of it, nothing is thrown.
  private func seal(_ key: Key) { _ = try? directory.openFile(path(of: key)).seal() }

  /// Whether the kernel checks whatever is read of a stored file.
  package func isSealed(_ key: Key) throws -> Bool { try directory.openFile(path(of: key)).isSealed() }

  /// The absolute name of a whole file, sealed where that can be; throws where it is missing or damaged.
  package func verifiedName(of key: Key) throws -> String {
    // Stored before its file system could, or cut off before it was done.
    if try directory.statusOfLink(path(of: key))?.kind == .file { seal(key) }
    guard try isWhole(key) else { throw GraftError.notInStore(key.digest) }
    return name(of: key)
  }

  /// The identity of a stored file in the kernel.
  package func identity(of key: Key) throws -> FileIdentity {
    guard let status = try directory.statusOfLink(path(of: key)), status.kind == .file else {
      throw GraftError.notInStore(key.digest)
    }
    return status.identity
  }

  /// The absolute name of a stored file, whether it is there or not.
  package func name(of key: Key) -> String { directory.path + "/" + key.name }

  private func path(of key: Key) throws(GraftError) -> RelativePath {
    guard let path = RelativePath(key.name) else { throw .notInStore(key.digest) }
    return path
  }
}
