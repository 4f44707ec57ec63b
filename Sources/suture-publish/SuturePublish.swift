import ArgumentParser
import CanonicalJSON
import Publishing
import Terminal

@main
struct SuturePublish: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "suture-publish",
    abstract: "Makes background security improvements out of two builds of a package, and publishes them.",
    discussion: """
      The way: init a workspace, import-deb an old and a fixed build, publish to a folder that any web server serves. \
      `refresh` keeps a repository fresh (run it daily), `verify` looks at one as a device would.

      Exit status: 0 done; 1 refused by a gate or by verification; 64 wrong usage; 69 something is missing (apt, the \
      archive, a key file); 70 failed.
      """,
    version: "0.1",
    subcommands: [
      Init.self, ImportDeb.self, Publish.self, Refresh.self, Verify.self, Serve.self, Keys.self,
    ])
}

/// What every subcommand takes.
struct Common: ParsableArguments {
  @Flag(name: .long, help: "Print one JSON object a line.")
  var json = false

  var console: Console { Console(program: "suture-publish") }

  /// Prints an object where JSON is asked for, else lines for people.
  func tell(_ object: @autoclosure () -> JSON, _ lines: @autoclosure () -> [String]) {
    if json { console.line(object().compactText) } else { lines().forEach { console.line($0) } }
  }

  /// Runs a command and turns what went wrong into a sentence and an exit status.
  func reporting(_ work: () async throws -> Void) async throws {
    do { try await work() } catch let exit as ExitCode { throw exit } catch {
      let failure = Failure(error)
      console.error(failure.sentence, hint: failure.hint)
      throw ExitCode(failure.kind.exitStatus)
    }
  }
}

/// Where the workspace is.
struct WorkspaceOption: ParsableArguments {
  @Option(name: .long, help: ArgumentHelp("The publisher's workspace.", valueName: "dir"))
  var workspace = "."

  func open() throws -> Workspace { try Workspace(opening: workspace) }
}
