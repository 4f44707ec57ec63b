package import Basics
package import Improvements
internal import Linux
package import TUF

extension Courier {
  /// The rollout record that a verified target names, and its digest; fetched only where it is not the one that was kept.
  package func rolloutRecord(_ target: VerifiedTarget) async throws -> (record: RolloutRecord, digest: Digest) {
    let name = "\(target.path)"
    let limit = RolloutRecord.byteLimit
    guard target.length <= limit else { throw DeliveryError.tooLong(name, limit: limit) }
    guard let digest = target.sha256 else {
      throw DeliveryError.badRecord(name, reason: "metadata names it by no SHA-256 digest")
    }
    guard let path = RelativePath("targets/\(target.filePath)"), let kept = RelativePath("rollout.json") else {
      throw DeliveryError.badRecord(name, reason: "its path is too long")
    }
    var bytes: [UInt8] = []
    do { bytes = try spool.readIfPresent(kept, limit: limit) ?? [] } catch {
      // What was kept is a copy: one that cannot be it is fetched anew.
      guard error.isTooLong else { throw error }
    }
    if !target.matches(bytes) {
      switch try await transport.get(path, byteLimit: target.length, unless: nil) {
      case .bytes(let fetched): bytes = fetched
      case .absent, .unchanged: throw DeliveryError.absent(name)
      }
      guard target.matches(bytes) else { throw DeliveryError.wrongContent(name, expected: digest) }
      try spool.write(bytes, to: kept)
    }
    do { return (try RolloutRecord(parsing: bytes), digest) } catch {
      throw DeliveryError.badRecord(name, reason: "\(error)")
    }
  }
}
