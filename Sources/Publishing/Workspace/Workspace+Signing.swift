package import Basics
internal import Improvements
internal import Linux
internal import TUF

/// How far a change of a stream's roles is signed.
package struct Signing: Sendable, Hashable {
  /// Each role with the ids of the keys that have signed it, as it stands now.
  package let roles: [RoleSigning]
  /// Whether the change is in the repository, ready to be published; else it waits in `drafts/`.
  package let isComplete: Bool

  /// One role's part.
  package struct RoleSigning: Sendable, Hashable {
    /// The role.
    package let role: String
    /// The ids of the keys that have signed it.
    package let signers: [String]
    /// How many must.
    package let needed: Int
    /// Whether the role says the same as the other one by now.
    package let hasSpoken: Bool
  }
}

/// The roles that change together.
enum DraftUnit: Sendable, Hashable {
  /// A stream's build role and review role.
  case stream(Stream)
  /// The recall role.
  case recall

  /// The unit that somebody signs for.
  init(_ stream: Stream, as hats: [Hat]) { self = hats == [.recall] ? .recall : .stream(stream) }

  /// The roles' names.
  var roles: [String] {
    switch self {
    case .stream(let stream): stream.roles
    case .recall: [Stream.recallRole]
    }
  }

  /// The component, or the word for all of them.
  var name: String {
    switch self {
    case .stream(let stream): stream.component
    case .recall: Stream.recallRole
    }
  }
}

extension Workspace {
  /// The repository with what waits for more signatures in some roles.
  func drafted(of unit: DraftUnit) throws -> RepositoryEditor {
    try stagedEditor(Set(unit.roles).intersection(try draftedRoles()))
  }

  /// What waits for signatures here.
  func unitsWithDrafts() throws -> [DraftUnit] {
    var units: Set<DraftUnit> = []
    for role in try draftedRoles() {
      if role == Stream.recallRole { units.insert(.recall) }
      guard let end = role.lastIndex(of: "."), let stream = try? configuration.stream(of: String(role[..<end])),
        stream.roles.contains(role)
      else { continue }
      units.insert(.stream(stream))
    }
    return units.sorted { $0.name < $1.name }
  }

  /// Has roles describe a target and signs for them; what is complete by then goes into the repository, the rest waits.
  ///
  /// - Parameter asDraft: whether nothing goes into the repository, and keys that are not at hand do not matter.
  func describe(
    _ target: NewTarget, of stream: Stream, as hats: [Hat], asDraft: Bool = false, now: UTCTime
  ) async throws -> Signing {
    let unit = DraftUnit(stream, as: hats)
    var editor = try drafted(of: unit)
    if unit != .recall, !editor.delegatedRoles.contains(stream.buildRole) {
      guard try atHand(editor.keys(of: "targets")) else { throw PublishingError.notDelegated(stream: "\(stream)") }
      try delegate(stream, in: &editor)
    }
    for hat in hats {
      let role = hat.role(of: stream)
      try editor.setTarget(
        target.path, length: target.length, sha256: target.sha256, custom: target.custom, in: role)
      try sign(role, in: &editor, asDraft: asDraft, now: now)
    }
    return try await settle(&editor, unit, asDraft: asDraft, now: now)
  }

  /// Signs a role's draft with all keys at hand that may.
  func sign(_ role: String, in editor: inout RepositoryEditor, asDraft: Bool = false, now: UTCTime) throws {
    let own = keys.signingKeys(of: try editor.keys(of: role))
    guard asDraft || !own.isEmpty else { throw PublishingError.missingKey(files: KeyRing.files(of: role), role: role) }
    if try editor.signers(of: role).isEmpty {
      try editor.setExpiry(of: role, to: now.advanced(by: Lifetimes.default.delegated))
    }
    for key in own { try editor.sign(role, with: key) }
  }

  /// Whether enough of a role's keys are here.
  func atHand(_ roleKeys: RoleKeys) -> Bool { keys.signingKeys(of: roleKeys).count >= roleKeys.threshold }

  /// Puts a change into the repository where it is complete, and else keeps it as drafts.
  func settle(
    _ editor: inout RepositoryEditor, _ unit: DraftUnit, asDraft: Bool = false, now: UTCTime
  ) async throws -> Signing {
    let roles = unit.roles.filter(editor.delegatedRoles.contains)
    let changed = try roles.filter { try editor.isChanged($0) }
    let isAgreed = try isAgreed(editor, unit)
    let account = try roles.map { role in
      Signing.RoleSigning(
        role: role, signers: try editor.signers(of: role).map(\.text), needed: try editor.keys(of: role).threshold,
        hasSpoken: try isAgreed || editor.isChanged(role))
    }
    let areSigned = try changed.allSatisfy { try editor.signers(of: $0).count >= editor.keys(of: $0).threshold }
    let canFinish = try ["snapshot", "timestamp"].allSatisfy { atHand(try editor.keys(of: $0)) }
    if isAgreed, areSigned, canFinish, !asDraft {
      let files = try sign(&editor, now: now)
      _ = try await RepositoryCheck(directory: directory, with: files).all(pinnedRoot: try firstRoot(), now: now)
      try write(files)
      for role in changed { try directory.remove(try Self.draftFile(role)) }
      return Signing(roles: account, isComplete: true)
    }
    if case .stream(let stream) = unit, try editor.isChanged(stream.groupRole) {
      throw PublishingError.notDelegated(stream: "\(stream)")
    }
    _ = try directory.creatingDirectory(try Self.path(Self.draftFolder))
    for role in changed { try directory.write(try editor.draft(of: role), to: try Self.draftFile(role)) }
    return Signing(roles: account, isComplete: false)
  }

  /// Whether all roles of a unit describe the same.
  private func isAgreed(_ editor: RepositoryEditor, _ unit: DraftUnit) throws -> Bool {
    guard unit.roles.allSatisfy(editor.delegatedRoles.contains) else { return true }
    return try unit.roles.allSatisfy { try editor.targets(of: $0) == editor.targets(of: unit.roles[0]) }
  }

  /// Puts everything that is signed by all who must into the repository.
  ///
  /// - Returns: the components that wait still.
  package func settleDrafts(now: UTCTime) async throws -> [String] {
    var waiting: [String] = []
    for unit in try unitsWithDrafts() {
      var editor = try drafted(of: unit)
      if try await !settle(&editor, unit, now: now).isComplete { waiting.append(unit.name) }
    }
    return waiting
  }
}
