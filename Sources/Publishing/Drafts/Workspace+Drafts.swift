package import Basics
internal import Linux
package import TUF

// Changes that wait for signatures: one draft for each role in the folder `drafts`, beside a repository that stays whole
// without them. Snapshot and timestamp have none: the machine that publishes signs them when a draft is accepted.
extension Workspace {
  static let draftFolder = "drafts"

  static func draftFile(_ role: String) throws -> RelativePath { try path("\(draftFolder)/\(role).json") }

  /// The roles that have a draft.
  func draftedRoles() throws -> [String] {
    guard try directory.status(try Self.path(Self.draftFolder)) != nil else { return [] }
    return try directory.names(in: try Self.path(Self.draftFolder)).filter {
      $0.hasSuffix(".json") && !$0.hasPrefix(".")
    }
    .map { String($0.dropLast(".json".count)) }
  }

  /// The repository's metadata with drafts in place of what is published; all of them, or those that are named.
  func stagedEditor(_ chosen: Set<String>? = nil) throws -> RepositoryEditor {
    var editor = try editor()
    var left = try draftedRoles().filter { chosen?.contains($0) ?? true }
    func take(_ role: String) throws {
      left.removeAll { $0 == role }
      let bytes = try directory.read(try Self.draftFile(role), limit: Draft.byteLimit)
      // A crash may have left a draft that was accepted.
      guard try Draft(parsing: bytes).bytesToSign != editor.bytesToSign(of: role) else { return }
      try editor.adopt(draft: bytes, of: role)
    }
    for role in ["root", "targets"] where left.contains(role) { try take(role) }
    // A delegated role is known once those who delegate to it are.
    while let role = editor.delegatedRoles.first(where: left.contains) { try take(role) }
    if let nobodys = left.first { throw PublishingError.draftOfNobody(role: nobodys) }
    return editor
  }

  /// Makes a change, signs what it changes with the keys at hand, and keeps the drafts; the repository stays as it is.
  package func staging(
    now: UTCTime, lifetimes: Lifetimes = .default, _ change: (inout RepositoryEditor) throws -> Void
  ) throws -> [DraftAccount] {
    var editor = try stagedEditor()
    let roles = ["root", "targets"] + editor.delegatedRoles
    let before = try Dictionary(uniqueKeysWithValues: roles.map { ($0, try editor.bytesToSign(of: $0)) })
    try change(&editor)
    let after = ["root", "targets"] + editor.delegatedRoles
    let changed = try after.filter { try editor.bytesToSign(of: $0) != before[$0] }
    for role in changed { try editor.setExpiry(of: role, to: now.advanced(by: lifetimes.lifetime(of: role))) }
    for role in changed { try signWithKeysAtHand(role, &editor) }
    for role in roles where !after.contains(role) { try directory.remove(try Self.draftFile(role)) }
    _ = try directory.creatingDirectory(try Self.path(Self.draftFolder))
    for role in changed.reversed() { try directory.write(try editor.draft(of: role), to: try Self.draftFile(role)) }
    return try changed.map { try account(of: $0, editor) }
  }

  private func signWithKeysAtHand(_ role: String, _ editor: inout RepositoryEditor) throws {
    let wanted = Set(try editor.signingProgress(of: role).flatMap(\.keys))
    for key in keys.signingKeys where wanted.contains(key.id) { try editor.sign(role, with: key) }
  }

  /// Every draft, in order of trust.
  package func drafts() throws -> [DraftAccount] {
    let editor = try stagedEditor()
    let waiting = Set(try draftedRoles())
    return try (["root", "targets"] + editor.delegatedRoles).filter(waiting.contains).map {
      try account(of: $0, editor)
    }
  }

  private func account(of role: String, _ editor: RepositoryEditor) throws -> DraftAccount {
    DraftAccount(
      role: role, version: try editor.version(of: role), expires: try editor.expiry(of: role),
      file: directory.name(try Self.draftFile(role)), progress: try editor.signingProgress(of: role),
      names: Dictionary(keys.keys.map { ($0.key.id, $0.name) }) { first, _ in first })
  }

  /// Takes signatures out of copies of drafts that were signed elsewhere; one that is not valid is refused, and then
  /// nothing of the copy is taken.
  package func merging(_ files: [String]) throws -> [DraftAccount] {
    var merged: [String] = []
    for file in files {
      let copy: Draft
      do { copy = try Draft(parsing: try readFile(file, limit: Draft.byteLimit)) } catch let refusal as Refusal {
        throw PublishingError.badDraft(file: file, reason: "\(refusal)")
      }
      let role = try draftedRoles().first { role in
        try Draft(parsing: directory.read(Self.draftFile(role), limit: Draft.byteLimit)).bytesToSign == copy.bytesToSign
      }
      guard let role else { throw PublishingError.foreignDraft(file: file) }
      var editor = try stagedEditor()
      try editor.adopt(draft: copy.bytes, of: role)
      let progress = try editor.signingProgress(of: role)
      for signer in copy.signers where !progress.contains(where: { $0.signers.contains(signer) }) {
        throw progress.contains { $0.keys.contains(signer) }
          ? Refusal.badSignature(role: role, keyID: signer) : Refusal.foreignKey(role: role, keyID: signer)
      }
      try directory.write(try editor.draft(of: role), to: try Self.draftFile(role))
      merged.append(role)
    }
    return try drafts().filter { merged.contains($0.role) }
  }

  /// Takes drafts that have all their signatures into the repository: all drafts, or those of the roles that are named.
  ///
  /// Snapshot and timestamp are signed with the keys at hand; the whole is looked at as a device would before it is written.
  package func accepting(_ roles: [String], now: UTCTime) async throws -> [DraftAccount] {
    let waiting = try draftedRoles()
    guard !waiting.isEmpty else { throw PublishingError.noDrafts }
    for role in roles where !waiting.contains(role) { throw PublishingError.noDraft(role: role) }
    let chosen = roles.isEmpty ? Set(waiting) : Set(roles)
    let published = try editor()
    var editor = try stagedEditor(chosen)
    let accounts = try (["root", "targets"] + editor.delegatedRoles).filter(chosen.contains).map {
      try account(of: $0, editor)
    }
    for account in accounts {
      for demand in account.progress where !demand.isMet {
        throw PublishingError.draftIncomplete(
          role: account.role, version: account.version, demandedBy: demand.demandedBy, count: demand.signers.count,
          threshold: demand.threshold)
      }
    }
    // What other keys sign from now on has to be signed by them at once.
    for role in ["snapshot", "timestamp"] where try published.keys(of: role) != editor.keys(of: role) {
      try editor.renew(role)
    }
    let files = try sign(&editor, now: now)
    _ = try await RepositoryCheck(directory: directory, with: files).all(pinnedRoot: try firstRoot(), now: now)
    try write(files)
    for role in chosen { try directory.remove(try Self.draftFile(role)) }
    return accounts
  }

  /// Throws drafts away; all of them, or those of the roles that are named.
  package func discarding(_ roles: [String]) throws -> [String] {
    let waiting = try draftedRoles()
    for role in roles where !waiting.contains(role) { throw PublishingError.noDraft(role: role) }
    let chosen = roles.isEmpty ? waiting : roles
    for role in chosen { try directory.remove(try Self.draftFile(role)) }
    return chosen
  }
}
