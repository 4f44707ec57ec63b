/// One paragraph of control data (`deb822`): fields in their order, names without regard to case.
package struct ControlStanza: Sendable, Hashable {
  /// A field with its value; the lines of a folded or multi-line value are joined by newlines, their indent kept.
  package struct Field: Sendable, Hashable {
    /// The name as it was written.
    package let name: String
    /// The value without surrounding blanks.
    package let value: String
  }

  /// The fields in their order.
  package let fields: [Field]
  private let values: [String: String]

  /// The value of a field, whatever the case of its name.
  package subscript(_ name: String) -> String? { values[name.lowercased()] }

  /// Parses exactly one stanza; a second one, or none, is refused.
  package init(parsing text: String) throws(DebianError) {
    let all = try Self.parseAll(text)
    guard all.count == 1, let only = all.first else {
      throw .badStanza(line: 1, reason: "\(all.count) stanzas stand where one must")
    }
    self = only
  }

  private init(fields: [Field], line: Int) throws(DebianError) {
    self.fields = fields
    var values: [String: String] = [:]
    for field in fields {
      guard values.updateValue(field.value, forKey: field.name.lowercased()) == nil else {
        throw .badStanza(line: line, reason: "the field \(field.name) stands twice in one stanza")
      }
    }
    self.values = values
  }

  /// Parses stanzas that are separated by empty lines.
  package static func parseAll(_ text: String) throws(DebianError) -> [ControlStanza] {
    var stanzas: [ControlStanza] = []
    var fields: [(name: String, lines: [Substring])] = []
    var number = 0
    func finish() throws(DebianError) {
      guard !fields.isEmpty else { return }
      let joined = fields.map { Field(name: $0.name, value: trimmed($0.lines.joined(separator: "\n"))) }
      stanzas.append(try ControlStanza(fields: joined, line: number))
      fields = []
    }
    for line in text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      number += 1
      let line = Substring(line)
      if line.utf8.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0d }) {
        try finish()
      } else if line.utf8.first == 0x20 || line.utf8.first == 0x09 {
        guard !fields.isEmpty else { throw .badStanza(line: number, reason: "a continuation line has no field") }
        fields[fields.count - 1].lines.append(line)
      } else if line.utf8.first != UInt8(ascii: "#") {
        guard let colon = line.firstIndex(of: ":"), colon != line.startIndex,
          line[..<colon].utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f })
        else { throw .badStanza(line: number, reason: "a line is neither a field nor a continuation") }
        fields.append((String(line[..<colon]), [line[line.index(after: colon)...]]))
      }
    }
    try finish()
    return stanzas
  }

  private static func trimmed(_ text: String) -> String {
    func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d }
    let bytes = Array(text.utf8)
    guard let first = bytes.firstIndex(where: { !isBlank($0) }), let last = bytes.lastIndex(where: { !isBlank($0) })
    else { return "" }
    return String(decoding: bytes[first...last], as: UTF8.self)
  }
}
