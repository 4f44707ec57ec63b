internal import Basics
internal import Improvements
internal import Linux
package import TUF

/// The publisher's key files: one folder of mode 0700, one file of mode 0600 for each key.
///
/// A new workspace has all of them. Each file can move to where its holder is: a command uses the keys of the one folder
/// that it is given (`docs/publishing.md`, "Keys").
package struct KeyRing: Sendable {
  /// One key with its holder's name.
  package struct NamedKey: Sendable {
    /// The file's name without its ending, such as `builder`.
    package let name: String
    /// The key.
    package let key: SigningKey
  }

  /// Every key that a workspace begins with, with what it signs.
  static let plan: [(name: String, kind: String)] = [
    ("root-1", "root"), ("root-2", "root"), ("root-3", "root"), ("targets", "targets"), ("recall", Stream.recallRole),
    ("builder", Hat.build.rawValue), ("reviewer", Hat.review.rawValue), ("snapshot", "snapshot"),
    ("timestamp", "timestamp"), ("rollout", Workspace.rolloutRole),
  ]

  /// How many keys must sign.
  static func threshold(of kind: String) -> Int { kind == "root" ? 2 : 1 }

  /// What the key of a role is called in the plan.
  static func kind(of role: String) -> String {
    if role.hasPrefix(Stream.groupPrefix) { return "targets" }
    for hat in [Hat.build, .review] where role.hasSuffix(".\(hat)") { return hat.rawValue }
    return role
  }

  /// The names of the key files that the plan has for a role.
  static func files(of role: String) -> [String] {
    plan.filter { $0.kind == kind(of: role) }.map { "keys/\($0.name).json" }
  }

  /// The longest key file, in bytes.
  private static let byteLimit = 4_096

  /// The keys that are at hand, by name.
  package let keys: [NamedKey]

  /// The keys themselves.
  var signingKeys: [SigningKey] { keys.map(\.key) }

  /// Makes the keys of a new workspace; each file is readable by nobody else from its first moment.
  static func creating(in folder: Directory) throws -> KeyRing {
    let keys = plan.map { NamedKey(name: $0.name, key: SigningKey()) }
    for key in keys { try folder.create(Array(key.key.keyFileText.utf8), at: try file(key.name), mode: 0o600) }
    return KeyRing(keys: keys)
  }

  /// Reads every key file of a folder; one that others can reach is refused.
  static func loading(from folder: Directory) throws -> KeyRing {
    var keys: [NamedKey] = []
    for name in try folder.names() where name.hasSuffix(".json") && !name.hasPrefix(".") {
      let holder = String(name.dropLast(".json".count))
      let path = try file(holder)
      let opened = try folder.openFile(path)
      let mode = try opened.status().mode
      guard mode & 0o077 == 0 else {
        throw PublishingError.exposedKey(file: folder.name(path), mode: String(mode, radix: 8))
      }
      do throws(Refusal) {
        keys.append(NamedKey(name: holder, key: try SigningKey(keyFile: try Self.bytes(of: opened, folder.name(path)))))
      } catch {
        throw PublishingError.badKey(file: folder.name(path), reason: "\(error)")
      }
    }
    return KeyRing(keys: keys)
  }

  /// The public keys of a kind by the plan.
  func roleKeys(_ kind: String) throws -> RoleKeys {
    let names = Self.plan.filter { $0.kind == kind }.map(\.name)
    return try RoleKeys(
      keys.filter { names.contains($0.name) }.map(\.key.key), threshold: Self.threshold(of: kind))
  }

  /// Those of the keys that may sign for a role.
  func signingKeys(of roleKeys: RoleKeys) -> [SigningKey] { signingKeys.filter { roleKeys.keys[$0.id] != nil } }

  private static func bytes(of file: FileDescriptor, _ name: String) throws(Refusal) -> [UInt8] {
    // What cannot be read is no key: the parser says so.
    (try? file.readAll(limit: byteLimit)) ?? []
  }

  private static func file(_ name: String) throws -> RelativePath {
    guard let path = RelativePath("\(name).json") else { throw PublishingError.unsafeName(name) }
    return path
  }
}
