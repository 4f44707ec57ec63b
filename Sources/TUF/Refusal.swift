public import Basics
public import CanonicalJSON

/// Why metadata was not trusted, or an edit of a repository not made; `Refusals.swift` has the sentences.
public enum Refusal: Error, Hashable {
  // MARK: Getting files

  /// A file that must be there is not.
  case absent(file: String)
  /// A file is longer than is read of it: an endless-data attack, or a mistake.
  case tooLong(file: String, limit: Int)
  /// A file is announced longer than is read of any such file.
  case announcedTooLong(file: String, length: Int, limit: Int)
  /// The files of delegated roles are together longer than one refresh reads.
  case delegatedTooLong(limit: Int)

  // MARK: Reading files

  /// A file is not strict JSON, or lacks what it must have.
  case malformed(file: String, JSONError)
  /// A file is for another role.
  case wrongType(file: String, found: String, wanted: String)
  /// A file follows another major version of the specification.
  case unsupportedSpecification(file: String, found: String)
  /// A text is not a time.
  case badTime(file: String, path: String, text: String)
  /// A text is not a digest.
  case badDigest(file: String, path: String)
  /// No digest of a file is of a function that is known here.
  case noKnownHash(file: String, path: String)
  /// A file carries more signatures than are read.
  case tooManySignatures(file: String, count: Int, limit: Int)
  /// A file carries two signatures under one key id.
  case signatureTwice(file: String, keyID: String)

  // MARK: Keys

  /// A key file holds a key of another kind.
  case wrongKeyType(file: String, keyID: String, type: String, scheme: String)
  /// A public key is not one of its kind.
  case badPublicKey(file: String, keyID: String, type: String)
  /// A key's name is empty, too long, or not of visible ASCII characters.
  case badKeyID(file: String, listed: String)
  /// A role names a key that its file does not list.
  case unlistedKey(file: String, role: String, keyID: String)
  /// A role names one key twice.
  case keyTwice(file: String, role: String, keyID: KeyID)
  /// A role has, or a file lists, more keys than are read.
  case tooManyKeys(role: String, count: Int, limit: Int)
  /// A role's threshold is less than one, or more than its different keys.
  case unreachableThreshold(role: String, threshold: Int, keyCount: Int)
  /// A file is signed by too few of its role's keys.
  case tooFewSignatures(file: String, role: String, valid: Int, threshold: Int)

  // MARK: Targets and delegations

  /// A target's path could leave the targets folder or be spelled in two ways.
  case badTargetPath(file: String, text: String)
  /// A delegated role's name is empty, too long, or a top-level role's; or it is to be made here and is no plain word.
  case badRoleName(file: String, name: String)
  /// Two delegations name one role.
  case roleTwice(file: String, role: String)
  /// A delegation has both patterns and hash prefixes, or neither.
  case pathsUnclear(file: String, role: String)
  /// A path pattern or hash prefix is not one.
  case badPattern(file: String, role: String, text: String)
  /// A delegation has more patterns than are read.
  case tooManyPatterns(file: String, role: String, count: Int, limit: Int)
  /// There are more delegations than are read.
  case tooManyDelegations(file: String, count: Int, limit: Int)
  /// A file delegates both to roles by name and to hashed bins.
  case delegationsUnclear(file: String)
  /// A delegated role is reached through more delegations than are followed.
  case tooDeep(role: String, limit: Int)
  /// A search for one target asks more roles than are asked.
  case searchTooLong(path: TargetPath, limit: Int)
  /// There are more delegated roles than one refresh takes.
  case tooManyRoles(limit: Int)
  /// There are more delegations than one listing follows.
  case tooManyDelegationsFollowed(limit: Int)
  /// To find out which delegations of a role concern some paths takes more than is spent on it.
  case tooMuchEffort(limit: Int)
  /// A role delegates to more roles that were refused than are told of.
  case moreLeftOut(count: Int)

  // MARK: The client's workflow

  /// The next root has another version than the next.
  case rootOutOfOrder(found: Int, wanted: Int)
  /// A file has a lower version than the one already trusted, or names one.
  case rollback(file: String, found: Int, trusted: Int)
  /// A file that snapshot listed before is no longer listed.
  case noLongerListed(file: String)
  /// Snapshot does not list a file that it must list.
  case unlisted(file: String, by: String)
  /// A file has another version than is listed for it.
  case versionMismatch(file: String, found: Int, listed: Int)
  /// A file has another length than is listed for it.
  case lengthMismatch(file: String, found: Int, listed: Int)
  /// A file has another digest than is listed for it.
  case digestMismatch(file: String, listed: FileHashes)
  /// A file has expired: perhaps someone withholds a newer one.
  case expired(file: String, expires: UTCTime, now: UTCTime)
  /// A newer version says that it was signed before an older one, or no longer says when.
  case signedEarlier(file: String, found: UTCTime?, trusted: UTCTime)

  // MARK: Editing a repository

  /// A key file is not one.
  case badKeyFile(reason: String)
  /// The repository has no role of this name.
  case unknownRole(String)
  /// The repository has a role of this name already.
  case roleExists(String)
  /// A role may not speak of a path.
  case outsidePaths(role: String, path: TargetPath)
  /// A role's file does not describe this target.
  case unknownTarget(role: String, path: TargetPath)
  /// A key does not belong to the role that it was to sign.
  case foreignKey(role: String, keyID: KeyID)
  /// A signature from elsewhere is not the key's over what is to be signed.
  case badSignature(role: String, keyID: KeyID)
  /// Two drafts that were to be merged say different things.
  case otherDraft(type: String, version: Int, otherVersion: Int)
  /// A draft from elsewhere does not follow the published version.
  case draftOutOfOrder(role: String, found: Int, wanted: Int)
  /// The repository does not use consistent snapshots, which editing needs.
  case inconsistentSnapshots
}

extension Refusal {
  /// Whether it is about the way to a target, and not about a role's file.
  var isOfSearch: Bool {
    switch self {
    case .tooDeep, .searchTooLong: true
    default: false
    }
  }
}
