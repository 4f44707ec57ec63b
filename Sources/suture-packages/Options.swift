import Linux

/// What the command line says.
struct Options {
  /// The moment of the package manager's run.
  enum Moment: String {
    case before
    case after
  }

  /// When it was called.
  let moment: Moment
  /// Whether apt calls, which tells more than dpkg.
  var isApt = false
  /// The number of the process that changes packages; nil where apt is among the ancestors.
  var process: Int32?
  /// The root whose files are covered.
  var root = "/"
  /// The folder beneath which Suture's own places lie.
  var home = ""
  /// Whether what is covered is covered in this process's own mount namespace, and not in process 1's.
  var isOwnNamespace = false

  init(_ words: ArraySlice<String>) throws(Sentence) {
    var rest = words
    guard let moment = rest.popFirst().flatMap({ Moment(rawValue: $0) }) else {
      throw .usage("the first word is before or after")
    }
    self.moment = moment
    while let word = rest.popFirst() {
      switch word {
      case "--apt": isApt = true
      case "--process":
        guard let number = rest.popFirst().flatMap({ Int32($0) }), number > 0 else {
          throw .usage("--process takes a number")
        }
        process = number
      case "--root":
        guard let path = rest.popFirst(), path.hasPrefix("/") else { throw .usage("--root takes an absolute path") }
        root = path
      case "--home":
        guard let path = rest.popFirst(), path.hasPrefix("/") else { throw .usage("--home takes an absolute path") }
        home = path == "/" ? "" : path
      case "--own-namespace": isOwnNamespace = true
      default: throw .usage("\(word) is unknown")
      }
    }
    guard process != nil || (isApt && moment == .after) else { throw .usage("--process is missing") }
  }

  /// Whether the package manager's work concerns what stands on this machine.
  var concernsThisMachine: Bool {
    guard ProcessLauncher.userID == 0 else { return false }
    // dpkg says beneath which root it works (dpkg(1)); of another one nothing is covered.
    guard ["", "/"].contains(ProcessEnvironment.value("DPKG_ROOT") ?? "") else { return false }
    return isOwnNamespace || ProcessTable.sharesRoot(1)
  }
}
