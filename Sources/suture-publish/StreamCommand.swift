import ArgumentParser
import CanonicalJSON
import Linux
import Publishing

struct StreamCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stream",
    abstract: "Gives a component its build role and its review role.",
    discussion: """
      Needs the targets keys, and those of snapshot and timestamp. The people are the public keys in people/build and \
      people/review of the workspace. Where all keys are at hand, import-deb does it by itself.
      """)

  @OptionGroup var common: Common
  @OptionGroup var place: WorkspaceOption

  @Argument(help: ArgumentHelp("The component, such as libexpat1.", valueName: "component"))
  var component: String

  func run() async throws {
    try await common.reporting {
      let roles = try await place.open().addStream(component, now: WallClock.now())
      common.tell(
        [
          "event": "stream", "component": .string(component),
          "roles": .array(
            roles.map { role in
              ["role": .string(role.role), "needed": .integer(Int64(role.needed)), "of": .integer(Int64(role.keys))]
            }),
        ],
        roles.map { role in "\(role.role): \(role.needed) of \(role.keys) keys must sign" })
    }
  }
}
