import ArgumentParser
import CanonicalJSON
import Linux
import Publishing
import Terminal

struct Review: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Shows what waits for a signature, and signs for it.",
    discussion: """
      Without --as it only shows: the digest that would be signed, what the improvement changes and why, and who has signed \
      so far. Look at it; build it again, if you can. With --as review the reviewer's key says the same as the builder's, \
      with --as build another builder's joins. What is complete is published by the next publish.
      """)

  @OptionGroup var common: Common
  @OptionGroup var place: WorkspaceOption

  @Argument(help: ArgumentHelp("The component; all that wait if none is named.", valueName: "component"))
  var component: String?

  @Option(name: .long, help: ArgumentHelp("As whom to sign.", valueName: "build|review|recall"))
  var `as`: String?

  func validate() throws {
    guard let text = `as` else { return }
    guard Hat(rawValue: text) != nil else { throw ValidationError("--as takes build, review or recall.") }
    guard component != nil else { throw ValidationError("Name the component to sign for.") }
  }

  func run() async throws {
    try await common.reporting {
      let workspace = try place.open()
      let pending = try workspace.pending(component)
      for change in pending { common.tell(change.json, PendingView(change: change).lines) }
      if pending.isEmpty { common.tell(["event": "nothing-pending"], ["nothing waits for a signature"]) }
      guard let component, let hat = `as`.flatMap(Hat.init) else { return }
      let signing = try await workspace.approve(component, as: hat, now: WallClock.now())
      common.tell(
        ["event": "signed", "signed": signing.json, "isComplete": .bool(signing.isComplete)],
        signing.lines.map { Columns.left($0.name, 13) + $0.value })
    }
  }
}

/// A change that waits, for the one who is to sign.
struct PendingView {
  let change: PendingChange

  var lines: [String] {
    var lines: [(String, String)]
    switch change.content {
    case .improvement(let manifest):
      let account = ManifestAccount(manifest: manifest)
      lines = [("improvement", change.path)] + account.rows
    case .withdrawal(let withdrawal):
      let account = WithdrawalAccount(withdrawal: withdrawal)
      lines = [("withdrawal", change.path)] + account.rows
    }
    lines.append(("to be signed", "SHA-256 \(change.digestText)"))
    for named in change.named {
      let keys = named.signers.map { String($0.prefix(8)) }.joined(separator: ", ")
      lines.append(("named by", "\(named.role), signed by \(keys.isEmpty ? "nobody" : keys), \(named.needed) needed"))
    }
    return lines.flatMap { row in
      let words = row.1.split(separator: " ").map(String.init)
      return Columns.filled(words, width: 100).enumerated().map { index, line in
        Columns.left(index == 0 ? row.0 : "", 14) + line
      }
    }
  }
}
