import ArgumentParser
import CanonicalJSON
import Linux
import Publishing

struct Refresh: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Signs snapshot and timestamp anew, so that devices go on trusting what has not changed.",
    discussion: """
      A timestamp is trusted for a day and a snapshot for a week: run this at least daily, with the destination. What it \
      needs are the keys snapshot and timestamp; they cannot change what is offered.
      """)

  @OptionGroup var common: Common
  @OptionGroup var place: WorkspaceOption

  @Argument(help: ArgumentHelp("A folder to publish to as well.", valueName: "destination"))
  var destination: String?

  func run() async throws {
    try await common.reporting {
      let workspace = try place.open()
      let expiries = try await workspace.refresh(now: WallClock.now())
      common.tell(
        .object(expiries.mapValues { .string("\($0)") }.merging(["event": "refreshed"]) { $1 }),
        expiries.sorted { $0.key < $1.key }.map { "\($0.key) is trusted until \($0.value)" })
      guard let destination else { return }
      let account = try await Publication(of: workspace, to: destination).publish(now: WallClock.now())
      common.tell(account.json, [account.sentence(destination)] + account.waitingLines)
    }
  }
}
