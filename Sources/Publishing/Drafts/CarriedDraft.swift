internal import Basics
package import CanonicalJSON
internal import Linux
package import TUF

/// A draft in a file, on the machine of someone who signs it: no workspace is needed.
package struct CarriedDraft: Sendable {
  /// Where it stands.
  package let file: String
  /// What it is.
  private(set) var draft: Draft

  /// The ids of the keys that have signed, shortened for people.
  package var signers: [String] { draft.signers.map(\.short) }

  /// `{"event":…,"file":…,"type":…,"version":…,"expires":…,"signers":[…],"signed":"…"}`, the last all that is signed.
  package func json(event: String) -> JSON {
    [
      "event": .string(event), "file": .string(file), "type": .string(draft.type),
      "version": .integer(Int64(draft.version)), "expires": .string("\(draft.expires)"),
      "signers": .array(draft.signers.map { .string($0.text) }), "signed": .string(draft.text),
    ]
  }

  /// Reads a draft, or a published file of metadata.
  package init(reading file: String) throws {
    self.file = file
    let bytes = try readFile(file, limit: Draft.byteLimit)
    do throws(Refusal) { draft = try Draft(parsing: bytes) } catch {
      throw PublishingError.badDraft(file: file, reason: "\(error)")
    }
  }

  /// What it says, beside an earlier file of the same role where one is given.
  package func reading(since earlier: CarriedDraft?) throws -> [DraftReading.Line] {
    do { return try DraftReading(draft, since: earlier?.draft).lines } catch {
      throw PublishingError.badDraft(file: file, reason: "\(error)")
    }
  }

  /// Signs and puts the file in place with the signatures.
  package mutating func sign(with keys: [SigningKey]) throws {
    for key in keys { draft.sign(with: key) }
    let (folder, name) = try KeyFiles.place(of: file)
    try folder.write(draft.bytes, to: try Workspace.path(name))
  }
}
