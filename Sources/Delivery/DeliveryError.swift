package import Basics

/// Why something could not be brought here.
package enum DeliveryError: Error, Hashable, CustomStringConvertible {
  /// The text is no address of a repository.
  case notAnAddress(String)
  /// The repository could not be asked.
  case unreachable(String, reason: String)
  /// The repository answered with something else than the file.
  case unexpectedAnswer(String, status: Int)
  /// The repository has no such file.
  case absent(String)
  /// There was more of it than allowed.
  case tooLong(String, limit: Int)
  /// What came is not what verified metadata names.
  case wrongContent(String, expected: Digest)
  /// The manifest is not one, or not for the place where it stands.
  case badManifest(String, reason: String)
  /// The withdrawal is not one, or not for the place where it stands.
  case badWithdrawal(String, reason: String)
  /// The rollout record is not one.
  case badRecord(String, reason: String)

  /// One sentence.
  package var description: String {
    switch self {
    case .notAnAddress(let text):
      "\(text) is no repository address; write http://…, https://… or an absolute directory"
    case .unreachable(let name, let reason): "\(name) could not be fetched: \(reason)"
    case .unexpectedAnswer(let name, let status):
      "\(name) could not be fetched: the server answered with status \(status)"
    case .absent(let name): "the repository has no \(name), which its own metadata names; try again later"
    case .tooLong(let name, let limit): "\(name) is refused: it is longer than \(limit) bytes"
    case .wrongContent(let name, let expected):
      "\(name) is refused: it is not the file with digest \(expected.short)… that verified metadata names"
    case .badManifest(let name, let reason), .badRecord(let name, let reason), .badWithdrawal(let name, let reason):
      "\(name) is refused: \(reason)"
    }
  }
}
