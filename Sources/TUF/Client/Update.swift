public import Basics

/// One refresh: root, timestamp, snapshot and top-level targets are verified and kept, and delegated roles are brought as
/// they are asked for, all against the one time at which it began (5.1).
///
/// What it costs grows with what is asked, not with the repository.
public struct Update: ~Copyable, Sendable {
  private var targets: TargetsTrusted
  private let files: MetadataFiles
  private var fetchedByteCount = 0

  init(_ targets: consuming TargetsTrusted, _ files: MetadataFiles) {
    self.targets = targets
    self.files = files
  }

  /// The newest signed time that this refresh verified, which its own time was not before; nil where the repository says none.
  public var signedTime: UTCTime? { targets.signedTime }

  /// One target as the first role that speaks of it describes it; nil where none does (5.7.2).
  ///
  /// Throws the reason where a role that is asked before was refused.
  public mutating func target(at path: TargetPath) async throws -> VerifiedTarget? {
    while true {
      switch try targets.search(for: path) {
      case .found(let target): return target
      case .absent: return nil
      case .needs(let request): try await bring(request)
      }
    }
  }

  /// All that roles say of one target, in the order of trust.
  ///
  /// Throws the reason where a role that is asked was refused.
  public mutating func statements(on path: TargetPath) async throws -> [VerifiedTarget] {
    while true {
      switch try targets.statements(on: path) {
      case .made(let statements): return statements
      case .needs(let request): try await bring(request)
      }
    }
  }

  /// All that roles say of one target, of which no role's refusal stops the others: for those who trust a statement by
  /// who makes it, and never one role in another's stead.
  public mutating func hearing(on path: TargetPath) async throws -> Hearing {
    while true {
      switch try targets.hearing(on: path) {
      case .held(let hearing): return hearing
      case .needs(let request): try await bring(request)
      }
    }
  }

  /// What these roles say alike of a target; throws ``Disagreement`` where they do not.
  public mutating func agreement(of roles: [String], on path: TargetPath) async throws -> Agreement {
    try await hearing(on: path).agreement(of: roles)
  }

  /// The targets that these patterns match, and who vouches for them; roles that can say nothing of these paths are not
  /// asked for.
  ///
  /// A digest tells nothing of the paths that have it: of roles whose paths are given by hash prefixes, and of hashed bins,
  /// only patterns without a wildcard spare any.
  public mutating func repository(matching patterns: [PathPattern]) async throws -> TrustedRepository {
    try await repository(patterns)
  }

  /// All targets of all roles.
  public mutating func repository() async throws -> TrustedRepository {
    try await repository(nil)
  }

  private mutating func repository(_ patterns: [PathPattern]?) async throws -> TrustedRepository {
    while true {
      let missing = try targets.missing(for: patterns)
      guard !missing.isEmpty else { return try targets.repository(matching: patterns) }
      for request in missing { try await bring(request) }
    }
  }

  /// Brings a role's file from the store or the repository.
  ///
  /// A refusal is recorded, and whoever asked meets it.
  private mutating func bring(_ request: RoleRequest) async throws {
    if let stored = try await files.load(request.file) {
      do throws(Refusal) {
        return try targets.take(stored, for: request)
      } catch {
        // Another one may be in the repository.
      }
    }
    do {
      guard fetchedByteCount <= Limits.delegatedByteCount else {
        throw Refusal.delegatedTooLong(limit: Limits.delegatedByteCount)
      }
      let bytes = try await files.fetchRequired(request.file)
      fetchedByteCount += bytes.count
      try targets.take(bytes, for: request)
      try await files.save(bytes, request.file)
    } catch let refusal as Refusal {
      switch refusal {
      case .delegatedTooLong, .tooManyRoles: throw refusal
      // A fetcher that stopped at the limit has read that much.
      case .tooLong(_, let limit): fetchedByteCount += limit
      default: break
      }
      targets.refuse(request, refusal)
    }
  }
}
