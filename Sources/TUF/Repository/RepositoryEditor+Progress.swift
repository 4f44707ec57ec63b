extension RepositoryEditor {
  /// One set of keys that must sign a role's file, and those of them that have.
  public struct SigningProgress: Sendable, Hashable {
    /// Whose word it is that these keys must sign: a delegator, `root` for the top-level roles, or `published root` for the
    /// keys that a new root replaces (specification 6.1).
    public let demandedBy: String
    /// How many different keys must have signed.
    public let threshold: Int
    /// The keys' names in order.
    public let keys: [KeyID]
    /// The names of the keys that have validly signed, of each key one.
    public let signers: [KeyID]

    /// Whether enough have signed.
    public var isMet: Bool { signers.count >= threshold }
  }

  /// Who must sign a role's file as it stands, by whose word, and who has: at least one set of keys.
  ///
  /// A signature counts in every set that its key is in. The file may be published once each of them is met.
  public func signingProgress(of role: String) throws(Refusal) -> [SigningProgress] {
    let draft = try draftedRole(role)
    var demands: [(String, RoleKeys)] = []
    if TopLevelRole(rawValue: role) != nil {
      demands.append(("root", try keys(of: role)))
      if role == "root", let publishedRootKeys { demands.append(("published root", publishedRootKeys)) }
    } else {
      for delegator in delegators(of: role) { demands.append((delegator, try keys(of: role, from: delegator))) }
      guard !demands.isEmpty else { throw .unknownRole(role) }
    }
    return demands.map { delegator, keys in
      let signers = keys.signers(of: draft.signedBytes) { id in
        draft.signatures[id].flatMap { SignedFile.signature($0) }
      }
      return SigningProgress(demandedBy: delegator, threshold: keys.threshold, keys: keys.ids, signers: signers)
    }
  }
}
