/// The files of delegated roles that one refresh has, and which of their delegators' keys have signed them.
///
/// A role may be delegated to by several others (a diamond). Its file is one, but each delegator gives it keys of its own,
/// and what one delegator's keys vouch for is not vouched for by the other's.
struct RoleFiles: Sendable {
  private enum State: Sendable {
    /// The bytes that snapshot describes, and what became of them under each delegator's keys.
    case read(SignedFile, [String: Result<Verified<TargetsMetadata>, Refusal>])
    /// There is no file to verify.
    case refused(Refusal)
  }

  private var states: [String: State] = [:]
  /// How many roles have a file here.
  ///
  /// One that has none costs nothing; counted, the thousands of bins that one role may name without having them would
  /// leave no room for anybody else's.
  private(set) var count = 0

  /// What a delegation leads to: nil where the role's file is still to be got.
  mutating func role(
    _ delegation: Delegation, of delegator: String, _ trust: Trust, _ snapshot: SnapshotMetadata
  ) -> Result<Verified<TargetsMetadata>, Refusal>? {
    switch states[delegation.role] {
    case nil: return nil
    case .refused(let refusal): return .failure(refusal)
    case .read(let file, var verdicts):
      if let verdict = verdicts[delegator] { return verdict }
      let verdict = Self.verdict(file, delegation, trust, snapshot)
      verdicts[delegator] = verdict
      states[delegation.role] = .read(file, verdicts)
      return verdict
    }
  }

  /// Takes a role's file where it is what snapshot describes and the keys of one of these delegators have signed it; a file
  /// that others may have signed is kept for them.
  mutating func take(
    _ bytes: [UInt8], for request: RoleRequest, _ trust: Trust, _ snapshot: SnapshotMetadata
  ) throws(Refusal) {
    let described = try snapshot.description(of: request.role)
    let name = FileName.remote(request.role) + ".json"
    // 5.6.2
    try described.requireMatch(bytes, file: name)
    let file = try SignedFile(parsing: bytes, name: name, byteLimit: Limits.targetsByteCount)
    var verdicts: [String: Result<Verified<TargetsMetadata>, Refusal>] = [:]
    var firstRefusal: Refusal?
    var isTrusted = false
    for edge in request.edges {
      let verdict = Self.verdict(file, edge.delegation, trust, snapshot)
      verdicts[edge.delegator] = verdict
      switch verdict {
      case .success: isTrusted = true
      case .failure(let refusal): firstRefusal = firstRefusal ?? refusal
      }
    }
    if case .read = states[request.role] {} else { count += 1 }
    states[request.role] = .read(file, verdicts)
    if !isTrusted, let firstRefusal { throw firstRefusal }
  }

  /// Records why there is no file of a role; a file that was read stays, with what was found under each delegator.
  mutating func refuse(_ role: String, _ refusal: Refusal) {
    if case .read = states[role] { return }
    states[role] = .refused(refusal)
  }

  /// 5.6.3 to 5.6.5, for one delegated role under one delegator's keys.
  private static func verdict(
    _ file: SignedFile, _ delegation: Delegation, _ trust: Trust, _ snapshot: SnapshotMetadata
  ) -> Result<Verified<TargetsMetadata>, Refusal> {
    do throws(Refusal) {
      let described = try snapshot.description(of: delegation.role)
      let signers = try file.verify(by: delegation.keys, role: delegation.shownRole)
      let metadata = try TargetsMetadata(file.signed)
      try described.requireVersion(metadata.header.version, file: delegation.fileName)
      try metadata.header.requireFresh(at: trust.now, file: delegation.fileName)
      let account = RoleAccount(delegation.role, metadata.header, delegation.keys, signers)
      return .success(Verified(metadata: metadata, bytes: file.bytes, account: account))
    } catch {
      return .failure(error)
    }
  }
}

extension SnapshotMetadata {
  /// What snapshot says of a delegated role's file.
  func description(of role: String) throws(Refusal) -> FileDescription {
    guard let described = files[role + ".json"] else {
      throw .unlisted(file: FileName.remote(role) + ".json", by: TopLevelRole.snapshot.fileName)
    }
    return described
  }
}
