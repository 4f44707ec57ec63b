import ArgumentParser
import CanonicalJSON
import Publishing
import Terminal

struct NewKey: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Makes a key: the private half in FILE, the public half in FILE.pub.",
    discussion: """
      FILE is readable by you only and never leaves your machine; FILE.pub is for whoever stages a delegation or a rotation. \
      A key in the keys folder of a workspace, with a name that ends in .json, is at hand there.
      """)

  @OptionGroup var common: Common

  @Argument(help: ArgumentHelp("The file to make; it must not exist.", valueName: "file"))
  var file: String

  func run() async throws {
    try await common.reporting {
      let key = try KeyFiles.make(at: file)
      common.tell(key.json, key.lines)
    }
  }
}

struct Show: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Shows what a draft says, or what it says anew.",
    discussion: "Needs no workspace. With --since only what differs is shown, + for what is new and - for what is gone."
  )

  @OptionGroup var common: Common
  @OptionGroup var reading: ReadingOptions

  @Argument(help: ArgumentHelp("The draft.", valueName: "draft"))
  var file: String

  func run() async throws {
    try await common.reporting { try common.tell(try CarriedDraft(reading: file), since: reading.since) }
  }
}

struct Sign: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Signs drafts that were carried to this machine, and shows what they say.",
    discussion: """
      Needs the drafts and a key, no workspace. The signature is added to the file itself, which then goes back to the \
      workspace and is merged there. Read what it says before you send it back: with --since only what differs from the \
      published file is shown.
      """)

  @OptionGroup var common: Common
  @OptionGroup var reading: ReadingOptions

  @Argument(help: ArgumentHelp("The drafts.", valueName: "draft"))
  var files: [String]

  @Option(name: .long, help: ArgumentHelp("The file of a private key. Once for each key.", valueName: "file"))
  var key: [String]

  func validate() throws {
    guard reading.since == nil || files.count == 1 else { throw ValidationError("--since goes with one draft.") }
  }

  func run() async throws {
    try await common.reporting {
      let keys = try key.map { try KeyFiles.signingKey($0) }
      for file in files {
        var draft = try CarriedDraft(reading: file)
        try common.tell(draft, since: reading.since)
        try draft.sign(with: keys)
        common.tell(
          draft.json(event: "signed"),
          ["signed \(file): it has the signatures of \(draft.signers.joined(separator: ", "))"])
      }
    }
  }
}

/// How a draft is shown.
struct ReadingOptions: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp("An earlier file of the same role, such as metadata/1.root.json.", valueName: "file"))
  var since: String?
}

extension Common {
  fileprivate func tell(_ draft: CarriedDraft, since: String?) throws {
    let earlier = try since.map { try CarriedDraft(reading: $0) }
    let lines = try draft.reading(since: earlier)
    guard !json else {
      return console.line(draft.json(event: "says").compactText)
    }
    console.line("\(draft.file) says:")
    for line in lines where earlier == nil || line.mark != " " { console.line("\(line.mark) \(line.text)") }
  }
}
