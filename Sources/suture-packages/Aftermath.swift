import Linux
import Packages

/// What is done after packages were changed: the daemon is told, and what it does about it is shown.
struct Aftermath {
  private let options: Options
  private let here: Workplace

  init(_ options: Options, _ here: Workplace) {
    self.options = options
    self.here = here
  }

  func perform() throws {
    // Nothing was announced, or by somebody else who is not done yet: an apt that runs dpkg several times.
    guard let run = try here.work.run(), isOurs(run) else { return }
    guard DaemonCall(here.runtime).conclude(run.process) else {
      if !run.aside.isEmpty { SuturePackages.tell(Sentence.noDaemon) }
      return
    }
  }

  private func isOurs(_ run: PackageRun) -> Bool {
    if let number = options.process { return run.process == ProcessIdentity(running: number) }
    return ProcessIdentity(running: ProcessLauncher.ownPID)?.ancestors.contains(run.process) == true
  }
}
