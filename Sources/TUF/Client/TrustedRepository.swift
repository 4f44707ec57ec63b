public import Basics
public import CanonicalJSON

/// All that one refresh verified: what target files there are, and who vouches for it.
public struct TrustedRepository: Sendable {
  /// Every target that some role may speak of, once, in the order of trust.
  public let targets: [VerifiedTarget]
  /// Who verified what: root, timestamp, snapshot, targets, then the delegated roles.
  public let roles: [RoleAccount]
  /// The delegated roles that were left out, and why; their paths are withheld from later roles.
  public let refusals: [RoleRefusal]
  private let byPath: [TargetPath: Int]

  init(targets: [VerifiedTarget], roles: [RoleAccount], refusals: [RoleRefusal]) {
    self.targets = targets
    self.roles = roles
    self.refusals = refusals
    byPath = Dictionary(uniqueKeysWithValues: targets.enumerated().map { ($1.path, $0) })
  }

  /// The target at a path (5.7.2: nil where “there is no targets metadata about this target”).
  public func target(at path: TargetPath) -> VerifiedTarget? { byPath[path].map { targets[$0] } }

  /// The account of a role, by its name.
  public func role(_ name: String) -> RoleAccount? { roles.first { $0.role == name } }
}

/// One target file as verified metadata describes it; only this module can make one.
public struct VerifiedTarget: Sendable, Hashable {
  /// Where the file stands, by its own name.
  public let path: TargetPath
  /// Its exact length in bytes.
  public let length: Int
  /// Its digest.
  public let sha256: Digest
  /// What the application says of it, an object.
  public let custom: JSON?
  /// The role that describes it.
  public let role: String
  /// What to fetch beneath the repository's targets folder: `DIR/HASH.NAME` where snapshots are consistent (5.7.3).
  public let filePath: String

  init(_ description: TargetDescription, role: String, usesConsistentSnapshots: Bool) {
    path = description.path
    length = description.length
    sha256 = description.sha256
    custom = description.custom
    self.role = role
    filePath = path.filePath(sha256: sha256, usesConsistentSnapshots: usesConsistentSnapshots)
  }

  /// Whether these bytes are the file (5.7.3).
  public func matches(_ bytes: [UInt8]) -> Bool {
    bytes.count == length && Digest(of: bytes) == sha256
  }
}

/// Who vouched for one role's file, for people to read.
public struct RoleAccount: Sendable, Hashable {
  /// The role.
  public let role: String
  /// The version of its file.
  public let version: Int
  /// When its file stops being trusted.
  public let expires: UTCTime
  /// How many signatures it needed.
  public let threshold: Int
  /// The keys whose signatures were valid, in order; at least as many as the threshold.
  public let signers: [KeyID]

  init(_ role: String, _ header: MetadataHeader, _ keys: RoleKeys, _ signers: [KeyID]) {
    self.role = role
    version = header.version
    expires = header.expires
    threshold = keys.threshold
    self.signers = signers
  }
}

/// A delegated role that was left out of a refresh.
public struct RoleRefusal: Sendable, Hashable, CustomStringConvertible {
  /// The role.
  public let role: String
  /// Why.
  public let reason: Refusal

  /// One sentence for people.
  public var description: String { "the role \(role) was left out: \(reason)" }
}
