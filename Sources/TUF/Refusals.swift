internal import Basics
internal import CanonicalJSON

extension Refusal: CustomStringConvertible {
  /// One sentence: what was refused and why, with the values, and what to do where that is known.
  public var description: String {
    readingSentence ?? keySentence ?? targetsSentence ?? workflowSentence ?? editingSentence ?? "metadata was refused"
  }

  private var readingSentence: String? {
    switch self {
    case .absent(let file):
      "\(file) is not in the repository"
    case .tooLong(let file, let limit):
      "\(file) is longer than the \(limit) bytes that are read of it"
    case .announcedTooLong(let file, let length, let limit):
      "\(file) is announced with \(length) bytes, and at most \(limit) are read of such a file"
    case .delegatedTooLong(let limit):
      "the files of delegated roles are together longer than the \(limit) bytes that one refresh reads"
    case .malformed(let file, let error):
      "\(file) cannot be read: \(error)"
    case .wrongType(let file, let found, let wanted):
      "\(file) is metadata of type \(JSON.quoted(found)), and must be of type “\(wanted)”"
    case .unsupportedSpecification(let file, let found):
      "\(file) follows version \(JSON.quoted(found)) of the TUF specification, and this program reads 1.x.y;"
        + " a newer program may be needed"
    case .badTime(let file, let path, let text):
      "\(file) has \(JSON.quoted(text)) as \(path), which is not a time like 2026-11-23T20:54:00Z"
    case .badDigest(let file, let path):
      "\(file) has as \(path) something that is not 64 lower-case hexadecimal digits"
    case .noKnownHash(let file, let path):
      "\(file) has as \(path) no digest that is known here, and needs sha256 or sha512"
    case .tooManySignatures(let file, let count, let limit):
      "\(file) carries \(count) signatures, and at most \(limit) are read"
    case .signatureTwice(let file, let keyID):
      "\(file) carries two signatures under the key id \(JSON.quoted(keyID))"
    default: nil
    }
  }

  private var keySentence: String? {
    switch self {
    case .wrongKeyType(let file, let keyID, let type, let scheme):
      "\(file) has the key \(JSON.quoted(keyID)) of type \(JSON.quoted(type)) and scheme \(JSON.quoted(scheme));"
        + " only ed25519 is read"
    case .badPublicKey(let file, let keyID, let type):
      "\(file) has as key \(JSON.quoted(keyID)) something that is not a public key of type \(JSON.quoted(type))"
    case .badKeyID(let file, let listed):
      "\(file) has a key under the id \(JSON.quoted(listed)), which is not 1 to \(KeyID.byteLimit) visible characters"
    case .unlistedKey(let file, let role, let keyID):
      "\(file) names for \(role) the key \(JSON.quoted(keyID)), which it does not list"
    case .keyTwice(let file, let role, let keyID):
      "\(file) names for \(role) the key \(keyID) twice"
    case .tooManyKeys(let role, let count, let limit):
      "\(role) has \(count) keys, and at most \(limit) are read"
    case .unreachableThreshold(let role, let threshold, let keyCount):
      "\(role) needs \(threshold) signatures of its \(keyCount) keys, and must need from 1 to all of them"
    case .tooFewSignatures(let file, let role, let valid, let threshold):
      "\(file) has valid signatures of \(valid) of the keys of \(role), and needs \(threshold)"
    default: nil
    }
  }

