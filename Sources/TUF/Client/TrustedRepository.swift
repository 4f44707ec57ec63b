public import Basics
public import CanonicalJSON

/// What one refresh verified of what it was asked for: what target files there are, and who vouches for them.
public struct TrustedRepository: Sendable {
  /// Every target that was asked for and that some role may speak of, once, in the order of trust.
  public let targets: [VerifiedTarget]
  /// Who verified what: root, timestamp, snapshot, targets, then the delegated roles that were asked.
  public let roles: [RoleAccount]
  /// The delegated roles that were left out, and why; their paths are withheld from later roles.
  ///
  /// A target that could not be searched for to the end stands here as well, by its path.
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
  /// Its digests.
  public let hashes: FileHashes
  /// What the application says of it, an object.
  public let custom: JSON?
  /// The role that describes it.
  public let role: String
  /// The roles by whose word that role may speak of it, from top-level targets on; none where targets itself speaks.
  ///
  /// Several roles may delegate to one of a name, each to keys of its own: who wants two roles to say the same looks at
  /// these too.
  public let delegators: [String]
  /// What to fetch beneath the repository's targets folder: `DIR/HASH.NAME` where snapshots are consistent (5.7.3).
  public let filePath: String

  init(_ description: TargetDescription, role: String, delegators: [String], usesConsistentSnapshots: Bool) {
    path = description.path
    length = description.length
    hashes = description.hashes
    custom = description.custom
    self.role = role
    self.delegators = delegators
    filePath = path.filePath(hashes, usesConsistentSnapshots: usesConsistentSnapshots)
  }

  /// Its SHA-256 digest, where it is listed.
  public var sha256: Digest? { hashes.sha256 }

  /// Whether these bytes are the file (5.7.3): its length, and every digest that is listed and known.
  public func matches(_ bytes: [UInt8]) -> Bool {
    bytes.count == length && hashes.match(bytes)
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
  /// Every key that might have signed, in order, by the word of whoever delegates to it.
  public let keys: [KeyID]
  /// The signers' keys themselves: one key may stand under two names.
  private let signersKeys: Set<PublicKey>

  init(_ role: String, _ header: MetadataHeader, _ keys: RoleKeys, _ signers: [KeyID]) {
    self.role = role
    version = header.version
    expires = header.expires
    threshold = keys.threshold
    self.signers = signers
    self.keys = keys.ids
    signersKeys = Set(signers.compactMap { keys.keys[$0]?.material })
  }

  /// Whether some key signed both here and for another role, under whatever names.
  func sharesSigner(with other: RoleAccount) -> Bool { !signersKeys.isDisjoint(with: other.signersKeys) }
}

/// A delegated role that was left out of a refresh, or a target that could not be found out about.
public struct RoleRefusal: Sendable, Hashable, CustomStringConvertible {
  /// The role.
  public let role: String
  /// Why.
  public let reason: Refusal

  /// One sentence for people.
  public var description: String {
    if case .moreLeftOut = reason { return "the role \(FileName.remote(role)): \(reason)" }
    return "the role \(FileName.remote(role)) was left out: \(reason)"
  }
}
