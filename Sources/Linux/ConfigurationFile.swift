/// A configuration file in systemd's style (systemd.syntax(7)): `[Section]`, `Key=value`, `#` and `;` comments.
///
/// The part of the syntax that is read: one assignment a line, the last of a key wins except for keys asked for as a
/// list, an empty value clears a list. No line continuation and no quoting: what has them is refused with its line.
package struct ConfigurationFile: Sendable, Hashable {
  /// The longest file, in bytes.
  package static let byteLimit = 1 << 18

  /// One assignment.
  package struct Assignment: Sendable, Hashable {
    /// The section's name, without brackets.
    package let section: String
    /// The key.
    package let key: String
    /// The value, surrounding space removed.
    package let value: String
    /// The line, from 1.
    package let line: Int
    /// The file's name as it was given.
    package let file: String
  }

  /// Why a file was refused.
  package struct Refusal: Error, Hashable, CustomStringConvertible {
    /// One sentence with the file and line.
    package let description: String

    /// Refuses with a sentence.
    package init(_ description: String) {
      self.description = description
    }
  }

  /// All assignments in order.
  package private(set) var assignments: [Assignment]

  /// Reads a file; `name` is for sentences.
  package init(parsing bytes: [UInt8], name: String) throws(Refusal) {
    guard bytes.count <= Self.byteLimit else {
      throw Refusal("\(name): the file is longer than \(Self.byteLimit) bytes")
    }
    assignments = []
    var section: String?
    for (index, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
      let text = Self.trimmed(line)
      let place = "\(name):\(index + 1)"
      guard let first = text.utf8.first, first != UInt8(ascii: "#"), first != UInt8(ascii: ";") else { continue }
      guard text.utf8.last != UInt8(ascii: "\\") else { throw Refusal("\(place): line continuation is not supported") }
      if first == UInt8(ascii: "[") {
        guard text.utf8.last == UInt8(ascii: "]"), text.utf8.count > 2 else {
          throw Refusal("\(place): a section is written [Name]")
        }
        section = String(decoding: text.utf8.dropFirst().dropLast(), as: UTF8.self)
        continue
      }
      guard let equals = text.utf8.firstIndex(of: UInt8(ascii: "=")) else {
        throw Refusal("\(place): neither [Section] nor Key=value")
      }
      guard let section else { throw Refusal("\(place): an assignment stands before any [Section]") }
      assignments.append(
        Assignment(
          section: section, key: Self.trimmed(Array(text.utf8[..<equals])[...]),
          value: Self.trimmed(Array(text.utf8[text.utf8.index(after: equals)...])[...]), line: index + 1, file: name))
    }
  }

  /// Adds a drop-in's assignments after these.
  package mutating func merge(_ dropIn: ConfigurationFile) { assignments += dropIn.assignments }

  /// The last assignment of a key, which may be an empty one; nil where there is none.
  package func assignment(_ key: String, in section: String) -> Assignment? {
    assignments.last { $0.section == section && $0.key == key }
  }

  /// The last value of a key; nil where it is not set.
  package func value(_ key: String, in section: String) -> String? { assignment(key, in: section)?.value }

  /// All values of a key since it was last cleared by an empty one.
  package func values(_ key: String, in section: String) -> [String] {
    assignments.reduce(into: []) { values, assignment in
      guard assignment.section == section, assignment.key == key else { return }
      if assignment.value.isEmpty { values = [] } else { values.append(assignment.value) }
    }
  }

  /// The last value of a key read as systemd reads booleans; nil where it is not set, or set to nothing.
  package func boolean(_ key: String, in section: String) throws(Refusal) -> Bool? {
    guard let text = value(key, in: section), !text.isEmpty else { return nil }
    switch text.lowercased() {
    case "1", "yes", "y", "true", "t", "on": return true
    case "0", "no", "n", "false", "f", "off": return false
    default: throw Refusal("\(key)=\(text) is neither on nor off")
    }
  }

  private static func trimmed(_ bytes: ArraySlice<UInt8>) -> String {
    func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0d }
    let start = bytes.firstIndex { !isSpace($0) } ?? bytes.endIndex
    let end = bytes.lastIndex { !isSpace($0) }.map { $0 + 1 } ?? start
    return String(decoding: bytes[start..<end], as: UTF8.self)
  }
}
