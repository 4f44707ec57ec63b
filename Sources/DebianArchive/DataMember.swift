package import Basics

/// One file, link or directory that a package installs.
package struct DataMember: Sendable, Hashable {
  /// What it is.
  package enum Kind: Sendable, Hashable {
    /// A regular file with the digest of its content.
    case file(Digest)
    /// A second name of a regular file of the same package; the digest is that file's.
    case hardLink(to: RelativePath, Digest)
    /// A symbolic link with its target as it stands in the package.
    case symbolicLink(to: String)
    case directory
    /// A device, a pipe or a socket.
    case other
  }

  /// Where it is installed, beneath the root, with usr-merge applied (`lib/x` is `usr/lib/x`).
  package let path: RelativePath
  /// What it is.
  package let kind: Kind
  /// Permission bits with set-user-id, set-group-id and sticky: at most 0o7777.
  package let mode: UInt32
  /// The owner's number.
  package let userID: Int64
  /// The group's number.
  package let groupID: Int64
  /// Bytes of a regular file (of the linked file for a hard link), else 0.
  package let size: Int

  /// The digest of the content of a regular file or a hard link.
  package var digest: Digest? {
    switch kind {
    case .file(let digest), .hardLink(_, let digest): digest
    default: nil
    }
  }
}
