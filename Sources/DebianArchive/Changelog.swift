package import Basics

/// A package's changelog (Debian Policy 4.4): entries, newest first.
package struct Changelog: Sendable, Equatable {
  /// What one version brought.
  package struct Entry: Sendable, Equatable {
    /// The source package.
    package let source: String
    /// The version that the entry describes.
    package let version: DebianVersion
    /// Where it was uploaded to, such as `bookworm-security`.
    package let distributions: [String]
    /// The urgency, lower case, such as `high`; nil where none is given.
    package let urgency: String?
    /// The lines of the entry, without the indent and blank lines at both ends.
    package let lines: [String]
    /// When it was signed off; nil where the date cannot be read.
    package let date: UTCTime?

    /// The CVE identifiers that the lines name, in their order, each once.
    package var vulnerabilities: [String] { Changelog.vulnerabilities(in: lines) }
  }

  /// The most entries that are read; what follows is old and left alone.
  package static let entryLimit = 10_000

  /// The entries, newest first.
  package let entries: [Entry]

  /// The entries newer than one version and not newer than another.
  package func entries(after old: DebianVersion, through new: DebianVersion) -> [Entry] {
    entries.filter { $0.version > old && $0.version <= new }
  }

  /// Parses a changelog.
  ///
  /// Lines that follow no heading (old styles at the end of long changelogs) end the reading.
  package init(parsing bytes: [UInt8]) throws(DebianError) {
    let text = String(decoding: bytes, as: UTF8.self)
    var entries: [Entry] = []
    var heading: Heading?
    var lines: [String] = []
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix(" -- ") {
        guard let open = heading else { break }
        entries.append(open.entry(lines: lines, trailer: line))
        heading = nil
        lines = []
        if entries.count == Self.entryLimit { break }
      } else if heading != nil {
        lines.append(String(line))
      } else if !line.allSatisfy(\.isWhitespace) {
        guard let next = Heading(line) else { break }
        heading = next
      }
    }
    guard !entries.isEmpty else { throw .badChangelog(reason: "it has no complete entry") }
    self.entries = entries
  }

  /// The first line of an entry: `package (version) distributions; key=value, …`.
  private struct Heading {
    let source: String
    let version: DebianVersion
    let distributions: [String]
    let urgency: String?

    init?(_ line: Substring) {
      let halves = line.split(separator: ";", maxSplits: 1, omittingEmptySubsequences: false)
      let words = halves[0].split(whereSeparator: \.isWhitespace)
      guard words.count >= 2, PackageName.isValid(words[0]), words[1].hasPrefix("("), words[1].hasSuffix(")"),
        let version = try? DebianVersion(words[1].dropFirst().dropLast())
      else { return nil }
      source = String(words[0])
      self.version = version
      distributions = words.dropFirst(2).map(String.init)
      let pairs = halves.count == 2 ? halves[1].split(separator: ",") : []
      urgency = pairs.lazy.map { $0.split(separator: "=", maxSplits: 1) }
        .first { $0.count == 2 && $0[0].filter { !$0.isWhitespace }.lowercased() == "urgency" }
        .flatMap { $0[1].split(whereSeparator: \.isWhitespace).first?.lowercased() }
    }

    func entry(lines: [String], trailer: Substring) -> Entry {
      let isBlank: (String) -> Bool = { $0.allSatisfy(\.isWhitespace) }
      let kept = Array(lines.drop(while: isBlank).reversed().drop(while: isBlank).reversed())
      let shortened = kept.map { $0.hasPrefix("  ") ? String($0.dropFirst(2)) : $0 }
      let date = trailer.split(separator: ">  ", maxSplits: 1).last.flatMap { UTCTime(mailDate: $0) }
      return Entry(
        source: source, version: version, distributions: distributions, urgency: urgency, lines: shortened,
        date: date)
    }
  }

  static func vulnerabilities(in lines: [String]) -> [String] {
    var found: [String] = []
    for line in lines {
      var rest = line[...]
      while let start = rest.firstRange(of: "CVE-")?.lowerBound {
        rest = rest[start...].dropFirst(4)
        let year = rest.prefix(while: isDigit)
        let afterYear = rest.dropFirst(year.count)
        let number = afterYear.dropFirst().prefix(while: isDigit)
        guard year.count == 4, afterYear.first == "-", (4...19).contains(number.count) else { continue }
        let identifier = "CVE-\(year)-\(number)"
        if !found.contains(identifier) { found.append(identifier) }
        rest = afterYear.dropFirst(1 + number.count)
      }
    }
    return found
  }

  private static func isDigit(_ character: Character) -> Bool { character.isASCII && character.isNumber }
}
