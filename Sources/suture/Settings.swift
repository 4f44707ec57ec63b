import ArgumentParser
import CanonicalJSON
import DeviceAPI
import Improvements
import Terminal

struct Settings: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Shows every setting in force and where it comes from; turns automatic installation on or off.",
    subcommands: [Show.self, Automatic.self, Reload.self], defaultSubcommand: Show.self)

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Shows every setting in force and where it comes from.")

    @OptionGroup var common: Common

    func run() async throws {
      try await common.reporting {
        let account = try await common.client().settings()
        if common.json { return common.console.line(account.compactText) }
        SettingsView(console: common.console).show(account)
      }
    }
  }

  struct Automatic: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Turns automatic installation on or off, at once and from now on.",
      discussion: """
        Writes etc/suture/sutured.conf.d/50-owner.conf. Off means off: looks go on, and nothing installs but by \
        `suture apply`. The administrator's policy wins, and then this is refused.
        """)

    enum Switch: String, ExpressibleByArgument, CaseIterable {
      case on
      case off
    }

    @OptionGroup var common: Common

    @Argument(help: "on or off.")
    var state: Switch

    func run() async throws {
      try await common.reporting {
        let account = try await common.whenFree { try await $0.setAutomatic(state == .on) }
        if common.json { return common.console.line(account.compactText) }
        SettingsView(console: common.console).show(account, only: "Automatic")
      }
    }
  }

  struct Reload: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Has sutured read its settings again, as SIGHUP does; where they are wrong, the former ones hold.")

    @OptionGroup var common: Common

    func run() async throws {
      try await common.reporting {
        let account = try await common.whenFree { try await $0.reload() }
        if common.json { return common.console.line(account.compactText) }
        SettingsView(console: common.console).show(account)
      }
    }
  }
}

/// A device's settings, for people.
struct SettingsView {
  let console: Console

  func show(_ account: JSON, only key: String? = nil) {
    let settings = (account["settings"]?.array ?? []).compactMap(SettingInForce.init)
    let shown = settings.filter { key == nil || $0.key == key }
    let width = shown.map { Self.name(of: $0).count }.max() ?? 0
    let valueWidth = min(40, shown.map(\.value.count).max() ?? 0)
    for setting in shown {
      console.line(
        Columns.left(Self.name(of: setting), width) + "  "
          + console.styled(Columns.left(setting.value, valueWidth), .bold) + "  "
          + console.styled(Self.origin(setting), .dim))
    }
    if let problem = account["problem"]?.string { console.note("suture: note: \(problem)") }
  }

  private static func name(of setting: SettingInForce) -> String {
    setting.unit.map { "\(setting.key) of \($0)" } ?? setting.key
  }

  private static func origin(_ setting: SettingInForce) -> String {
    switch setting.origin {
    case .standard: return "default"
    case .settings(let file): return file
    case .policy(let file):
      let overruled = setting.overruled.map { ", which wins over the owner's \($0)" } ?? ""
      return "policy, \(file)\(overruled)"
    }
  }
}
