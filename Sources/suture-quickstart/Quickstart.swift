import ArgumentParser
import Linux
import Terminal

@main
struct Quickstart: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "quickstart",
    abstract: "Takes a real security update of a library to a running service, and off again.",
    usage: "quickstart [--package <package>] [--json] [--folder] [--keep]",
    discussion: """
      As root it does so over this machine's own files, in a mount namespace that nobody else sees: the vulnerable build \
      is laid over what is installed, and the improvement is mounted over that. As an ordinary user, or where mounts are \
      not possible, everything lives in a folder and needs no privilege. All of it is gone afterwards. Exit status: 0 the \
      service was protected and the removal proven too; 1 something failed; 69 the Debian archive cannot be reached.
      """,
    subcommands: [Service.self])

  @Option(
    name: .long,
    help: ArgumentHelp(
      "The library's package; libexpat1 where apt offers it in two versions, else another.", valueName: "package"))
  var package: String?

  @Flag(name: .long, help: "Print one JSON object a line, and nothing else, on standard output.")
  var json = false

  @Flag(name: .long, help: "Stay in a folder, even as root.")
  var folder = false

  @Flag(name: .long, help: "Leave the temporary folder in place, and say where it is.")
  var keep = false

  @Option(help: ArgumentHelp("The mount namespace that was left.", visibility: .private))
  var outside: String?

  @Option(help: ArgumentHelp("The name of the temporary folder.", visibility: .private))
  var stage: String?

  // It is gone before anything has started a thread, as `place` needs it.
  @MainActor static func main() async {
    do {
      var command = try parseAsRoot()
      if let quickstart = command as? Quickstart {
        try await quickstart.go()
      } else if var other = command as? any AsyncParsableCommand {
        try await other.run()
      } else {
        try command.run()
      }
    } catch { exit(withError: error) }
  }

  func run() async throws { try await go() }

  @MainActor func go() async throws {
    let console = Console(program: "quickstart")
    do {
      let place = try place(console)
      // The name is only believed where `place` believed the rest.
      let name = place.isRealPath ? try stage.map(Stage.checked) : nil
      let stage = try Stage(name: name ?? Stage.newName())
      let timeline = Timeline(console: console, isJSON: json)
      let result: Result<Void, any Error>
      do {
        try await Journey(stage: stage, place: place, timeline: timeline, wanted: package).travel()
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
  case notLaid(String)
  case interrupted

  var description: String {
    switch self {
    case .archive(let reason): "the Debian archive cannot be used: \(reason)"
    case .noPair(let what): what
    case .program(let name, let output): "\(name) failed: \(output)"
    case .silent(let what): what
    case .notProven(let what): "the proof failed: \(what)"
    case .notLaid(let reason): "the vulnerable build could not be laid over the machine's files: \(reason)"
    case .interrupted: "interrupted; everything was taken down"
    }
  }

  var hint: String? {
    switch self {
    case .archive: "check the network and /etc/apt/sources.list; `apt-get update` must work"
    case .noPair: "name a library that apt offers in two versions with --package"
    case .notLaid: "--folder needs no mounts"
    default: nil
    }
  }

  var isArchiveMissing: Bool { if case .archive = self { true } else { false } }
}
