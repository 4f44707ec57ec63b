/// A pattern over target paths (specification 4.5, PATHPATTERN): `*` stands for any characters and `?` for one, neither
/// for a slash.
///
/// Brackets of glob(7) are refused rather than taken literally, since other clients give them a meaning.
public struct PathPattern: Sendable, Hashable, CustomStringConvertible {
  private let components: [[UInt8]]

  /// Parses a pattern of the same characters as paths, less brackets; anything else gives nil.
  public init?(_ text: some StringProtocol) {
    let brackets = [UInt8(ascii: "["), UInt8(ascii: "]")]
    guard let path = TargetPath(text), !text.utf8.contains(where: brackets.contains) else { return nil }
    components = path.components.map { Array($0.utf8) }
  }

  /// The pattern's text.
  public var description: String {
    components.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "/")
  }

  /// Whether a path matches, component by component.
  public func matches(_ path: TargetPath) -> Bool {
    let names = path.components
    return names.count == components.count
      && zip(components, names).allSatisfy { Self.matches($0, Array($1.utf8)) }
  }

  /// The one path that this pattern matches, where it has no wildcard.
  public var onlyPath: TargetPath? {
    let wildcards = "*?".utf8
    return components.joined().contains(where: wildcards.contains) ? nil : TargetPath(description)
  }

  /// The components in front that have no wildcard: every path that matches begins with them.
  var leadingComponents: [String] {
    let wildcards = Array("*?".utf8)
    return components.prefix { !$0.contains(where: wildcards.contains) }.map { String(decoding: $0, as: UTF8.self) }
  }

  /// Whether some path matches both this pattern and another.
  public func meets(_ other: PathPattern) -> Bool {
    components.count == other.components.count
      && zip(components, other.components).allSatisfy { Self.meet($0, $1) }
  }

  /// Whether some name matches both patterns of one component, in time proportional to the product of their lengths.
  private static func meet(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    let (star, one) = (UInt8(ascii: "*"), UInt8(ascii: "?"))
    // reach[j]: some name matches both what was taken of the left and the first j bytes of the right.
    var reach = [true] + [Bool](repeating: false, count: right.count)
    for (index, byte) in right.enumerated() where byte == star { reach[index + 1] = reach[index] }
    for byte in left {
      var next = [byte == star && reach[0]] + [Bool](repeating: false, count: right.count)
      for (index, other) in right.enumerated() {
        let isBoth = byte == other || byte == one || other == one || byte == star || other == star
        next[index + 1] =
          (isBoth && reach[index]) || (byte == star && reach[index + 1]) || (other == star && next[index])
          || (other == star && reach[index + 1]) || (byte == star && next[index])
      }
      reach = next
    }
    return reach[right.count]
  }

  /// Matches one component in time proportional to the product of the lengths: after a mismatch only the last star
  /// takes one character more.
  private static func matches(_ pattern: [UInt8], _ name: [UInt8]) -> Bool {
    var patternIndex = 0
    var nameIndex = 0
    var star: (pattern: Int, name: Int)?
    while nameIndex < name.count {
      if patternIndex < pattern.count, pattern[patternIndex] == UInt8(ascii: "*") {
        star = (patternIndex, nameIndex)
        patternIndex += 1
      } else if patternIndex < pattern.count,
        pattern[patternIndex] == name[nameIndex] || pattern[patternIndex] == UInt8(ascii: "?")
      {
        patternIndex += 1
        nameIndex += 1
      } else if let last = star {
        star = (last.pattern, last.name + 1)
        patternIndex = last.pattern + 1
        nameIndex = last.name + 1
      } else {
        return false
      }
    }
    return pattern[patternIndex...].allSatisfy { $0 == UInt8(ascii: "*") }
  }
}
