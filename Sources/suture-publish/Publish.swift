import ArgumentParser
import Linux
import Publishing
import Terminal

struct Publish: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Writes the workspace's repository to a folder, as plain files.",
    discussion: """
      Payloads first, then manifests, then metadata; the result is looked at as a device would, and only then the timestamp \
      is written, which leads devices to it. Files that are named by content are never overwritten with other bytes. A folder \
      that belongs to another root is refused.
      """)

  @OptionGroup var common: Common
  @OptionGroup var place: WorkspaceOption

  @Argument(help: ArgumentHelp("The folder to publish to.", valueName: "destination"))
  var destination: String

  func run() async throws {
    try await common.reporting {
      let workspace = try place.open()
      let account = try await Publication(of: workspace, to: destination).publish(now: WallClock.now())
      let logged = account.log.map { ["log: \($0.sentence)"] } ?? []
      common.tell(account.json, logged + [account.sentence(destination)] + account.waitingLines)
    }
  }
}

extension Publication.Account {
  /// What is not published yet, for people.
  var waitingLines: [String] {
    waiting.map { "not published: \($0) waits for a signature; suture-publish review shows what it is" }
  }

  /// One line for people.
  func sentence(_ destination: String) -> String {
    guard bytes > 0 else { return "nothing new for \(destination); its timestamp has version \(timestampVersion)" }
    let others = files > 0 ? ", other files \(files)" : ""
    let counts = "payloads \(payloads), manifests \(manifests)\(others), metadata \(metadata)"
    return
      "published to \(destination): new are \(counts), in all \(Figure.count(bytes)) bytes; timestamp version"
      + " \(timestampVersion)"
  }
}
