package import Basics
package import CanonicalJSON

/// Why an improvement exists: one entry in the form of OSV (Open Source Vulnerability format, schema 1.6), cut to the
/// fields that a device shows.
package struct Advisory: Sendable, Hashable {
  /// The longest identifier, in bytes.
  package static let identifierByteLimit = 64

  /// The identifier, such as `CVE-2024-8176` or `DSA-5770-1`.
  package let id: String
  /// When the entry was last changed (`modified` is the one other field that OSV requires).
  package let modified: UTCTime
  /// Other names of the same weakness.
  package let aliases: [String]
  /// The distribution's urgency or severity word, such as `high`; nil where none is known.
  package let severity: String?

  /// Takes identifiers of letters, digits and `-`; anything else gives nil.
  package init?(id: String, modified: UTCTime, aliases: [String] = [], severity: String? = nil) {
    guard ([id] + aliases + (severity.map { [$0] } ?? [])).allSatisfy(Self.isIdentifier), aliases.count <= 16 else {
      return nil
    }
    self.id = id
    self.modified = modified
    self.aliases = aliases
    self.severity = severity
  }

  private static func isIdentifier(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count <= identifierByteLimit
      && text.unicodeScalars.allSatisfy {
        $0.isASCII && ($0.properties.isAlphabetic || $0.properties.numericType != nil || $0 == "-")
      }
  }

  /// The entry as OSV has it.
  package var json: JSON {
    var members: [String: JSON] = ["id": .string(id), "modified": .string(modified.description)]
    if !aliases.isEmpty { members["aliases"] = .array(aliases.map { .string($0) }) }
    if let severity { members["database_specific"] = ["urgency": .string(severity)] }
    return .object(members)
  }

  /// Reads an entry; throws where a required field is missing or malformed.
  package init(_ fields: JSONFields) throws(ManifestError) {
    let id = try fields.text("id")
    let modified = try fields.time("modified")
    let aliases = try fields.texts("aliases", limit: 16)
    var severity: String?
    if let specific = fields.optionalJSON("database_specific") {
      severity = specific["urgency"]?.string
    }
    guard let advisory = Advisory(id: id, modified: modified, aliases: aliases, severity: severity) else {
      throw .malformed("an advisory's identifier is not one: \(JSON.quoted(id))")
    }
    self = advisory
  }
}
