import ArgumentParser
import CanonicalJSON
import Linux
import Publishing
import Terminal

struct Withdraw: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Takes an improvement back: machines that have it fall back by themselves.",
    discussion: """
      Signed as an improvement is, by builder and reviewer (--as build, then review --as review); or by the recall role \
      alone, whose key is kept offline: --as recall. Published by the next publish. A withdrawal is for ever: the fix comes \
      back with a new serial.
      """)

  @OptionGroup var common: Common
  @OptionGroup var place: WorkspaceOption

  @Argument(help: ArgumentHelp("The component.", valueName: "component"))
  var component: String

  @Argument(help: ArgumentHelp("The serial to take back.", valueName: "serial"))
  var serial: Int64

  @Option(name: .long, help: ArgumentHelp("Why, one sentence for the owners of machines.", valueName: "text"))
  var reason: String

  @Option(
    name: .long,
    help: ArgumentHelp("As whom to sign: build, review or recall; builder and reviewer if left out.", valueName: "who"))
  var `as`: String?

  func validate() throws {
    if let text = `as`, Hat(rawValue: text) == nil { throw ValidationError("--as takes build, review or recall.") }
    guard serial > 0 else { throw ValidationError("A serial is a whole number from 1.") }
  }

  func run() async throws {
    try await common.reporting {
      let hats = `as`.flatMap(Hat.init).map { [$0] } ?? [.build, .review]
      let staged = try await place.open().withdrawing(
        component, serial: serial, reason: reason, as: hats, now: WallClock.now())
      let rows = [(name: "withdrawn", value: "\(component) serial \(serial): \(reason)")] + staged.signing.lines
      common.tell(staged.json, rows.map { Columns.left($0.name, 13) + $0.value })
    }
  }
}
