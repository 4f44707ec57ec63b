internal import Basics

/// Why something of a Debian archive was refused or could not be had; each description is one sentence.
package enum DebianError: Error, Hashable, Sendable, CustomStringConvertible {
  // Versions, relationships, stanzas, changelogs.
  case badVersion(String, reason: String)
  case badRelationship(String, reason: String)
  case badStanza(line: Int, reason: String)
  case badChangelog(reason: String)

  // Packages.
  case unreadable(file: String, reason: String)
  case notAPackage(file: String, reason: String)
  case missingField(file: String, field: String)
  case badField(file: String, field: String, value: String)
  case badMember(file: String, name: String, reason: String)
  case tooMuch(file: String, what: String, limit: Int)
  case noSuchMember(file: String, path: String)
  case changedWhileRead(file: String, path: String)

  // apt.
  case aptMissing(tool: String)
  case aptFailed(tool: String, status: String, message: String)
  case aptTimedOut(tool: String, seconds: Int)
  case aptSaidTooMuch(tool: String, limit: Int)
  case archiveUnreachable(message: String)
  case badName(String)
  case notOffered(package: String)
  case versionNotOffered(package: String, version: String, offered: [String])
  case noPair(section: String)
  case state(path: String, reason: String)

  /// One sentence that says what was refused, with the values.
  package var description: String {
    switch self {
    case .badVersion(let text, let reason): "\"\(text)\" is not a Debian version: \(reason)."
    case .badRelationship(let text, let reason): "\"\(text)\" is not a package relationship: \(reason)."
    case .badStanza(let line, let reason): "The control data is malformed at line \(line): \(reason)."
    case .badChangelog(let reason): "The changelog cannot be read: \(reason)."
    case .unreadable(let file, let reason): "\(file) cannot be read: \(reason)."
    case .notAPackage(let file, let reason): "\(file) is not a Debian package: \(reason)."
    case .missingField(let file, let field): "\(file) is refused: its control file has no field \(field)."
    case .badField(let file, let field, let value):
      "\(file) is refused: the field \(field) of its control file is malformed (\"\(value)\")."
    case .badMember(let file, let name, let reason): "\(file) is refused: its member \"\(name)\" \(reason)."
    case .tooMuch(let file, let what, let limit): "\(file) is refused: it has more than \(limit) \(what)."
    case .noSuchMember(let file, let path): "\(file) has no regular file \(path)."
    case .changedWhileRead(let file, let path):
      "\(file) is refused: the content of \(path) changed between two readings."
    case .aptMissing(let tool):
      "The program \(tool) is not on this machine; fetching by package name needs Debian's apt."
    case .aptFailed(let tool, let status, let message): "\(tool) failed (\(status)): \(message)"
    case .aptTimedOut(let tool, let seconds): "\(tool) did not finish within \(seconds) seconds and was ended."
    case .aptSaidTooMuch(let tool, let limit): "\(tool) printed more than \(limit) bytes and was ended."
    case .archiveUnreachable(let message): "apt could not read the package lists of its archives: \(message)"
    case .badName(let name): "\"\(name)\" is not the name of a Debian package or architecture."
    case .notOffered(let package): "apt offers no package \(package)."
    case .versionNotOffered(let package, let version, let offered):
      "apt offers \(package) only in \(offered.count == 1 ? "version" : "versions") "
        + "\(offered.joined(separator: ", ")): not in version \(version)."
    case .noPair(let section): "apt offers no package of section \(section) in two versions of one source."
    case .state(let path, let reason): "The private state of apt at \(path) cannot be used: \(reason)."
    }
  }
}
