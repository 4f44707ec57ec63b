import ArgumentParser
import CanonicalJSON
import Improvements
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

      With --as build only the builder's key signs, and the improvement waits until a reviewer has looked: see review.
      """)

  @OptionGroup var common: Common
  @OptionGroup var place: WorkspaceOption
  @OptionGroup var hat: HatOption

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

  @Option(
    name: .long,
    help: ArgumentHelp(
      "The fastest ramp that a rollout may take in the ring early, such as 10%@0,100%@6h; no limit if left out.",
      valueName: "ramp"))
  var early: String?

  @Option(name: .long, help: ArgumentHelp("The same for the ring late.", valueName: "ramp"))
  var late: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "A service that keeps what it read of files that are not mapped, such as scripts; may be given several times.",
      valueName: "name.service"))
  var reader: [String] = []

  @Flag(name: .long, help: "Say that no service keeps what it read of such files.")
  var noReaders = false

  @Option(
    name: .long,
    help: ArgumentHelp(
      "How it becomes live: restart, relaunch, soft-reboot or reboot; soft-reboot for the C library, else restart, where it is left out.",
      valueName: "class"))
  var activation: ActivationClass?

  @Flag(name: .long, help: "Its files belong together: they change places only while no program uses them (relaunch).")
  var coherent = false

  @Flag(name: .long, help: "Only say what the gates say.")
  var dryRun = false

  @Flag(name: .long, help: "Keep a draft for people elsewhere to sign; sign it with the keys at hand only.")
  var draft = false

  func validate() throws {
    guard activation != .live else { throw ValidationError("No device can patch running processes yet: not live.") }
    guard !coherent || activation != .restart else {
      throw ValidationError("--coherent goes with relaunch, soft-reboot or reboot.")
    }
    guard reader.isEmpty || !noReaders else { throw ValidationError("Give either --reader or --no-readers, not both.") }
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
      request.fastest[.early] = try early.map(Ramp.init(parsing:))
      request.fastest[.late] = try late.map(Ramp.init(parsing:))
      request.readers = reader.isEmpty && !noReaders ? nil : reader
      request.activation = activation
      request.isCoherent = coherent
      request.hats = try hat.hats()
      request.isDraft = draft
      if dryRun { return try tell(try workspace.judging(request)) }
      switch try await workspace.importing(request, now: WallClock.now()) {
      case .refused(let verdicts): try tell(verdicts)
      case .staged(let staged):
        common.tell(staged.json, StagedView(staged: staged).lines)
        if draft { common.tell(drafts: try workspace.drafts()) }
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
        if !verdict.read.isEmpty {
          common.console.line("reads    \(verdict.read.count) of them are read and not mapped")
        }
      } else {
        common.console.error("\(verdict.package) \(verdict.to) cannot become an improvement of \(verdict.from)")
        for refusal in verdict.refusals { common.console.note("  \(refusal.gate.rawValue): \(refusal)") }
      }
    }
    if verdicts.contains(where: { !$0.isEligible }) { throw ExitCode(1) }
  }
}

extension ActivationClass: ExpressibleByArgument {}
