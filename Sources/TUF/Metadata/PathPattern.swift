/// A pattern over target paths (specification 4.5, PATHPATTERN): `*` stands for any characters and `?` for one, neither
/// for a slash.
///
/// Brackets of glob(7) are refused rather than taken literally, since other clients give them a meaning.
public struct PathPattern: Sendable, Hashable, CustomStringConvertible {
  /// One part between slashes.
  private struct Part: Sendable, Hashable {
    let bytes: [UInt8]
    let hasWildcard: Bool

    init(_ text: String) {
      bytes = Array(text.utf8)
      let wildcards = "*?".utf8
      hasWildcard = bytes.contains(where: wildcards.contains)
    }
  }

  private let parts: [Part]

  /// Parses a pattern of the same characters as paths, less brackets; anything else gives nil.
  public init?(_ text: some StringProtocol) {
    let brackets = [UInt8(ascii: "["), UInt8(ascii: "]")]
    guard let path = TargetPath(text), !text.utf8.contains(where: brackets.contains) else { return nil }
    parts = path.components.map { Part($0) }
  }

  /// The pattern's text.
  public var description: String {
    parts.map { String(decoding: $0.bytes, as: UTF8.self) }.joined(separator: "/")
  }

  /// Whether a path matches, component by component.
  public func matches(_ path: TargetPath) -> Bool {
    let names = path.components
    return names.count == parts.count
      && zip(parts, names).allSatisfy { part, name in
        part.hasWildcard ? Self.matches(part.bytes, Array(name.utf8)) : name.utf8.elementsEqual(part.bytes)
      }
  }

  /// The one path that this pattern matches, where it has no wildcard.
  public var onlyPath: TargetPath? { parts.contains(where: \.hasWildcard) ? nil : TargetPath(description) }

  /// The components in front that have no wildcard: every path that matches begins with them.
  var leadingComponents: [String] {
    parts.prefix { !$0.hasWildcard }.map { String(decoding: $0.bytes, as: UTF8.self) }
  }

  /// Whether some path matches both this pattern and another.
  public func meets(_ other: PathPattern) -> Bool {
    var effort = Effort(limit: .max)
    return (try? meets(other, &effort)) ?? true
  }

  /// The same, as long as the effort lasts.
  func meets(_ other: PathPattern, _ effort: inout Effort) throws(Refusal) -> Bool {
    try effort.spend(1)
    guard parts.count == other.parts.count else { return false }
    for (mine, others) in zip(parts, other.parts) {
      guard mine.hasWildcard || others.hasWildcard else {
        guard mine.bytes == others.bytes else { return false }
        continue
      }
      // What both begin with is told at once; few patterns of many go further.
      guard let start = Self.begin(mine.bytes, others.bytes) else { return false }
      let (left, right) = (mine.bytes[start...], others.bytes[start...])
      // Each field of the table below costs as much as some comparisons.
      try effort.spend(start + 4 * (left.count + 1) * (right.count + 1))
      guard Self.meet(Array(left), Array(right)) else { return false }
    }
    return true
  }

  /// How far two patterns of one component are the same plain characters; nil where they differ before a wildcard.
  private static func begin(_ left: [UInt8], _ right: [UInt8]) -> Int? {
    let wildcards = [UInt8(ascii: "*"), UInt8(ascii: "?")]
    for (index, (one, other)) in zip(left, right).enumerated() {
      if wildcards.contains(one) || wildcards.contains(other) { return index }
      guard one == other else { return nil }
    }
    return min(left.count, right.count)
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
