import ArgumentParser
import CanonicalJSON
import Linux
import LogKeeping
import Publishing
import Terminal

struct LogCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "log",
    abstract: "The public log: makes and keeps it, witnesses it, watches it.",
    discussion: """
      `init` makes a workspace's log. Publishing then logs every improvement and every root, has the witnesses of the target \
      policy/witnesses cosign, and ships a proof beside each manifest. `witness` is for others: whoever runs it sees to it that \
      the log has one history. `monitor` is for you: it tells of every entry of your streams that you did not make.
      """,
    subcommands: [
      LogInit.self, LogAdd.self, LogNewKey.self, LogWitness.self, LogMonitorCommand.self,
    ])
}

struct LogInit: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init",
    abstract: "Makes the workspace's log, empty, and its key.",
    discussion: """
      ORIGIN names the log for ever: a name under a domain of yours, such as log.example.org/suture. The line that is printed \
      goes into the policy of witnesses, and to the witnesses themselves.
      """)

  @OptionGroup var common: Common
  @OptionGroup var place: WorkspaceOption

  @Argument(help: ArgumentHelp("The log's name.", valueName: "origin"))
  var origin: String

  func run() async throws {
    try await common.reporting {
      let key = try place.open().makingLog(origin: origin)
      common.tell(
        ["event": "log", "origin": .string(origin), "key": .string(key)],
        ["log  \(origin), empty", "key  \(key)", "a policy of witnesses begins with: log \(key)"])
    }
  }
}

struct LogAdd: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "add",
    abstract: "Logs what the workspace will publish, and makes the proofs; `publish` does it as well.",
    discussion:
      "Every root, improvement and withdrawal that the log does not hold yet. Run again, it does what is left to do.")

  @OptionGroup var common: Common
  @OptionGroup var place: WorkspaceOption

  func run() async throws {
    try await common.reporting {
      let workspace = try place.open()
      guard let account = try await workspace.logging() else {
        throw LogKeepingError.noLog(place: workspace.directory.path)
      }
      common.tell(account.json, ["log  \(account.sentence)"])
    }
  }
}

struct LogNewKey: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "new-key",
    abstract: "Makes a witness's key.",
    discussion: """
      NAME is a name under a domain of the operator's, such as witness.example.net/w1: a policy tells operators apart by what \
      stands before the slash. The line that is printed goes into the policies of those who want this witness.
      """)

  @OptionGroup var common: Common

  @Argument(help: ArgumentHelp("The file to make; it must not exist.", valueName: "file"))
  var file: String

  @Option(name: .long, help: ArgumentHelp("The witness's name.", valueName: "name"))
  var name: String

  func run() async throws {
    try await common.reporting {
      let key = try LogKeys.makeWitnessKey(named: name, at: file)
      common.tell(
        ["event": "key", "file": .string(file), "key": .string(key)],
        ["key      \(key)", "private  \(file), readable by you only", "a policy's line: witness NAME \(key) ADDRESS"])
    }
  }
}
