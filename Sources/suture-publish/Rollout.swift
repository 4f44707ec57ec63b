import ArgumentParser
import Basics
import CanonicalJSON
import Improvements
import Linux
import Publishing
import Terminal

struct RolloutCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rollout",
    abstract: "Pauses, resumes and ramps what is being rolled out; shows how far it has come.",
    discussion: """
      Signed with the rollout key, and with those of snapshot and timestamp; devices see it at their next look once it is \
      published. It cannot introduce an improvement, withdraw one (see withdraw), or be faster than its manifest allows.
      """,
    subcommands: [ShowRollouts.self, PauseRollout.self, ResumeRollout.self, RampRollout.self],
    defaultSubcommand: ShowRollouts.self)
}

struct ShowRollouts: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Shows what is being rolled out, and how far it has come.")

  @OptionGroup var common: Common
  @OptionGroup var place: WorkspaceOption

  func run() async throws {
    try await common.reporting {
      let now = WallClock.now()
      let accounts = try place.open().rollouts(now: now)
      for account in accounts { common.tell(account.json, account.lines(at: now)) }
      guard accounts.isEmpty, !common.json else { return }
      common.console.line(
        "nothing is being rolled out in steps: what is published has reached everybody, or goes by its limit")
    }
  }
}

/// Which rollouts a command is for, and where to publish the change.
struct RolloutChoice: ParsableArguments {
  @Argument(help: ArgumentHelp("The component, such as libexpat1.", valueName: "component"))
  var component: String

  @Option(name: .long, help: ArgumentHelp("Another improvement than the newest.", valueName: "serial"))
  var serial: Int64?

  @Option(name: .long, help: ArgumentHelp("A folder to publish to at once.", valueName: "destination"))
  var publish: String?

  func validate() throws {
    if let serial, Serial(serial) == nil { throw ValidationError("A serial is a whole number from 1.") }
  }

  func carryOut(_ change: RolloutChange, _ common: Common, _ place: WorkspaceOption) async throws {
    let workspace = try place.open()
    let now = WallClock.now()
    let isAll = component == RolloutChoice.all
    let accounts = try await workspace.changeRollouts(
      change, of: isAll ? nil : component, serial: serial.flatMap { Serial($0) }, now: now)
    for account in accounts { common.tell(account.json, account.lines(at: now)) }
    guard let publish else {
      if !common.json { common.console.line("next         suture-publish publish: no device knows of it yet") }
      return
    }
    let account = try await Publication(of: workspace, to: publish).publish(now: WallClock.now())
    common.tell(account.json, [account.sentence(publish)] + account.waitingLines)
  }

  /// What stands for every component; no component can be called so.
  static let all = "ALL"
}

struct PauseRollout: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pause",
    abstract: "Stops an improvement where it is: no further machine installs it by itself.",
    discussion: """
      At its next look each machine finds it paused. Those that have it keep it: withdraw takes it back. ALL pauses all \
      that are being rolled out.
      """)

  @OptionGroup var common: Common
  @OptionGroup var place: WorkspaceOption
  @OptionGroup var choice: RolloutChoice

  func run() async throws {
    try await common.reporting { try await choice.carryOut(.pause, common, place) }
  }
}

struct ResumeRollout: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resume",
    abstract: "Lets a paused rollout go on from where it stood.",
    discussion: "What would have followed comes as much later as the pause was long. ALL resumes all that are paused.")

  @OptionGroup var common: Common
  @OptionGroup var place: WorkspaceOption
  @OptionGroup var choice: RolloutChoice

  func run() async throws {
    try await common.reporting { try await choice.carryOut(.resume, common, place) }
  }
}

struct RampRollout: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ramp",
    abstract: "Gives an improvement another ramp, which begins now.",
    discussion: """
      A ramp is shares with the time from now at which each is reached, such as 1%@0,10%@6h,100%@1d: between two of them \
      the share grows evenly. The word now means everybody at once. A ring that is not named keeps its ramp. One that is \
      faster than the manifest allows is refused.
      """)

  @OptionGroup var common: Common
  @OptionGroup var place: WorkspaceOption
  @OptionGroup var choice: RolloutChoice

  @Option(name: .long, help: ArgumentHelp("The ramp of the ring early.", valueName: "ramp"))
  var early: String?

  @Option(name: .long, help: ArgumentHelp("The ramp of the ring late.", valueName: "ramp"))
  var late: String?

  func validate() throws {
    guard early != nil || late != nil else { throw ValidationError("Name --early, --late or both.") }
    guard choice.component != RolloutChoice.all else { throw ValidationError("A ramp is for one component.") }
  }

  func run() async throws {
    try await common.reporting {
      var ramps: [Ring: Ramp] = [:]
      ramps[.early] = try early.map(Ramp.init(parsing:))
      ramps[.late] = try late.map(Ramp.init(parsing:))
      try await choice.carryOut(.ramp(ramps), common, place)
    }
  }
}

extension RolloutAccount {
  /// What people read of it.
  func lines(at now: UTCTime) -> [String] {
    var state = "goes on"
    if let end = rollout.schedules.end { state = end > now ? "everybody at \(end)" : "has reached everybody" }
    if let since = rollout.frozenAt { state = "paused since \(since)" }
    let rings = Ring.allCases.map { "\($0.rawValue) \(Self.percent(shares[$0] ?? 0))" }.joined(separator: ", ")
    return [
      Columns.left("rollout", 13) + "\(rollout.stream) serial \(rollout.serial): \(state)",
      Columns.left("reached", 13) + rings,
    ]
  }

  private static func percent(_ share: Int) -> String {
    let fraction = share % 100
    return "\(share / 100)" + (fraction == 0 ? "" : (fraction < 10 ? ".0" : ".") + "\(fraction)") + " %"
  }

  /// `{"event":"rollout","stream":…,"serial":…,"manifest":…,"early":…,"late":…,"frozenAt":…,"reached":…}`.
  var json: JSON {
    var members = rollout.json.object ?? [:]
    members["event"] = "rollout"
    members["frozenAt"] = members["frozenAt"] ?? .null
    members["reached"] = .object(
      Dictionary(uniqueKeysWithValues: shares.map { ($0.key.rawValue, JSON.integer(Int64($0.value))) }))
    return .object(members)
  }
}
