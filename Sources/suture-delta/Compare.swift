import ArgumentParser
import CanonicalJSON
import Terminal

struct Compare: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Makes and applies a delta with every known program that is installed, and shows what each costs.",
    discussion: """
      Known are bsdiff, xdelta3, zstd, rdiff, ostree, hdiffz, xz, and of Python bsdiff4, hdiffpatch and detools \
      (SUTURE_PYTHON names a Python that has them). Trees are given to those that take only files as files of tar. \
      A figure stands only where the new side came back byte for byte. Memory is the most that the program, or one that \
      it started, had at once; anonymous is the program's own, without the files that it maps, looked at every \
      millisecond.
      """)

  @Argument(help: ArgumentHelp("The old file, folder or .deb.", valueName: "old"))
  var old: String

  @Argument(help: ArgumentHelp("The new file, folder or .deb.", valueName: "new"))
  var new: String

  @Flag(name: .long, help: "Print one JSON object for each program.")
  var json = false

  @Flag(name: .long, help: "Take .deb packages as the files that they are.")
  var packed = false

  @Option(name: .long, help: ArgumentHelp("How many seconds one step of a program may take.", valueName: "seconds"))
  var limit = 900

  @Option(name: .long, help: ArgumentHelp("How often a delta is applied; the shortest time counts.", valueName: "n"))
  var runs = 1

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Only programs whose names begin so, beside this one; may stand several times.", valueName: "name"))
  var only: [String] = []

  func validate() throws {
    guard limit > 0, runs > 0 else { throw ValidationError("--limit and --runs must be at least 1.") }
  }

  func run() async throws {
    try await Work.reporting {
      let progress = Progress()
      let outcomes = try await progress.during {
        let pair = try Side.pair(old, new, packagesAreFiles: packed, progress)
        let comparison = try Comparison(pair, limit: .seconds(limit), runs: runs, progress)
        var outcomes: [Comparison.Outcome] = []
        for peer in [Peer.ours] + Peer.all where isWanted(peer) {
          guard let outcome = try comparison.outcome(of: peer) else { continue }
          outcomes.append(outcome)
          if json {
            progress.clear()
            Work.console.line(Self.json(outcome, comparison.newLength).compactText)
          }
        }
        if !json {
          progress.clear()
          Self.show(outcomes, comparison.newLength)
        }
        return outcomes
      }
      if outcomes.first?.bytes == nil { throw ExitCode(1) }
    }
  }

  private func isWanted(_ peer: Peer) -> Bool {
    only.isEmpty || peer.name == Peer.ours.name || only.contains { peer.name.hasPrefix($0) }
  }

  private static func json(_ outcome: Comparison.Outcome, _ newLength: Int) -> JSON {
    func cost(_ cost: PeerRun.Cost) -> JSON {
      [
        "microseconds": .integer(cost.microseconds), "residentBytes": .integer(cost.residentBytes),
        "anonymousBytes": .integer(cost.anonymousBytes),
      ]
    }
    var members: [String: JSON] = [
      "program": .string(outcome.peer), "version": .string(outcome.version), "newBytes": .integer(Int64(newLength)),
    ]
    if let bytes = outcome.bytes {
      members["bytes"] = .integer(Int64(bytes))
      members["making"] = cost(outcome.making)
      members["applying"] = cost(outcome.applying)
    }
    members["refusal"] = outcome.refusal.map(JSON.string)
    return .object(members)
  }

  private static func show(_ outcomes: [Comparison.Outcome], _ newLength: Int) {
    let console = Work.console
    let width = outcomes.map { $0.peer.count + $0.version.count + 1 }.max() ?? 0
    let heads = ["bytes", "ours ÷", "make", "resident", "apply", "MB/s", "anonymous", "resident"]
    console.line(
      console.styled(
        Columns.left("\(Figure.count(newLength)) bytes", width) + heads.map { Columns.right($0, 12) }.joined(),
        .bold))
    let ours = outcomes.first?.bytes
    for outcome in outcomes {
      let name = Columns.left("\(outcome.peer) \(outcome.version)", width)
      guard let bytes = outcome.bytes else {
        console.line("\(name)  NOT RUN: \(outcome.refusal ?? "no reason is known")")
        continue
      }
      let cells = [
        Figure.count(bytes), ours.map { ratio($0, bytes) } ?? "–",
        Figure.time(microseconds: outcome.making.microseconds), mebibytes(outcome.making.residentBytes),
        Figure.time(microseconds: outcome.applying.microseconds),
        Figure.count(newLength / Int(max(outcome.applying.microseconds, 1))),
        mebibytes(outcome.applying.anonymousBytes), mebibytes(outcome.applying.residentBytes),
      ]
      console.line(name + cells.map { Columns.right($0, 12) }.joined())
    }
  }

  private static func ratio(_ part: Int, _ whole: Int) -> String {
    let thousandths = whole > 0 ? part * 1_000 / whole : 0
    let digits = String(thousandths % 1_000)
    return "\(thousandths / 1_000).\(String(repeating: "0", count: 3 - digits.count))\(digits)"
  }

  private static func mebibytes(_ bytes: Int64) -> String {
    guard bytes > 0 else { return "–" }
    let tenths = (bytes * 10 + (1 << 19)) >> 20
    return "\(tenths / 10).\(tenths % 10) MiB"
  }
}
