import ArgumentParser
import CanonicalJSON
import Linux
import Publishing
import Terminal

struct Verify: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Looks at a published repository with the client that devices use.",
    discussion: """
      Verifies metadata from the pinned root, every target, every manifest and every payload's digest. All that is wrong with \
      roles and targets is told, and what is to be seen to, such as a role that expires soon. Without --root the folder's own \
      first root is taken, which shows that the repository is sound and not that it is yours.
      """)

  @OptionGroup var common: Common

  @Argument(help: ArgumentHelp("The published repository, or a workspace.", valueName: "dir"))
  var directory: String

  @Option(name: .long, help: ArgumentHelp("The root that devices pin.", valueName: "file"))
  var root: String?

  @Option(name: .long, help: ArgumentHelp("Tell of roles that expire within so many days.", valueName: "days"))
  var within = 30

  func validate() throws {
    guard (0...3_650).contains(within) else { throw ValidationError("--within takes a number from 0 to 3650.") }
  }

  func run() async throws {
    try await common.reporting {
      let now = WallClock.now()
      var findings = try RepositoryCheck.findings(in: directory, rootFile: root, within: within, now: now)
      if !findings.contains(where: \.isFault) {
        findings += try await RepositoryCheck.logFindings(in: directory, rootFile: root, now: now)
      }
      for finding in findings {
        if common.json {
          common.console.line(finding.json.compactText)
        } else if finding.isFault {
          common.console.error(finding.sentence)
        } else {
          common.console.note("suture-publish: to be seen to: \(finding.sentence)")
        }
      }
      guard !findings.contains(where: \.isFault) else { throw ExitCode(1) }
      let account = try await RepositoryCheck.folder(directory, rootFile: root, now: WallClock.now())
      if common.json {
        account.lines.forEach { common.console.line($0.compactText) }
      } else {
        let width = account.rows.map(\.name.count).max() ?? 0
        for row in account.rows { common.console.line("\(Columns.left(row.name, width))  \(row.account)") }
        common.console.line(
          "verified: \(account.improvements.count) improvements, \(account.withdrawals.count) withdrawals"
            + (root == nil ? "; the root is the folder's own" : ", from the root that was given"))
      }
    }
  }
}
