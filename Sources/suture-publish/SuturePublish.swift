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

      Changes of keys and delegations are staged as drafts, signed by each person on their own machine, merged, and \
      accepted once enough have signed.

      Exit status: 0 done; 1 refused by a gate or by verification; 64 wrong usage; 69 something is missing (apt, the \
      archive, a key file); 70 failed.
      """,
    version: "0.1",
    subcommands: [
      Init.self, StreamCommand.self, ImportDeb.self, Review.self, Withdraw.self, Publish.self, RolloutCommand.self,
      Refresh.self, Verify.self, Serve.self, Keys.self, LogCommand.self,
    ],
    groupedSubcommands: [
      CommandGroup(
        name: "Staging",
        subcommands: [
          NewKey.self, Delegate.self, Undelegate.self, Rotate.self, Renew.self, AddTarget.self, RemoveTarget.self,
          Drafts.self, Show.self, Sign.self, Merge.self, Accept.self, Discard.self,
        ])
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

  @Option(
    name: .long,
    help: ArgumentHelp("The folder with your keys; the workspace's own if none is named.", valueName: "dir"))
  var keys: String?

  func open() throws -> Workspace { try Workspace(opening: workspace, keyFolder: keys) }
}

/// As whom a command signs.
struct HatOption: ParsableArguments {
  @Option(
    name: .long, help: ArgumentHelp("As whom to sign: build or review; both if left out.", valueName: "build|review"))
  var `as`: String?

  /// Those among the allowed ones that were named, or builder and reviewer.
  func hats(_ allowed: [Hat] = [.build, .review]) throws -> [Hat] {
    guard let text = `as` else { return [.build, .review] }
    guard let hat = Hat(rawValue: text), allowed.contains(hat) else {
      throw ValidationError("--as takes \(allowed.map(\.rawValue).joined(separator: " or ")).")
    }
    return [hat]
  }
}

extension Signing {
  /// Who signed, and what is to come.
  var lines: [(name: String, value: String)] {
    var lines = roles.filter { !$0.signers.isEmpty }.map { role in
      let keys = role.signers.map { String($0.prefix(8)) }.joined(separator: ", ")
      return ("signed by", "\(keys) of \(role.role), \(role.needed) needed")
    }
    if Set(roles.filter { !$0.signers.isEmpty }.map(\.role)).count > 1, isComplete {
      lines.append(("note", "builder's and reviewer's keys are both here: two keys in one hand are one key"))
    }
    for role in roles where !role.hasSpoken || role.signers.count < role.needed {
      lines.append(("waits for", "\(role.role): suture-publish review shows what is to be signed"))
    }
    if !isComplete, roles.allSatisfy({ $0.hasSpoken && $0.signers.count >= $0.needed }) {
      lines.append(("next", "suture-publish publish, with the snapshot and timestamp keys"))
    }
    return lines
  }
}
