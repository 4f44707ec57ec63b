import ArgumentParser
import Publishing
import Terminal

struct Keys: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Lists the keys of every role, and which of them are here.")

  @OptionGroup var common: Common
  @OptionGroup var place: WorkspaceOption

  func run() async throws {
    try await common.reporting {
      for key in try place.open().keyAccounts() {
        common.tell(
          key.json,
          [
            Columns.left(key.role, 13) + Columns.left("\(key.threshold) of \(key.count)", 8)
              + Columns.left(key.name ?? "(elsewhere)", 13) + key.id
          ])
      }
    }
  }
}
