package import Basics
internal import CanonicalJSON

/// The last rollout record that a device saw: behind its sequence the device goes to none.
package struct SeenRollout: Sendable, Hashable {
  /// The record's sequence.
  package let sequence: Int64
  /// The record's digest.
  package let digest: Digest
  /// The ids of the keys that might sign it then.
  package let keys: Set<String>

  /// Describes a record that was seen.
  package init(sequence: Int64, digest: Digest, keys: Set<String>) {
    self.sequence = sequence
    self.digest = digest
    self.keys = keys
  }
}

extension Journal {
  /// The last rollout record that was seen; nil where none ever was.
  package func seenRollout() throws(JournalError) -> SeenRollout? {
    try access { database throws(JournalError) in
      guard let row = try database.run("SELECT value FROM fact WHERE name = 'rollout-record'").first else { return nil }
      let json = try? JSON(parsing: Array(row.text(0).utf8))
      guard let json, let sequence = json["sequence"]?.integer,
        let digest = json["sha256"]?.string.flatMap({ Digest($0) }),
        let keys = json["keys"]?.array
      else { throw .damaged("the last rollout record is none") }
      return SeenRollout(sequence: sequence, digest: digest, keys: Set(keys.compactMap(\.string)))
    }
  }

  /// Remembers the last rollout record, instead of any before.
  package func remember(_ seen: SeenRollout) throws(JournalError) {
    let json: JSON = [
      "sequence": .integer(seen.sequence), "sha256": .string(seen.digest.hex),
      "keys": .array(seen.keys.sorted().map { .string($0) }),
    ]
    try access { database throws(JournalError) in
      _ = try database.run(
        "INSERT OR REPLACE INTO fact (name, value) VALUES ('rollout-record', ?)", [.text(json.compactText)])
    }
  }
}
