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
      try EventView(common).finish(report, isDryRun: dryRun)
    }
  }
}

struct Reapply: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Puts in place again what was removed and is held back.",
    discussion: "Named, a component whose improvement was taken off for bad health is tried again as well.")

  @OptionGroup var common: Common

  @Argument(help: "The component, such as libexpat1; everything that is held back where none is named.")
  var component: String?

  @Flag(name: .long, help: "Only say what would be done.")
  var dryRun = false

  func run() async throws {
    try await common.reporting {
      let report = try await common.client().reapply(component: component, isDryRun: dryRun) {
        EventView(common).show($0)
      }
      try EventView(common).finish(report, isDryRun: dryRun)
    }
  }
}

struct Remove: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Takes improvements off, to the baseline or to an earlier letter.",
    discussion: "What is removed is held back until `suture reapply`; a later letter is offered as ever.")

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
