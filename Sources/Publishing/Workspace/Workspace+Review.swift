package import Basics
package import Improvements
internal import Linux
internal import TUF

/// A change of a stream that waits for signatures: what a reviewer is to look at.
package struct PendingChange: Sendable {
  /// The stream.
  package let stream: Stream
  /// The target.
  package let path: String
  /// The digest that is signed for.
  package let digest: Digest
  /// What the file says.
  package let content: Content
  /// The roles that name it, each with the beginnings of the keys that have signed.
  package let named: [(role: String, signers: [String], needed: Int)]

  /// What a target's file says.
  package enum Content: Sendable {
    /// An improvement's manifest.
    case improvement(Manifest)
    /// The withdrawal of one.
    case withdrawal(Withdrawal)
  }
}

extension Workspace {
  /// What waits for signatures, of one component or of all, read from the files that are to be signed for: every manifest
  /// and every payload that it names is compared with its digest.
  package func pending(_ component: String? = nil) throws -> [PendingChange] {
    let published = try editor()
    var changes: [PendingChange] = []
    for unit in try unitsWithDrafts() {
      let drafted = try drafted(of: unit)
      let roles = unit.roles.filter(drafted.delegatedRoles.contains)
      var targets: [TargetPath: TargetDescription] = [:]
      for role in roles where try drafted.isChanged(role) {
        let before = Set(try published.targets(of: role))
        for target in try drafted.targets(of: role) where !before.contains(target) { targets[target.path] = target }
      }
      for (path, target) in targets.sorted(by: { $0.key < $1.key }) {
        let text = "\(path)"
        guard let digest = target.sha256,
          let stream = Stream.named(byManifestPath: text)?.stream ?? Stream.named(byWithdrawalPath: text)?.stream,
          component == nil || stream.component == component
        else { continue }
        let named = try roles.filter { try drafted.targets(of: $0).contains(target) }.map { role in
          (role, try drafted.signers(of: role).map(\.text), try drafted.keys(of: role).threshold)
        }
        changes.append(
          PendingChange(stream: stream, path: text, digest: digest, content: try content(of: target), named: named))
      }
    }
    return changes
  }

  /// Signs for what waits in a component's stream: as a reviewer for what the builders named, as a builder for what
  /// another builder began.
  package func approve(_ component: String, as hat: Hat, now: UTCTime) async throws -> Signing {
    let stream = try configuration.stream(of: component)
    guard try !pending(component).isEmpty else { throw PublishingError.nothingPending(component: component) }
    let unit = DraftUnit(stream, as: [hat])
    var editor = try drafted(of: unit)
    let role = hat.role(of: stream)
    if hat == .review {
      let described = Set(try editor.targets(of: role))
      for target in try editor.targets(of: stream.buildRole) where !described.contains(target) {
        guard let digest = target.sha256 else { continue }
        try editor.setTarget(target.path, length: target.length, sha256: digest, custom: target.custom, in: role)
      }
    }
    guard try editor.isChanged(role) else { throw PublishingError.nothingPending(component: component) }
    try sign(role, in: &editor, now: now)
    return try await settle(&editor, unit, now: now)
  }

  private func content(of target: TargetDescription) throws -> PendingChange.Content {
    let file = try RepositoryFolder.targets.file(target.filePath)
    let bytes = try directory.read(file, limit: Manifest.byteLimit)
    guard target.length == bytes.count, target.hashes.match(bytes) else {
      throw PublishingError.otherBytes(file: "targets/\(target.filePath)")
    }
    if Stream.named(byWithdrawalPath: target.path.description) != nil {
      return .withdrawal(try Withdrawal(parsing: bytes))
    }
    let manifest = try Manifest(parsing: bytes)
    for payload in manifest.baselines.flatMap(\.files).map(\.payload) {
      let file = try RepositoryFolder.payloads.file(payload.digest.hex)
      let bytes = try directory.read(file, limit: payload.length)
      guard bytes.count == payload.length, Digest(of: bytes) == payload.digest else {
        throw PublishingError.otherBytes(file: "\(file)")
      }
    }
    return .improvement(manifest)
  }
}
