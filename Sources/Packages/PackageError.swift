/// Why it could not be told what the package manager is at.
package enum PackageError: Error, Hashable, CustomStringConvertible {
  /// What apt told is not in the documented form; lines count from 1.
  case malformedChanges(line: Int, String)
  /// The note of a run is none.
  case malformedRun
  /// Somebody else changes what stands, and did not end within the limit.
  case turnTaken(seconds: Int64)
  /// dpkg-deb did not say what a package replaces.
  case archiveUnreadable(String, reason: String)
  /// A package's list of files cannot be read.
  case listUnreadable(String, reason: String)

  /// One sentence.
  package var description: String {
    switch self {
    case .malformedChanges(let line, let what): "line \(line) of what apt told is refused: \(what)"
    case .malformedRun: "the note of the package manager's run is damaged; it is made anew at the next run"
    case .turnTaken(let seconds): "what stands is being changed by somebody else since \(seconds) seconds; try again"
    case .archiveUnreadable(let name, let reason): "dpkg-deb does not say what \(name) replaces: \(reason)"
    case .listUnreadable(let name, let reason): "dpkg's list of the files of \(name) cannot be read: \(reason)"
    }
  }
}
