/// A path beneath some root that cannot leave it by its own text: the one type from which paths are built.
///
/// One or more components separated by single slashes; no empty component, no `.` or `..`, no NUL or other control
/// character, at most 255 bytes a component and 4,095 in all. Symbolic links are another matter: whoever opens the path
/// resolves it beneath its root.
public struct RelativePath: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// The longest path, in bytes (Linux's PATH_MAX less the final NUL).
  public static let byteLimit = 4_095
  /// The longest component, in bytes (Linux's NAME_MAX).
  public static let componentByteLimit = 255

  /// The components, none of them empty, `.` or `..`.
  public let components: [String]

  /// Parses a path; a leading or trailing slash is refused.
  public init?(_ text: some StringProtocol) {
    guard !text.isEmpty, text.utf8.count <= Self.byteLimit else { return nil }
    let parts = String(text).utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map {
      String(Substring($0))
    }
    guard parts.allSatisfy({ Self.isComponent($0) }) else { return nil }
    components = parts
  }

  /// Whether a text may stand as one component of a path.
  public static func isComponent(_ text: some StringProtocol) -> Bool {
    !text.isEmpty && text != "." && text != ".." && text.utf8.count <= componentByteLimit
      && text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f && $0 != UInt8(ascii: "/") }
  }

  private init(unchecked components: [String]) {
    self.components = components
  }

  /// The last component.
  public var name: String { components[components.count - 1] }

  /// The path without its last component; nil for a path of one component.
  public var parent: RelativePath? {
    components.count > 1 ? RelativePath(unchecked: Array(components.dropLast())) : nil
  }

  /// The path one component further down; nil where the text may not stand as a component or the path gets too long.
  public func appending(_ component: String) -> RelativePath? {
    guard Self.isComponent(component), description.utf8.count + 1 + component.utf8.count <= Self.byteLimit else {
      return nil
    }
    return RelativePath(unchecked: components + [component])
  }

  /// Whether this path lies beneath another, or is it.
  public func isBeneath(_ other: RelativePath) -> Bool {
    components.starts(with: other.components)
  }

  /// The components joined by slashes.
  public var description: String { components.joined(separator: "/") }

  /// Orders paths component by component, by Unicode scalars.
  public static func < (left: RelativePath, right: RelativePath) -> Bool {
    left.components.lexicographicallyPrecedes(right.components)
  }
}
