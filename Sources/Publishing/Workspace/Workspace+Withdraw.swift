package import Basics
package import Improvements
internal import TUF

extension Workspace {
  /// A withdrawal that was made and signed.
  package struct StagedWithdrawal: Sendable {
    /// What is said.
    package let withdrawal: Withdrawal
    /// Who signed for it so far.
    package let signing: Signing
  }

  /// Withdraws an improvement: by its builders and reviewers, or by the recall role alone.
  package func withdrawing(
    _ component: String, serial number: Int64, reason: String, as hats: [Hat], now: UTCTime
  ) async throws -> StagedWithdrawal {
    let stream = try configuration.stream(of: component)
    let editor = try editor()
    let name = Serial(number).map(stream.manifestPath) ?? ""
    guard let serial = Serial(number), editor.delegatedRoles.contains(stream.buildRole),
      let target = try editor.targets(of: stream.buildRole).first(where: { $0.path.description == name }),
      let digest = target.sha256
    else { throw PublishingError.notPublished(component: component, serial: "\(number)") }
    let withdrawal = try Withdrawal(stream: stream, serial: serial, manifest: digest, reason: reason)
    let file = try writeTarget(withdrawal.bytes, at: stream.withdrawalPath(serial))
    return StagedWithdrawal(
      withdrawal: withdrawal, signing: try await describe(file, of: stream, as: hats, now: now))
  }
}
