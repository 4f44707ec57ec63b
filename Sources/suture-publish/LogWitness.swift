import ArgumentParser
import Basics
import CanonicalJSON
import Linux
import LogKeeping
import Publishing
import UnixSignals

struct LogWitness: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "witness",
    abstract: "Serves a witness: cosigns checkpoints of logs that only ever grow.",
    discussion: """
      POST …/add-checkpoint as c2sp.org/tlog-witness says. The record of each log's last checkpoint is kept in DIR, on the disk \
      before anybody is answered; never bring DIR back from a backup, and never run two witnesses with one key. Ends on SIGTERM \
      or SIGINT.
      """)

  @OptionGroup var common: Common

  @Argument(help: ArgumentHelp("The folder with the witness's record; made where it is missing.", valueName: "dir"))
  var directory: String

  @Option(name: .long, help: ArgumentHelp("The witness's key file.", valueName: "file"))
  var key: String

  @Option(name: .long, help: ArgumentHelp("The key of a log to witness. Once for each log.", valueName: "vkey"))
  var log: [String]

  @Option(name: .long, help: "The port to listen on; 0 takes a free one.")
  var port = 8081

  @Option(name: .long, help: ArgumentHelp("The address to listen on.", valueName: "address"))
  var bind = "127.0.0.1"

  func validate() throws {
    guard (0...65_535).contains(port) else { throw ValidationError("--port takes a number from 0 to 65535.") }
  }

  func run() async throws {
    try await common.reporting {
      let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
      let key = try LogKeys.signer(key)
      let witness = try Witness(
        opening: try Directory.creating(path: directory, mode: 0o700), key: key, logs: try LogKeys.logs(log))
      let server = try await WitnessServer(witness, host: bind, port: port) {
        UInt64(clamping: WallClock.now().secondsSinceEpoch)
      }
      common.tell(
        ["event": "listening", "url": .string(server.url), "witness": .string(LogKeys.text(of: key))],
        ["listening on \(server.url)", "witness \(LogKeys.text(of: key))"])
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { for await _ in signals { return } }
        group.addTask { try await server.run() }
        try await group.next()
        group.cancelAll()
      }
    }
  }
}
