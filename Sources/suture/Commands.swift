import ArgumentParser
import CanonicalJSON
import DeviceAPI
import Improvements
import Terminal

struct Status: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Shows what is in place and which process runs which code.",
    discussion: "Read from the kernel when asked. The log column says `not logged` until there is a public log.")

  @OptionGroup var common: Common

  func run() async throws {
    try await common.reporting {
      let json = try await common.client().status()
      let status = try DeviceStatus(json)
      if common.json {
        common.console.line(json.compactText)
      } else {
        StatusView(console: common.console).show(status)
      }
      switch status.verdict {
      case .protected, .nothingToProtect: return
      case .exposed, .pending, .unknown: throw ExitCode(2)
      }
    }
  }
}

struct Look: AsyncParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Asks the repository what is current and verifies it.")

  @OptionGroup var common: Common

  func run() async throws {
    try await common.reporting {
      let report = try await common.client().look { EventView(common).show($0) }
      try EventView(common).finish(report)
    }
  }
}

struct Apply: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Puts improvements in place and restarts what runs the vulnerable code.")

  @OptionGroup var common: Common

  @Argument(help: "The component, such as libexpat1; every offered improvement where none is named.")
  var component: String?

  @Flag(name: .long, help: "Only say what would be done.")
  var dryRun = false

  func run() async throws {
    try await common.reporting {
      let report = try await common.client().apply(component: component, isDryRun: dryRun) {
        EventView(common).show($0)
      }
      guard dryRun, !common.json else { return try EventView(common).finish(report) }
      func list(_ name: String) -> String {
        let words = report[name]?.array?.compactMap(\.string) ?? []
        return words.isEmpty ? "nothing" : words.joined(separator: ", ")
      }
      common.console.line("would put in place  \(list("streams"))")
      common.console.line("would restart       \(list("services"))")
    }
  }
}

struct Remove: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Takes improvements off, to the baseline or to an earlier letter.",
    discussion: "What is removed is held back until it is applied again by name; a later letter is offered as ever.")

  @OptionGroup var common: Common

  @Argument(help: "The component, such as libexpat1.")
  var component: String?

  @Flag(name: .long, help: "Remove every improvement that is in place.")
  var all = false

  @Option(name: .long, help: ArgumentHelp("Go back to this earlier letter.", valueName: "letter"))
  var to: String?

  func validate() throws {
    guard (component == nil) == all else { throw ValidationError("Name a component, or give --all.") }
  }

  func run() async throws {
    try await common.reporting {
      let report = try await common.client().remove(component: component, to: to) { EventView(common).show($0) }
      try EventView(common).finish(report)
    }
  }
}
