import ArgumentParser

@main
struct SutureDelta: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "suture-delta",
    abstract: "Makes, applies and explains payloads: the smallest step from one file, tree or package to another.",
    discussion: """
      OLD and NEW are two files, or two trees: folders, or .deb packages, which count as the files that they install.

      Exit status: 0 done; 1 refused: the patch is damaged, hostile or for something else, or a round trip was not exact; \
      64 wrong usage; 66 something cannot be read; 70 failed for another reason; 73 something cannot be written.
      """,
    version: "0.1",
    subcommands: [Diff.self, Patch.self, Info.self, Functions.self, Compare.self])
}
