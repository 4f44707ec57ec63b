import ArgumentParser
import CanonicalJSON
import Linux
import Publishing
import Terminal

struct ImportDeb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import-deb",
    abstract: "Turns an old and a fixed build of a Debian package into a signed improvement in the workspace.",
    discussion: """
      Either two files, OLD.deb and NEW.deb, or --package with --from and --to, fetched by apt with a private state and \
      verified by apt's own keys. More baselines that the improvement is to fit are named with --baseline. Gates refuse what \
      cannot be an improvement, each with a sentence. Nothing is published yet.
      """)

  @OptionGroup var common: Common
  @OptionGroup var place: WorkspaceOption

  @Argument(help: ArgumentHelp("The old build, a baseline.", valueName: "old.deb"))
  var old: String?

  @Argument(help: ArgumentHelp("The fixed build.", valueName: "new.deb"))
  var new: String?

  @Option(name: .long, help: ArgumentHelp("Another old build that the improvement is to fit.", valueName: "old.deb"))
  var baseline: [String] = []

  @Option(name: .long, help: "The package to fetch, such as libexpat1.")
  var package: String?

  @Option(name: .long, help: ArgumentHelp("The old version; may be given several times.", valueName: "version"))
  var from: [String] = []

  @Option(name: .long, help: ArgumentHelp("The fixed version.", valueName: "version"))
  var to: String?

  @Option(name: .long, help: ArgumentHelp("An advisory besides those of the changelog.", valueName: "id"))
  var advisory: [String] = []

  @Flag(name: .long, help: "Only say what the gates say.")
  var dryRun = false

  func validate() throws {
    guard package != nil else {
      guard from.isEmpty, to == nil else { throw ValidationError("--from and --to go with --package.") }
      guard old != nil, new != nil else { throw ValidationError("Name OLD.deb and NEW.deb, or --package.") }
      return
    }
    guard old == nil, new == nil else { throw ValidationError("Name either two files or --package, not both.") }
    guard !from.isEmpty, to != nil else { throw ValidationError("--package needs --from and --to.") }
  }

  func run() async throws {
    try await common.reporting {
      let workspace = try place.open()
      var request = try await request(workspace)
      request.advisories = advisory
      if dryRun { return try tell(try workspace.judging(request)) }
      switch try await workspace.importing(request, now: WallClock.now()) {
      case .refused(let verdicts): try tell(verdicts)
      case .staged(let staged): common.tell(staged.json, StagedView(staged: staged).lines)
      }
    }
  }

  private func request(_ workspace: Workspace) async throws -> Workspace.ImportRequest {
    guard let package, let to else { return .init(baselines: [old].compactMap(\.self) + baseline, improved: new ?? "") }
    let fetch = PackageFetch(
      state: workspace.directory.path + "/apt", architecture: workspace.configuration.architecture)
    let console = common.console
    let files = try await fetch.files(of: package, versions: from + [to]) { line in
      if line.hasPrefix("Get:") || line.hasPrefix("Err:") { console.note(line) }
    }
    return .init(baselines: Array(files.dropLast()) + baseline, improved: files.last ?? "")
  }

  private func tell(_ verdicts: [Verdict]) throws {
    for verdict in verdicts {
      if common.json {
        common.console.line(verdict.json.compactText)
      } else if verdict.isEligible {
        common.console.line("\(verdict.package) \(verdict.to) can become an improvement of \(verdict.from)")
        common.console.line("changes  \(verdict.changed.count) files; leaves out \(verdict.omitted.count)")
      } else {
        common.console.error("\(verdict.package) \(verdict.to) cannot become an improvement of \(verdict.from)")
        for refusal in verdict.refusals { common.console.note("  \(refusal.gate.rawValue): \(refusal)") }
      }
    }
    if verdicts.contains(where: { !$0.isEligible }) { throw ExitCode(1) }
  }
}
