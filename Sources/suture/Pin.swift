import ArgumentParser
import DeviceAPI

struct Pin: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Pins a component: nothing changes what stands of it by itself.",
    discussion: """
      No later letter is installed, bad health takes nothing off, nothing is tried again. A publisher's withdrawal and the \
      operating system's own update hold all the same, and so does what you ask for by hand.
      """)

  @OptionGroup var common: Common

  @Argument(help: "The component, such as libexpat1.")
  var component: String

  func run() async throws { try await common.pin(component, true) }
}

struct Unpin: AsyncParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Takes a component's pin off.")

  @OptionGroup var common: Common

  @Argument(help: "The component, such as libexpat1.")
  var component: String

  func run() async throws { try await common.pin(component, false) }
}

extension Common {
  fileprivate func pin(_ component: String, _ isPinned: Bool) async throws {
    try await reporting {
      let report = try await whenFree { try await $0.setPin(isPinned, of: component) }
      try EventView(self).finish(report)
    }
  }
}
