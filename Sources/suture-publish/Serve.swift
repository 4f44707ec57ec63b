import ArgumentParser
import CanonicalJSON
import Publishing
import UnixSignals

struct Serve: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Serves a folder's plain files over HTTP, for trying things out.",
    discussion: """
      GET and HEAD, conditional and partial; nothing but plain files beneath the folder, no names that begin with a full \
      stop. Devices need no trust in it. Ends on SIGTERM or SIGINT.
      """)

  @OptionGroup var common: Common

  @Argument(help: ArgumentHelp("The folder to serve.", valueName: "dir"))
  var directory: String

  @Option(name: .long, help: "The port to listen on; 0 takes a free one.")
  var port = 8080

  @Option(name: .long, help: ArgumentHelp("The address to listen on.", valueName: "address"))
  var bind = "127.0.0.1"

  func validate() throws {
    guard (0...65_535).contains(port) else { throw ValidationError("--port takes a number from 0 to 65535.") }
  }

  func run() async throws {
    try await common.reporting {
      let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
      let server = try await FileServer(directory: directory, host: bind, port: port)
      common.tell(["event": "listening", "url": .string(server.url)], ["listening on \(server.url)"])
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { for await _ in signals { return } }
        group.addTask { try await server.run() }
        try await group.next()
        group.cancelAll()
      }
    }
  }
}
