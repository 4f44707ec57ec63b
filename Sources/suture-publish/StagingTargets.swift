import ArgumentParser
import Linux
import Publishing

struct AddTarget: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Stages a plain file that a role describes, such as the policy of witnesses.",
    discussion: "What the role said of this path before is replaced. Improvements are imported instead.")

  @OptionGroup var common: Common
  @OptionGroup var place: WorkspaceOption

  @Argument(help: ArgumentHelp("The target's path, such as policy/witnesses.", valueName: "path"))
  var path: String

  @Argument(help: ArgumentHelp("The file.", valueName: "file"))
  var file: String

  @Option(name: .long, help: ArgumentHelp("The role that describes it.", valueName: "role"))
  var role = "targets"

  @Option(name: .long, help: ArgumentHelp("Describe it in the right hashed bin of this role.", valueName: "role"))
  var binsOf: String?

  func run() async throws {
    try await common.reporting {
      common.tell(
        drafts: try place.open().stagingTarget(path, file: file, in: role, binsOf: binsOf, now: WallClock.now()))
    }
  }
}

struct RemoveTarget: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Stages that a role no longer describes a target.")

  @OptionGroup var common: Common
  @OptionGroup var place: WorkspaceOption

  @Argument(help: ArgumentHelp("The target's path.", valueName: "path"))
  var path: String

  @Option(name: .long, help: ArgumentHelp("The role that describes it.", valueName: "role"))
  var role = "targets"

  func run() async throws {
    try await common.reporting {
      common.tell(drafts: try place.open().stagingRemoval(of: path, in: role, now: WallClock.now()))
    }
  }
}