  private var targetsSentence: String? {
    switch self {
    case .badTargetPath(let file, let text):
      "\(file) describes the target \(JSON.quoted(text)), which is not a plain relative path"
    case .badRoleName(let file, let name):
      "\(file) delegates to \(JSON.quoted(name)), which cannot be the name of a delegated role"
    case .roleTwice(let file, let role):
      "\(file) delegates to \(role) twice"
    case .pathsUnclear(let file, let role):
      "\(file) must give the role \(role) either paths or path_hash_prefixes"
    case .badPattern(let file, let role, let text):
      "\(file) gives the role \(role) the pattern \(JSON.quoted(text)), which is not one that is read here"
    case .tooManyPatterns(let file, let role, let count, let limit):
      "\(file) gives the role \(role) \(count) patterns, and at most \(limit) are read"
    case .tooManyDelegations(let file, let count, let limit):
      "\(file) delegates to \(count) roles, and at most \(limit) are read"
    case .delegationsUnclear(let file):
      "\(file) delegates both to roles by name and to hashed bins, and must do one of them"
    case .tooDeep(let role, let limit):
      "the role \(role) is reached through more than \(limit) delegations"
    case .searchTooLong(let path, let limit):
      "the search for the target \(path) asks more than \(limit) roles"
    case .tooManyRoles(let limit):
      "there are more delegated roles than the \(limit) that one refresh takes"
    case .tooManyDelegationsFollowed(let limit):
      "there are more delegations than the \(limit) that one listing of targets follows"
    case .tooMuchEffort(let limit):
      "to find out which of its delegations are concerned takes more than \(limit) comparisons of characters"
    case .moreLeftOut(let count):
      "\(count) more roles that it delegates to were refused"
    default: nil
    }
  }

  private var workflowSentence: String? {
    switch self {
    case .rootOutOfOrder(let found, let wanted):
      "the next root has version \(found), and must have exactly version \(wanted): perhaps a rollback attack"
    case .rollback(let file, let found, let trusted):
      "\(file) goes back to version \(found) after version \(trusted) was trusted: perhaps a rollback attack"
    case .noLongerListed(let file):
      "\(file) was listed by the trusted snapshot and is listed no longer: perhaps a rollback attack"
    case .unlisted(let file, let by):
      "\(file) is not listed by \(by)"
    case .versionMismatch(let file, let found, let listed):
      "\(file) has version \(found), and version \(listed) is listed: perhaps a mix-and-match attack"
    case .lengthMismatch(let file, let found, let listed):
      "\(file) has \(found) bytes, and \(listed) are listed: perhaps a mix-and-match attack"
    case .digestMismatch(let file, let listed):
      "\(file) does not have the listed digest \(listed.hex.prefix(12))…: perhaps a mix-and-match attack"
    case .expired(let file, let expires, let now):
      "\(file) expired at \(expires) and it is \(now): perhaps someone withholds a newer one (a freeze attack),"
        + " or the clock is wrong"
    case .signedEarlier(let file, let found?, let trusted):
      "\(file) says that it was signed at \(found), before the version that is trusted, which was at \(trusted)"
    case .signedEarlier(let file, nil, let trusted):
      "\(file) does not say when it was signed, and the version that is trusted was at \(trusted)"
    default: nil
    }
  }

  private var editingSentence: String? {
    switch self {
    case .badKeyFile(let reason):
      "the key file cannot be used: \(reason)"
    case .unknownRole(let role):
      "the repository has no role \(JSON.quoted(role))"
    case .roleExists(let role):
      "the repository has a role \(JSON.quoted(role)) already"
    case .outsidePaths(let role, let path):
      "the role \(role) may not describe the target \(path); its delegation has no such path"
    case .unknownTarget(let role, let path):
      "the role \(role) describes no target \(path)"
    case .foreignKey(let role, let keyID):
      "the key \(keyID) does not belong to the role \(role)"
    case .badSignature(let role, let keyID):
      "the signature given for the key \(keyID) is not that key's over the draft of \(role)"
    case .otherDraft(let type, let version, let otherVersion):
      "the two drafts are not copies of one: this one is \(JSON.quoted(type)) of version \(version), and the other of"
        + " version \(otherVersion) says something else"
    case .draftOutOfOrder(let role, let found, let wanted):
      "the draft of \(role) has version \(found), and after what is published it must have version \(wanted)"
    case .inconsistentSnapshots:
      "the repository does not use consistent snapshots, and only one that does can be edited"
    default: nil
    }
  }
}
