import ArgumentParser
import CanonicalJSON
import Linux
import Publishing

struct Init: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Makes a publisher's workspace: keys, roles and an empty repository.",
    discussion: """
      The folder must not exist or be empty. Its keys folder holds every private key of the publisher: move the root and \
      targets keys to where they are safe, and the builder's, the reviewer's and the recall key each to its holder. Each \
      component has a build role and a review role, and both must name an improvement, so that no single key can ship code.
      """)

  @OptionGroup var common: Common

  @Argument(help: ArgumentHelp("The folder to make.", valueName: "dir"))
  var directory: String

  @Option(name: .long, help: ArgumentHelp("Operating system and release.", valueName: "debian-12"))
  var os: String

  @Option(name: .long, help: ArgumentHelp("Architecture, as the distribution names it.", valueName: "amd64"))
  var arch: String

  func run() async throws {
    try await common.reporting {
      let configuration = try WorkspaceConfiguration(release: os, architecture: arch)
      let workspace = try Workspace.creating(at: directory, configuration: configuration, now: WallClock.now())
      let keys = try workspace.keyAccounts()
      common.tell(
        [
          "event": "initialised", "directory": .string(directory), "os": .string(os), "architecture": .string(arch),
          "keys": .integer(Int64(keys.count)), "root": .string("\(directory)/metadata/1.root.json"),
        ],
        [
          "workspace   \(directory) for \(os)/\(arch)",
          "keys        \(keys.count) in \(directory)/keys, readable by their owner only",
          "root        \(directory)/metadata/1.root.json is what devices pin",
        ])
    }
  }
}
