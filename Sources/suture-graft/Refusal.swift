import Linux
import Values

/// Why nothing was changed.
enum Refusal: Error, CustomStringConvertible {
  /// The plan is not in its form; lines count from 1, 0 stands for the whole.
  case plan(line: Int, String)
  /// The command line is not one of this program's.
  case usage(String)
  /// Something that the kernel did not do.
  case system(LinuxError)
  /// No file stands where a graft is to stand.
  case nothingThere(RelativePath)
  /// Two grafts would stand at one file.
  case doublePlace(RelativePath, RelativePath)
  /// The stored file is not the one that was verified.
  case wrongFile(String, expected: FileIdentity, found: FileIdentity)
  /// The stored file is none.
  case noPlainFile(String)
  /// Something is mounted over a directory on the way to a graft.
  case hidden(RelativePath)
  /// After a failure some file could not be put back.
  case notUndone(RelativePath, why: String, after: String)

  /// What the program's exit status says of it (README.md).
  var status: Int32 {
    switch self {
    // EX_TEMPFAIL of sysexits.h: nothing is wrong with the plan.
    case .system(let error) where error.isShortage || error.isLocked: 75
    // EX_SOFTWARE: what stands has to be looked at.
    case .notUndone: 70
    default: 1
    }
  }

  /// One sentence.
  var description: String {
    switch self {
    case .plan(let line, let what): line == 0 ? "the plan is refused: \(what)" : "line \(line) of the plan: \(what)"
    case .usage(let what): "\(what); usage: suture-graft [--namespace /proc/PID/ns/mnt] [--without-beneath] < PLAN"
    case .system(let error): error.description
    case .nothingThere(let path): "nothing stands at \(path), and a graft covers what is there"
    case .doublePlace(let path, let other): "\(path) and \(other) are the same file, where two grafts would stand"
    case .wrongFile(let name, let expected, let found):
      "the stored file \(name) is \(found) and not \(expected), which was verified"
    case .noPlainFile(let name): "\(name) in the store is no plain file"
    case .hidden(let path): "another mount hides the graft at \(path); unmount that first"
    case .notUndone(let path, let why, let after): "\(after); and \(path) could not be put back: \(why)"
    }
  }
}
