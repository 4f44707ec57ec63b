internal import Basics

/// The four roles that root names keys for.
public enum TopLevelRole: String, Sendable, CaseIterable {
  /// Names every other key.
  case root
  /// Says what files there are, and to whom that is delegated.
  case targets
  /// Says which versions of the targets files belong together.
  case snapshot
  /// Says which snapshot is current.
  case timestamp

  /// The most bytes of this role's file.
  public var byteLimit: Int {
    switch self {
    case .root: Limits.rootByteCount
    case .targets: Limits.targetsByteCount
    case .snapshot: Limits.snapshotByteCount
    case .timestamp: Limits.timestampByteCount
    }
  }

  /// The name of this role's file where no version stands before it.
  public var fileName: String { rawValue + ".json" }
}

/// The signed part of root.json (specification 4.3).
struct RootMetadata {
  let header: MetadataHeader
  let usesConsistentSnapshots: Bool
  private let root: RoleKeys
  private let targets: RoleKeys
  private let snapshot: RoleKeys
  private let timestamp: RoleKeys

  init(_ signed: MetadataFields) throws(Refusal) {
    header = try MetadataHeader(signed, type: "root")
    usesConsistentSnapshots = try signed.optionalBool("consistent_snapshot") ?? false
    let listed = try signed.listedKeys()
    let roles = try signed.object("roles")
    // A “mirrors” role may stand beside the four; mirror lists are not read.
    root = try RoleKeys(try roles.object("root"), role: "root", among: listed)
    targets = try RoleKeys(try roles.object("targets"), role: "targets", among: listed)
    snapshot = try RoleKeys(try roles.object("snapshot"), role: "snapshot", among: listed)
    timestamp = try RoleKeys(try roles.object("timestamp"), role: "timestamp", among: listed)
  }

  func keys(of role: TopLevelRole) -> RoleKeys {
    switch role {
    case .root: root
    case .targets: targets
    case .snapshot: snapshot
    case .timestamp: timestamp
    }
  }

  /// Whether the keys of timestamp or snapshot differ, so that what was trusted under one root may be a
  /// fast-forward attack under the other (5.3.11).
  func hasOtherOnlineKeys(than other: RootMetadata) -> Bool {
    timestamp.differ(from: other.timestamp) || snapshot.differ(from: other.snapshot)
  }
}

extension MetadataFields {
  /// The `keys` of root or of delegations, each under the id that is its own.
  func listedKeys() throws(Refusal) -> [KeyID: Key] {
    let listed = try object("keys")
    guard listed.names.count <= Limits.keysPerFile else {
      throw .tooManyKeys(role: file, count: listed.names.count, limit: Limits.keysPerFile)
    }
    var keys: [KeyID: Key] = [:]
    for name in listed.names {
      let key = try Key(try listed.object(name), listedAs: name)
      keys[key.id] = key
    }
    return keys
  }
}
