/// Who may speak of a stream, by the names of their roles: a repository is for one release and architecture, so that a
/// component's name is enough.
extension Stream {
  /// The role of those who build its improvements.
  package var buildRole: String { "\(component).build" }

  /// The role of those who review them.
  package var reviewRole: String { "\(component).review" }

  /// The letters by which the stream is filed, as in Debian's pool: the first, and after `lib` one more.
  ///
  /// A thousand streams named in one file would make that file half a megabyte, which every device would fetch whenever one
  /// is added.
  package var letters: String {
    String(component.prefix(component.hasPrefix("lib") && component.utf8.count > 3 ? 4 : 1))
  }

  /// The role that names this stream's two roles, and those of the streams that are filed by the same letters.
  package var groupRole: String { Self.groupPrefix + letters }

  /// What the names of such roles begin with.
  package static let groupPrefix = "streams-"

  /// Both: what they do not say alike is not believed.
  package var roles: [String] { [buildRole, reviewRole] }

  /// The role that may withdraw improvements of any stream, and do nothing else.
  package static let recallRole = "recall"

  /// The target path of the withdrawal of one of this stream's improvements: `debian-12/amd64/libexpat1/3.withdrawal.json`.
  package func withdrawalPath(_ serial: Serial) -> String { "\(self)/\(serial).withdrawal.json" }

  /// The stream and serial that a withdrawal's target path names.
  package static func named(byWithdrawalPath path: String) -> (stream: Stream, serial: Serial)? {
    let ending = ".withdrawal.json"
    guard path.hasSuffix(ending) else { return nil }
    return named(byManifestPath: String(path.dropLast(ending.utf8.count)) + ".json")
  }

  /// The stream of which a target's path speaks: an improvement's or a withdrawal's.
  package static func named(byTargetPath path: String) -> Stream? {
    named(byManifestPath: path)?.stream ?? named(byWithdrawalPath: path)?.stream
  }
}
