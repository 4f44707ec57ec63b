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
      common.tell(account.json, [account.sentence(destination)])
    }
  }
}

extension Publication.Account {
  /// One line for people.
  func sentence(_ destination: String) -> String {
    guard bytes > 0 else { return "nothing new for \(destination); its timestamp has version \(timestampVersion)" }
    let counts = "payloads \(payloads), manifests \(manifests), metadata \(metadata)"
    return
      "published to \(destination): new are \(counts), in all \(Figure.count(bytes)) bytes; timestamp version"
      + " \(timestampVersion)"
  }
}
