/// What a package field such as Depends asks for: one of several alternatives (Debian Policy 7.1).
package struct Relationship: Sendable, Equatable, CustomStringConvertible {
  /// How a version is bounded.
  package enum Comparison: String, Sendable, Hashable {
    case strictlyEarlier = "<<"
    case earlierOrEqual = "<="
    case equal = "="
    case laterOrEqual = ">="
    case strictlyLater = ">>"
  }

  /// A bound on the version of a package.
  package struct Bound: Sendable, Equatable {
    /// How.
    package let comparison: Comparison
    /// Against what.
    package let version: DebianVersion

    /// Whether every version within this bound is within the other.
    package func implies(_ other: Bound) -> Bool {
      let (mine, theirs) = (version, other.version)
      switch (comparison, other.comparison) {
      case (.equal, .equal): return mine == theirs
      case (.equal, .strictlyEarlier): return mine < theirs
      case (.equal, .earlierOrEqual): return mine <= theirs
      case (.equal, .laterOrEqual): return mine >= theirs
      case (.equal, .strictlyLater): return mine > theirs
      case (.laterOrEqual, .laterOrEqual), (.strictlyLater, .laterOrEqual), (.strictlyLater, .strictlyLater):
        return mine >= theirs
      case (.laterOrEqual, .strictlyLater): return mine > theirs
      case (.earlierOrEqual, .earlierOrEqual), (.strictlyEarlier, .earlierOrEqual),
        (.strictlyEarlier, .strictlyEarlier):
        return mine <= theirs
      case (.earlierOrEqual, .strictlyEarlier): return mine < theirs
      default: return false
      }
    }
  }

  /// One alternative: a package, perhaps of an architecture, perhaps within a bound.
  package struct Alternative: Sendable, Equatable, CustomStringConvertible {
    /// The package.
    package let name: String
    /// What follows a colon after the name (`any`, `native`, an architecture).
    package let qualifier: String?
    /// The bound on its version.
    package let bound: Bound?

    /// Whether whatever satisfies this alternative satisfies the other.
    package func implies(_ other: Alternative) -> Bool {
      guard name == other.name, qualifier == other.qualifier else { return false }
      guard let wanted = other.bound else { return true }
      return bound.map { $0.implies(wanted) } ?? false
    }

    /// As it is written in a control file.
    package var description: String {
      name + (qualifier.map { ":\($0)" } ?? "") + (bound.map { " (\($0.comparison.rawValue) \($0.version))" } ?? "")
    }
  }

  /// The alternatives in order of preference; at least one.
  package let alternatives: [Alternative]

  /// Whether whatever satisfies this relationship satisfies the other: each alternative implies some one of the other's.
  package func implies(_ other: Relationship) -> Bool {
    alternatives.allSatisfy { mine in other.alternatives.contains { mine.implies($0) } }
  }

  /// As it is written in a control file.
  package var description: String { alternatives.map(\.description).joined(separator: " | ") }

  /// The most relationships that one field may hold.
  package static let countLimit = 4_096

  /// Parses a whole field: relationships separated by commas; an empty field has none.
  package static func parse(_ field: String) throws(DebianError) -> [Relationship] {
    var found: [Relationship] = []
    for part in field.split(separator: ",", omittingEmptySubsequences: true) {
      let text = part.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      if text.isEmpty { continue }
      guard found.count < countLimit else {
        throw .badRelationship(String(text), reason: "the field holds more than \(countLimit)")
      }
      var alternatives: [Alternative] = []
      for alternative in text.split(separator: "|", omittingEmptySubsequences: false) {
        alternatives.append(try parseAlternative(alternative, in: String(text)))
      }
      found.append(Relationship(alternatives: alternatives))
    }
    return found
  }

  private static func parseAlternative(_ text: Substring, in whole: String) throws(DebianError) -> Alternative {
    func refused(_ reason: String) -> DebianError { .badRelationship(whole, reason: reason) }
    var rest = text.drop(while: \.isWhitespace)
    let word = rest.prefix { !$0.isWhitespace && $0 != "(" }
    rest = rest[word.endIndex...].drop(while: \.isWhitespace)
    let parts = word.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard let name = parts.first, PackageName.isValid(name) else { throw refused("a package name is malformed") }
    let qualifier = parts.count == 2 ? String(parts[1]) : nil
    if let qualifier, !PackageName.isValidArchitecture(qualifier) { throw refused("an architecture is malformed") }
    guard !rest.isEmpty else { return Alternative(name: String(name), qualifier: qualifier, bound: nil) }
    guard rest.first == "(", let close = rest.firstIndex(of: ")"),
      rest[rest.index(after: close)...].allSatisfy(\.isWhitespace)
    else { throw refused("something follows the name that is not a bound in parentheses") }
    let inside = rest[rest.index(after: rest.startIndex)..<close].drop(while: \.isWhitespace)
    let sign = inside.prefix { "<>=".contains($0) }
    let version = inside[sign.endIndex...].split(whereSeparator: \.isWhitespace)
    // Policy 7.1: the old signs < and > mean <= and >=, and are still read by dpkg.
    let spelled = sign == "<" ? "<=" : sign == ">" ? ">=" : String(sign)
    guard let comparison = Comparison(rawValue: spelled), version.count == 1 else {
      throw refused("a bound is not a comparison and one version")
    }
    let bound = Bound(comparison: comparison, version: try DebianVersion(version[0]))
    return Alternative(name: String(name), qualifier: qualifier, bound: bound)
  }
}
