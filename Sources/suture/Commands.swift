import ArgumentParser
import CanonicalJSON
import DeviceAPI
import Improvements
import Terminal

struct Status: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Shows what is in place and which process runs which code.",
    discussion: """
      Read from the kernel when asked. The log line says whether a public log is proven to hold an improvement, and which \
      witnesses saw that.
      """)

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
      guard status.alarms.isEmpty else { throw ExitCode(4) }
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
      let report = try await common.whenFree { device in try await device.look { EventView(common).show($0) } }
      try EventView(common).finish(report)
    }
  }
}

struct Apply: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Puts improvements in place and restarts what runs the vulnerable code.",
    discussion: """
      Returns once they are live. For ten minutes, or as long as the publisher says, health is watched then: where it is bad, \
      an improvement is taken off by itself. `suture status` says how that stands; --wait waits for the end of it.
      """)

  @OptionGroup var common: Common

  @Argument(help: "The component, such as libexpat1; every offered improvement where none is named.")
  var component: String?

  @OptionGroup var way: Way

  func run() async throws {
    try await common.reporting {
      let report = try await common.whenFree { device in
        try await device.apply(component: component, way.chosen) { EventView(common).show($0) }
      }
      try EventView(common).finish(report, isDryRun: way.dryRun)
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

  @OptionGroup var way: Way

  func run() async throws {
    try await common.reporting {
      let report = try await common.whenFree { device in
        try await device.reapply(component: component, way.chosen) { EventView(common).show($0) }
      }
      try EventView(common).finish(report, isDryRun: way.dryRun)
    }
  }
}

/// How far an apply goes before it returns.
struct Way: ParsableArguments {
  @Flag(
    name: .long,
    help: "Change nothing; say what would be done and what it costs: nothing, restart, relaunch, session or reboot.")
  var dryRun = false

  @Flag(name: .long, help: "Return when it is confirmed; exit status 1 where it was taken off again.")
  var wait = false

  func validate() throws {
    guard !(dryRun && wait) else { throw ValidationError("--dry-run does nothing that --wait could wait for.") }
  }

  var chosen: ApplyWay { dryRun ? .dryRun : wait ? .untilConfirmed : .untilLive }
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
      let report = try await common.whenFree { device in
        try await device.remove(component: component, to: to) { EventView(common).show($0) }
      }
      try EventView(common).finish(report)
    }
  }
}
