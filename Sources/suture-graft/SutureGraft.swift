import Linux
import Values

/// One plan from standard input, done in one mount namespace.
///
/// No thread is ever started here: the kernel lets only a process of one thread enter a namespace.
@main struct SutureGraft {
  /// What the command line says.
  struct Options {
    /// The namespace to enter, such as `/proc/1/ns/mnt`.
    var namespace: String?
    /// Whether to do without MOVE_MOUNT_BENEATH even where the kernel has it.
    var isWithoutBeneath = false

    init(_ words: ArraySlice<String>) throws(Refusal) {
      var rest = words
      while let word = rest.popFirst() {
        switch word {
        case "--namespace":
          guard let name = rest.popFirst(), name.hasPrefix("/") else { throw .usage("--namespace takes a path") }
          namespace = name
        case "--without-beneath": isWithoutBeneath = true
        default: throw .usage("\(word) is unknown")
        }
      }
    }
  }

  /// How long another change of the same grafts is waited for: each takes milliseconds.
  static let lockLimit = Duration.seconds(2)

  static func main() {
    // Each graft of a set is held open several times before the first is switched.
    ProcessLimits.raiseOpenFiles()
    do throws(Refusal) {
      let options = try Options(CommandLine.arguments.dropFirst())
      if let line = try run(options) { StandardStream.output.write(line + "\n") }
    } catch {
      StandardStream.error.write("suture-graft: error: \(error)\n")
      ProcessLauncher.exit(error.status)
    }
  }

  /// Does the work and gives the line to print; nil where a file was sent instead.
  static func run(_ options: Options) throws(Refusal) -> String? {
    do {
      let plan = try Plan(parsing: StandardStream.readInput(limit: Plan.byteLimit))
      let proc = try OwnProcFolder()
      if let name = options.namespace { try MountNamespace.enter(name) }
      switch plan.job {
      case .establish(let grafts):
        return try alone(plan, proc) { here throws(Refusal) in
          let isGapless = !options.isWithoutBeneath && DetachedMount.canAttachBeneath
          return try GraftSwitch(grafts, in: here, isGapless: isGapless)
        }
      case .uncover(let paths):
        return try alone(plan, proc) { here throws(Refusal) in try GraftSwitch(uncovering: paths, in: here) }
      case .open(let path):
        try MountNamespace.leaveForCopy()
        if let file = try Workplace(plan, proc).openBeneath(path) { try ProcessLauncher.sendOnOutput(file) }
        return nil
      }
    } catch let refusal as Refusal { throw refusal } catch let error as LinuxError { throw .system(error) } catch {
      throw .plan(line: 0, "\(error)")
    }
  }

  // What stands is read when nobody else changes it any more.
  private static func alone(
    _ plan: Plan, _ proc: OwnProcFolder, _ prepare: (Workplace) throws(Refusal) -> GraftSwitch
  ) throws -> String {
    let lock = try Workplace.open(plan.store, links: .refused)
    try lock.lock(waitingAtMost: lockLimit)
    let change = try prepare(Workplace(plan, proc))
    try change.perform()
    withExtendedLifetime(lock) {}
    let account = change.account
    return """
      {"added":\(account.added),"gapless":\(change.isGapless),"kept":\(account.kept),"removed":\(account.removed),\
      "replaced":\(account.replaced)}
      """
  }
}
