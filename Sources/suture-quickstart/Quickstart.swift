import ArgumentParser
import Terminal

@main
struct Quickstart: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "quickstart",
    abstract: "Takes a real security update of a library to a running service, and off again.",
    discussion: """
      Needs no privilege: everything lives in a temporary folder, and all of it is gone afterwards. Exit status: 0 the \
      service was protected and the removal proven too; 1 something failed; 69 the Debian archive cannot be reached.
      """,
    subcommands: [Run.self, Service.self], defaultSubcommand: Run.self)
}

struct Run: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "run", abstract: "The whole way (what runs by default).")

  @Option(
    name: .long,
    help: ArgumentHelp(
      "The library's package; libexpat1 where apt offers it in two versions, else another.", valueName: "package"))
  var package: String?

  @Flag(name: .long, help: "Print one JSON object a line, and nothing else, on standard output.")
  var json = false

  @Flag(name: .long, help: "Leave the temporary folder in place, and say where it is.")
  var keep = false

  func run() async throws {
    let console = Console(program: "quickstart")
    do {
      let stage = try Stage()
      let timeline = Timeline(console: console, isJSON: json)
      let result: Result<Void, any Error>
      do {
        try await Journey(stage: stage, timeline: timeline, wanted: package).travel()
        result = .success(())
      } catch { result = .failure(error) }
      await stage.end()
      if keep { console.note("quickstart: everything is kept in \(stage.path)") } else { try stage.remove() }
      try result.get()
    } catch let error as QuickstartError {
      console.error(error.description, hint: error.hint)
      throw ExitCode(error.isArchiveMissing ? 69 : 1)
    } catch {
      console.error("\(error)")
      throw ExitCode(1)
    }
  }
}

/// Why the way could not be gone to its end.
enum QuickstartError: Error, CustomStringConvertible {
  case archive(String)
  case noPair(String)
  case program(String, String)
  case silent(String)
  case notProven(String)
  case interrupted

  var description: String {
    switch self {
    case .archive(let reason): "the Debian archive cannot be used: \(reason)"
    case .noPair(let what): what
    case .program(let name, let output): "\(name) failed: \(output)"
    case .silent(let what): what
    case .notProven(let what): "the proof failed: \(what)"
    case .interrupted: "interrupted; everything was taken down"
    }
  }

  var hint: String? {
    switch self {
    case .archive: "check the network and /etc/apt/sources.list; `apt-get update` must work"
    case .noPair: "name a library that apt offers in two versions with --package"
    default: nil
    }
  }

  var isArchiveMissing: Bool { if case .archive = self { true } else { false } }
}
