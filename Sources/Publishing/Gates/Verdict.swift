package import Basics
internal import DebianArchive
package import Improvements

/// What the gates say of two builds: an answer, not an error.
package struct Verdict: Sendable, Hashable {
  /// Which gate refused.
  package enum Gate: String, Sendable, Hashable, CaseIterable {
    case identity
    case scripts
    case conffiles
    case files
    case libraries
    case dependencies
  }

  /// One reason against.
  package struct Refusal: Sendable, Hashable, CustomStringConvertible {
    /// The gate that refuses.
    package let gate: Gate
    /// One sentence.
    package let description: String
  }

  /// The package.
  package let package: String
  /// The baseline's version.
  package let from: String
  /// The fixed build's version.
  package let to: String
  /// Everything that speaks against an improvement; empty means eligible.
  package private(set) var refusals: [Refusal] = []
  /// The files that an improvement would replace; none where a rebuild changed nothing that runs.
  package private(set) var changed: [RelativePath] = []
  /// Those of them that programs read and do not map.
  package private(set) var read: [RelativePath] = []
  /// Changed files that are left out, with the reason.
  package private(set) var omitted: [Manifest.Omission] = []
  /// Packages of the same source on which this one depends in a version that only follows its own.
  package private(set) var siblings: [String] = []

  /// Whether the new build can become an improvement of the old one.
  package var isEligible: Bool { refusals.isEmpty }

  init(old: DebPackage, new: DebPackage) {
    package = new.name
    from = old.version.text
    to = new.version.text
  }

  mutating func refuse(_ gate: Gate, _ sentence: String) {
    refusals.append(Refusal(gate: gate, description: sentence))
  }

  mutating func improve(_ path: RelativePath, isRead: Bool) {
    changed.append(path)
    if isRead { read.append(path) }
  }

  mutating func leaveOut(_ path: RelativePath, _ reason: String) {
    omitted.append(Manifest.Omission(path: path, reason: reason))
  }

  mutating func follow(_ sibling: String) {
    if !siblings.contains(sibling) { siblings.append(sibling) }
  }
}
