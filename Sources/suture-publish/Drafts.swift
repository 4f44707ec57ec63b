import ArgumentParser
import CanonicalJSON
import Linux
import Publishing
import Terminal

extension Common {
  /// Tells of drafts and of what is to be done next.
  func tell(drafts: [DraftAccount]) {
    for draft in drafts { tell(draft.json, draft.lines) }
    guard !json else { return }
    if drafts.isEmpty {
      console.line("no draft waits")
    } else if drafts.allSatisfy(\.isComplete) {
      console.line("every signature is there: suture-publish accept")
    } else {
      console.line(
        "carry the files to who must sign: suture-publish sign FILE --key KEY; then bring them to: merge FILE")
    }
  }
}

struct Drafts: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Lists the staged drafts, and whose signatures are missing.")

  @OptionGroup var common: Common
  @OptionGroup var place: WorkspaceOption

  func run() async throws {
    try await common.reporting { common.tell(drafts: try place.open().drafts()) }
  }
}

struct Merge: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Takes the signatures out of drafts that were signed elsewhere.",
    discussion: "A copy that says something else, or has a signature that is not valid, is refused.")

  @OptionGroup var common: Common
  @OptionGroup var place: WorkspaceOption

  @Argument(help: ArgumentHelp("The signed copies.", valueName: "draft"))
  var files: [String]

  func run() async throws {
    try await common.reporting { common.tell(drafts: try place.open().merging(files)) }
  }
}

struct Accept: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Takes drafts that have all their signatures into the workspace's repository.",
    discussion: """
      Without roles: all of them, or none where one waits. Snapshot and timestamp are signed with the keys at hand, and the \
      result is looked at as a device would. `publish` then brings it to where devices fetch it.
      """)

  @OptionGroup var common: Common
  @OptionGroup var place: WorkspaceOption

  @Argument(help: ArgumentHelp("The roles whose drafts are taken.", valueName: "role"))
  var roles: [String] = []

  func run() async throws {
    try await common.reporting {
      for draft in try await place.open().accepting(roles, now: WallClock.now()) {
        common.tell(
          ["event": "accepted", "role": .string(draft.role), "version": .integer(Int64(draft.version))],
          ["accepted \(draft.role) version \(draft.version), trusted until \(draft.expires)"])
      }
    }
  }
}

struct Discard: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Throws drafts away; the repository stays as it is.")

  @OptionGroup var common: Common
  @OptionGroup var place: WorkspaceOption

  @Argument(help: ArgumentHelp("The roles whose drafts go; without any, all.", valueName: "role"))
  var roles: [String] = []

  func run() async throws {
    try await common.reporting {
      let gone = try place.open().discarding(roles)
      for role in gone {
        common.tell(["event": "discarded", "role": .string(role)], ["discarded the draft of \(role)"])
      }
      if gone.isEmpty, !common.json { common.console.line("no draft waits") }
    }
  }
}
