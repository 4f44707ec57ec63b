/// How much of anything is read, looped over or kept; beyond it stands a refusal.
public enum Limits {
  /// The longest root file, in bytes: 512 KiB, some 2,000 keys (specification 5.3.3, “W number of bytes”).
  public static let rootByteCount = 512 << 10
  /// The longest timestamp file, in bytes: 16 KiB, one entry and many signatures (5.4.1, “X number of bytes”).
  public static let timestampByteCount = 16 << 10
  /// The longest snapshot file, in bytes: 2 MiB, where timestamp does not say less (5.5.1, “Y number of bytes”).
  public static let snapshotByteCount = 2 << 20
  /// The longest targets file of one role, in bytes: 5 MiB, where snapshot does not say less (5.6.1, “Z number”).
  public static let targetsByteCount = 5 << 20
  /// What the files of all delegated roles may cost one refresh, in bytes: 64 MiB, so that a mirror that answers each
  /// request at its full limit is stopped.
  public static let delegatedByteCount = 64 << 20
  /// The most root files that one refresh fetches (5.3.3, “Y number of root metadata files”).
  public static let rootRotations = 256
  /// The most roles that one targets file may delegate to by name.
  public static let delegatedRoles = 1_024
  /// The most delegated roles that one search for a target asks (5.6.7.1, “application-specific maximum number of
  /// roles”).
  public static let rolesPerSearch = 256
  /// How many delegations may lie between top-level targets and the role that speaks.
  public static let delegationDepth = 16
  /// The most delegated roles that one refresh takes.
  public static let rolesPerRefresh = 1 << 14
  /// The most delegations that one listing of targets follows, counting a role once for each role that names it.
  public static let delegationsPerListing = 1 << 16
  /// What finding out which delegations of one role concern some paths may cost, in characters compared: some
  /// hundredths of a second, and many times what two hundred groups take on a machine with thousands of components.
  public static let effortPerRole = 1 << 23
  /// How many of the roles that one delegator other than top-level targets names are told of where they were refused.
  public static let refusalsPerDelegator = 32
  /// The most path patterns or hash prefixes of one delegated role.
  public static let patternsPerRole = 1_024
  /// The most signatures that one file may carry.
  public static let signaturesPerFile = 128
  /// The most keys that one role may have.
  public static let keysPerRole = 128
  /// The most keys that one file may list: eight for each of the roles that it may name.
  public static let keysPerFile = 8_192
  /// The deepest nesting of a metadata file; the formats themselves need seven levels, the rest is for custom members.
  public static let nesting = 32
  /// The greatest version and length: 2^53 − 1, up to which every JSON reader in the world agrees on integers.
  public static let greatestNumber: Int64 = 1 << 53 - 1
  /// The longest name of a delegated role that is read, in bytes.
  public static let roleNameByteCount = 256
  /// The longest name of a delegated role that is made here, in bytes; with a version and an ending it is a file's name.
  public static let plainRoleNameByteCount = 128
}
