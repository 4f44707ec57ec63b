package import Basics
package import CanonicalJSON
internal import Improvements
internal import Linux
internal import TUF

extension RepositoryCheck {
  /// How long before its expiry what online keys sign is told of, in hours: refreshed daily, it has that long to spare.
  private static let refreshHours: Int64 = 6

  /// Something that a publisher should know of a repository.
  package struct Finding: Sendable, Hashable {
    /// What it is.
    package let sentence: String
    /// Whether it is a fault, and not only to be seen to.
    package let isFault: Bool

    /// `{"event":"finding","fault":…,"sentence":…}`.
    package var json: JSON { ["event": "finding", "fault": .bool(isFault), "sentence": .string(sentence)] }
  }

  /// Everything that is wrong with a folder's roles and targets, or to be seen to: what ``folder(_:rootFile:now:)`` would
  /// stop at, and what it says nothing of.
  ///
  /// - Parameter days: roles that expire within so many days are told of.
  package static func findings(
    in path: String, rootFile: String?, within days: Int, now: UTCTime
  ) throws -> [Finding] {
    let directory = try Directory(path: path)
    let root = try root(of: directory, rootFile: rootFile)
    let audit = try RepositoryAudit(
      pinnedRoot: root, now: now, soon: now.advanced(by: .seconds(Int64(days) * 86_400)),
      reading: { name in
        try directory.readIfPresent(try RepositoryFolder.metadata.file(name), limit: Workspace.fileByteLimit)
      },
      target: { name in
        try directory.readIfPresent(try RepositoryFolder.targets.file(name), limit: Workspace.fileByteLimit)
      })
    let late = now.advanced(by: .seconds(refreshHours * 3_600))
    return audit.findings.filter { finding in
      // Builders and reviewers are to speak of the same; so may the recall role, of a withdrawal.
      if case .overridden(let role, let path, let by) = finding, let stream = Stream.named(byTargetPath: "\(path)") {
        return !Set(stream.roles + [Stream.recallRole]).isSuperset(of: [role, by])
      }
      guard case .expiresSoon(let role, let expires) = finding, ["snapshot", "timestamp"].contains(role) else {
        return true
      }
      return expires <= late
    }.map { Finding(sentence: "\($0)", isFault: $0.isFault) }
  }
}
