package import Basics
package import CanonicalJSON
package import TUF

/// A staged draft as people look at it: who must sign, and who has.
package struct DraftAccount: Sendable {
  /// The role.
  package let role: String
  /// The version that it will have.
  package let version: Int
  /// When it will stop being trusted.
  package let expires: UTCTime
  /// The file to carry to those who sign.
  package let file: String
  /// Each set of keys that must sign, and those who have.
  package let progress: [RepositoryEditor.SigningProgress]
  /// The names of key files that are here, by key.
  let names: [KeyID: String]

  /// Whether it may be accepted.
  package var isComplete: Bool { progress.allSatisfy(\.isMet) }

  /// `{"event":"draft","role":…,"version":…,"file":…,"complete":…,"demands":[{"by":…,"threshold":…,…}]}`.
  package var json: JSON {
    [
      "event": "draft", "role": .string(role), "version": .integer(Int64(version)), "expires": .string("\(expires)"),
      "file": .string(file), "complete": .bool(isComplete),
      "demands": .array(
        progress.map { demand in
          [
            "by": .string(demand.demandedBy), "threshold": .integer(Int64(demand.threshold)),
            "keys": .array(demand.keys.map { .string($0.text) }),
            "signers": .array(demand.signers.map { .string($0.text) }),
          ]
        }),
    ]
  }

  /// What there is to say of it, one line for each set of keys.
  package var lines: [String] {
    ["\(role) version \(version), trusted until \(expires): \(isComplete ? "complete" : "waits")  \(file)"]
      + progress.map { demand in
        let missing = demand.isMet ? [] : demand.keys.filter { !demand.signers.contains($0) }.map(name)
        return "  \(demand.signers.count) of \(demand.threshold) signatures that \(demand.demandedBy) demands"
          + (missing.isEmpty ? "" : "; not yet: \(missing.joined(separator: ", "))")
      }
  }

  private func name(_ id: KeyID) -> String { names[id].map { "\($0) (\(id.short))" } ?? id.short }
}
