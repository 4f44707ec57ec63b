import ArgumentParser
import CanonicalJSON
import DeviceAPI
import Terminal

@main
struct Suture: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "suture",
    abstract: "Shows and changes the background security improvements of this machine.",
    discussion: """
      Exit status: 0 done, and for `status` protected or nothing to protect; 1 refused or failed; 2 `status` found \
      something exposed, pending or unknown; 3 nothing to do; 4 `status` found that a rollback failed; 64 wrong usage; \
      69 sutured does not answer. What changes something waits up to a minute for what the device is at work with.
      """,
    version: "0.1",
    subcommands: [
      Status.self, Look.self, Apply.self, Remove.self, Reapply.self, Pin.self, Unpin.self, History.self,
      Settings.self, Watch.self, Reboot.self,
    ],
    defaultSubcommand: Status.self)
}

/// What every subcommand takes.
struct Common: ParsableArguments {
  @Option(name: .long, help: ArgumentHelp("The folder that holds the whole device.", valueName: "dir"))
  var root: String = "/"

  @Flag(name: .long, help: "Print one JSON object a line.")
  var json = false

  var console: Console { Console(program: "suture") }

  func client() throws -> DeviceClient {
    try DeviceClient(at: "\(root == "/" ? "" : root)/run/suture/io.suture.Device")
  }

  /// How long to wait for what the device is at work with.
  private static let patience: Duration = .seconds(60)
  private static let pause: Duration = .milliseconds(250)

  /// Asks for something that the device does not do while it is at work with something else, and waits for that to end.
  ///
  /// Throws what `work` throws; `DeviceRefusal.busy` after a minute.
  func whenFree<Answer>(_ work: (DeviceClient) async throws -> Answer) async throws -> Answer {
    let deadline = ContinuousClock.now + Self.patience
    var isTold = false
    while true {
      do { return try await work(client()) } catch DeviceRefusal.busy where ContinuousClock.now < deadline {
        if !isTold {
          console.note("suture: the device is at work with something else; waiting until it is done, a minute at most")
        }
        isTold = true
        try await Task.sleep(for: Self.pause)
      }
    }
  }

  /// Runs a command and turns what went wrong into a sentence and an exit status.
  func reporting(_ work: () async throws -> Void) async throws {
    do { try await work() } catch let exit as ExitCode { throw exit } catch {
      let (status, hint) = outcome(of: error)
      console.error("\(error)", hint: hint)
      throw ExitCode(status)
    }
  }

  private func outcome(of error: any Error) -> (status: Int32, hint: String?) {
    switch error {
    case DeviceRefusal.nothingToDo: (3, nil)
    case DeviceRefusal.busy: (1, nil)
    case VarlinkError.closed: (69, nil)
    case VarlinkError.unreachable:
      (
        69,
        root == "/"
          ? "`systemctl start sutured` starts it; a device in a folder is asked with --root DIR"
          : "start it with `sutured --root \(root)`"
      )
    default: (1, nil)
    }
  }
}
