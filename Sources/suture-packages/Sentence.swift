import Linux
import Packages

/// What is told to whoever runs the package manager.
enum Sentence: Error, CustomStringConvertible {
  /// The command line is not one of this program's.
  case usage(String)
  /// These step aside.
  case aside([String], for: PackageRun.Announcer)
  /// What apt names could not be told, so that all step aside.
  case allAside(reason: String)
  /// A graft could not be taken off.
  case notUncovered(String, reason: String)
  /// The daemon could not be told.
  case noDaemon
  /// The daemon has not ended in time.
  case goesOn
  /// The process that changes packages is not there any more.
  case noProcess(Int32)

  /// One sentence.
  var description: String {
    switch self {
    case .usage(let what): "\(what); usage: suture-packages before|after [--apt] [--process PID]"
    case .aside(let names, let announcer): "\(names.joined(separator: ", ")): stepping aside for \(announcer.rawValue)"
    case .allAside(let reason): "everything steps aside: \(reason)"
    case .notUncovered(let path, let reason):
      "/\(path) is still covered, so that dpkg may say Invalid cross-device link: \(reason)"
    case .noDaemon: "sutured does not answer; what stepped aside is looked at again when it starts"
    case .goesOn: "sutured goes on by itself; `suture status` says how it stands"
    case .noProcess(let number): "process \(number), which changes packages, is not there any more"
    }
  }
}
