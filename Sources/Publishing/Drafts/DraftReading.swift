internal import Basics
internal import CanonicalJSON
internal import TUF

/// What a draft says, in lines that a person can read before signing it; and what it says that an earlier file did not.
package struct DraftReading: Sendable {
  /// One thing that is said, and how it stands to the earlier file.
  package struct Line: Sendable, Hashable {
    /// `+` for what is new, `-` for what is gone, a space for what is as it was or where there is no earlier file.
    package let mark: Character
    /// What is said.
    package let text: String
  }

  /// All lines, those that are gone after the others.
  package let lines: [Line]

  /// Reads a draft, beside an earlier file of the same role where one is given.
  init(_ draft: Draft, since earlier: Draft? = nil) throws(JSONError) {
    let statements = try Self.statements(draft)
    let before = try earlier.map { earlier throws(JSONError) in try Self.statements(earlier) }
    let known = Set(before ?? statements)
    let now = Set(statements)
    lines =
      statements.map { Line(mark: known.contains($0) ? " " : "+", text: $0) }
      + (before ?? []).filter { !now.contains($0) }.map { Line(mark: "-", text: $0) }
  }

  private static func statements(_ draft: Draft) throws(JSONError) -> [String] {
    let signed = try JSON(parsing: Array(draft.text.utf8))
    var lines = ["\(draft.type) version \(draft.version)", "trusted until \(draft.expires)"]
    for (role, object) in sorted(signed["roles"]) { lines.append("the role \(shown(role)) \(demand(object))") }
    for (path, object) in sorted(signed["targets"]) {
      let digests = sorted(object["hashes"]).map { "\($0.key) \($0.value.string.map(shown) ?? "?")" }
      let custom = object["custom"].map { ", custom \(shown($0.compactText))" } ?? ""
      lines.append(
        "the target \(shown(path)) of \(object["length"]?.integer ?? 0) bytes, \(digests.joined(separator: ", "))\(custom)"
      )
    }
    for object in signed["delegations"]?["roles"]?.array ?? [] {
      let paths = object["paths"]?.array ?? []
      let prefixes = object["path_hash_prefixes"]?.array ?? []
      let what = (paths + prefixes).map { $0.string.map(shown) ?? "?" }.joined(separator: ", ")
      let last = object["terminating"]?.bool == true ? "; no later role is asked" : ""
      lines.append(
        "delegates \(prefixes.isEmpty ? "" : "digests that begin with ")\(what)"
          + " to \(shown(object["name"]?.string ?? "?")), which \(demand(object))\(last)")
    }
    if let bins = signed["delegations"]?["succinct_roles"] {
      lines.append(
        "delegates all paths to 2^\(bins["bit_length"]?.integer ?? 0) hashed bins named"
          + " \(shown(bins["name_prefix"]?.string ?? "?"))-…, each of which \(demand(bins))")
    }
    for (id, key) in sorted(signed["keys"]) + sorted(signed["delegations"]?["keys"]) { lines.append(keyLine(id, key)) }
    if let flag = signed["consistent_snapshot"]?.bool { lines.append("snapshots are \(flag ? "" : "not ")consistent") }
    // Whatever else is signed must not pass unread.
    for (name, value) in sorted(signed) where !known.contains(name) {
      lines.append("\(shown(name)): \(shown(value.compactText))")
    }
    return lines
  }

  private static let known: Set = [
    "_type", "version", "expires", "spec_version", "consistent_snapshot", "roles", "keys", "targets", "delegations",
  ]

  private static func demand(_ object: JSON) -> String {
    let ids = object["keyids"]?.array?.map { $0.string.map(shown) ?? "?" } ?? []
    return "needs \(object["threshold"]?.integer ?? 0) of the keys \(ids.joined(separator: ", "))"
  }

  /// A key with all of what it is: under a name that everybody knows may stand another's key.
  private static func keyLine(_ id: String, _ key: JSON) -> String {
    let type = "\(shown(key["keytype"]?.string ?? "?")), \(shown(key["scheme"]?.string ?? "?"))"
    let isOwnName = id == Digest(of: key.canonicalBytes).hex
    return "the key \(shown(id)) of type \(type): \(shown(key["keyval"]?["public"]?.string ?? "?"))"
      + (isOwnName ? "" : ", whose name is not its digest")
  }

  private static func sorted(_ json: JSON?) -> [(key: String, value: JSON)] {
    (json?.object ?? [:]).sorted { $0.key < $1.key }
  }
}

/// A text that came from elsewhere: as it is where it is one plain word, else quoted, so that it moves nothing else on the
/// screen of the one who is to sign.
func shown(_ text: String) -> String {
  let isPlain = !text.isEmpty && text.utf8.count <= 1_024 && text.utf8.allSatisfy { (0x21..<0x7f).contains($0) }
  return isPlain ? text : JSON.quoted(text, limit: 4_096)
}
