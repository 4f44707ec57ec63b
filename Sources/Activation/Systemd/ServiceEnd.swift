/// How a service of systemd's ended that should run, from its properties (org.freedesktop.systemd1(5)).
struct ServiceEnd: Sendable, Hashable {
  /// Systemd's word for it, such as `exit-code`.
  let result: String
  /// How the main process ended, as wait(2) tells it: 1 exited, 2 killed, 3 killed with a core dump.
  let code: Int32
  /// Its exit status or the signal's number.
  let status: Int32

  /// The status with which systemd's own child exits where it cannot run the program (systemd.exec(5)).
  private static let programNotRun: Int32 = 203

  /// What happened, as a sentence without an end.
  var account: String {
    switch (result, code) {
    case ("exit-code", 1) where status == Self.programNotRun: "its program cannot be run"
    case ("exit-code", 1) where status != 0: "its program exited with status \(status)"
    case ("exit-code", _): "a command of its unit file failed"
    case ("signal", 2): "its program was ended by signal \(status)"
    case ("core-dump", 3): "its program crashed with signal \(status)"
    case ("signal", _), ("core-dump", _): "a command of its unit file was ended by a signal"
    case ("timeout", _): "it did not start or end within its unit file's limit of time"
    case ("watchdog", _): "it did not say in time that it is alive"
    case ("protocol", _): "it ended or forked without saying that it is ready"
    case ("oom-kill", _): "the machine ran out of memory"
    case ("start-limit-hit", _): "systemd refuses a further start so soon"
    case ("resources", _): "systemd could not set up what it needs"
    case ("exec-condition", _): "a condition in its unit file does not hold"
    case ("success", 1): "its program ended by itself"
    case ("success", _): "it does not run"
    default: "systemd says '\(result.prefix(64))'"
    }
  }
}
