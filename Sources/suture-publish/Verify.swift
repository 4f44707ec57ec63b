import ArgumentParser
import CanonicalJSON
import Linux
import Publishing
import Terminal

struct Verify: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Looks at a published repository with the client that devices use.",
    discussion: """
      Verifies metadata from the pinned root, every manifest and every payload's digest. Without --root the folder's own \
      first root is taken, which shows that the repository is sound and not that it is yours.
      """)

  @OptionGroup var common: Common

  @Argument(help: ArgumentHelp("The published repository, or a workspace.", valueName: "dir"))
  var directory: String

  @Option(name: .long, help: ArgumentHelp("The root that devices pin.", valueName: "file"))
  var root: String?

  func run() async throws {
    try await common.reporting {
      let account = try await RepositoryCheck.folder(directory, rootFile: root, now: WallClock.now())
      if common.json {
        account.lines.forEach { common.console.line($0.compactText) }
      } else {
        let width = account.rows.map(\.name.count).max() ?? 0
        for row in account.rows { common.console.line("\(Columns.left(row.name, width))  \(row.account)") }
        common.console.line(
          "verified: \(account.improvements.count) improvements"
            + (root == nil ? "; the root is the folder's own" : ", from the root that was given"))
      }
    }
  }
}
