internal import Basics

/// The path of a target file: relative, without `.` and `..`, in printable ASCII without a backslash.
///
/// Specification 4.5 recommends less; this form refuses more, so that a path has one spelling, names nothing outside the
/// targets folder, and `HASH.` still fits before its name.
public struct TargetPath: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// The longest last component, in bytes: a file name's limit less the 64 digits and the dot before it.
  public static let nameByteLimit = RelativePath.componentByteLimit - 65
  /// The longest path, in bytes.
  public static let byteLimit = 1_024

  private let path: RelativePath

  /// Parses a path; one that could leave its folder, or be spelled in two ways, gives nil.
  public init?(_ text: some StringProtocol) {
    let isPlain = text.utf8.allSatisfy { (0x20..<0x7f).contains($0) && $0 != UInt8(ascii: "\\") }
    guard isPlain, text.utf8.count <= Self.byteLimit, let path = RelativePath(text),
      path.name.utf8.count <= Self.nameByteLimit
    else { return nil }
    self.path = path
  }

  /// The components, none of them empty, `.` or `..`.
  public var components: [String] { path.components }

  /// The components joined by slashes.
  public var description: String { path.description }

  /// A name under which the file may be kept in any one folder, on any file system: one component, another one for each
  /// path even where the disk does not tell upper case from lower, never a device's name, and at most 255 bytes long.
  public var localName: String { FileName.local(description) }

  /// Where the file stands beneath the targets folder: with consistent snapshots `DIR/HASH.NAME` (6.2.1).
  func filePath(_ hashes: FileHashes, usesConsistentSnapshots: Bool) -> String {
    guard usesConsistentSnapshots else { return description }
    return (path.components.dropLast() + [hashes.hex + "." + path.name]).joined(separator: "/")
  }

  /// Orders paths component by component.
  public static func < (left: TargetPath, right: TargetPath) -> Bool { left.path < right.path }
}
