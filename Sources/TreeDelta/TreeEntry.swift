public import Basics

/// One file, directory or symbolic link of a tree.
public struct TreeEntry: Sendable, Hashable {
  /// What stands at a path.
  public enum Content: Sendable, Hashable {
    /// A directory.
    case directory
    /// A regular file: its length in bytes, and the SHA-256 of its content.
    case file(length: Int, digest: Digest)
    /// A symbolic link with its target as it stands there; it is never followed.
    case symbolicLink(to: String)
  }

  /// The permission bits with set-user-id, set-group-id and sticky.
  public static let modeMask: UInt32 = 0o7777
  /// The mode of every symbolic link: the kernel keeps none for them.
  public static let linkMode: UInt32 = 0o777
  /// Set-user-id and set-group-id.
  public static let setIDMask: UInt32 = 0o6000

  /// Where it stands, beneath the root of the tree.
  public let path: RelativePath
  /// Permission bits, at most 0o7777; 0o777 for a symbolic link.
  public let mode: UInt32
  /// What stands there.
  public let content: Content

  /// An entry; the mode of a symbolic link is not looked at.
  public init(path: RelativePath, mode: UInt32, content: Content) {
    self.path = path
    if case .symbolicLink = content { self.mode = Self.linkMode } else { self.mode = mode & Self.modeMask }
    self.content = content
  }

  /// Length and digest of a regular file.
  public var file: (length: Int, digest: Digest)? {
    if case .file(let length, let digest) = content { (length, digest) } else { nil }
  }

  var isDirectory: Bool { content == .directory }
}
