import ArgumentParser
import Basics
import CanonicalJSON
import DeviceAPI
import Improvements
import Linux
import Packages
import Terminal

struct Reboot: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Starts the machine anew, so that what waits for that takes its place.",
    discussion: """
      All but the kernel, where systemd can (254 and later) and no new kernel waits; else all of it. Says what it would do and \
      asks first; without a terminal it wants --yes. Improvements that stand are put in place again before services start.
      """)

  @OptionGroup var common: Common

  @Flag(name: .long, help: "Do not ask.")
  var yes = false

  @Flag(name: .long, help: "Only say what would be done.")
  var dryRun = false

  @Flag(name: .long, help: "Start the kernel anew as well.")
  var kernel = false

  @Option(
    name: .long,
    help: ArgumentHelp(
      "When, as shutdown(8) takes it: 23:30, or +15 for in 15 minutes; the kernel starts anew then.", valueName: "time")
  )
  var at: String?

  private static let systemctl = "/usr/bin/systemctl"
  private static let shutdown = "/usr/sbin/shutdown"
  private static let limit: Duration = .seconds(30)

  func validate() throws {
    guard common.root == "/" else { throw ValidationError("Only this machine can be started anew, not a folder.") }
    guard let at else { return }
    let isClock = at.wholeMatch(of: /([01]?[0-9]|2[0-3]):[0-5][0-9]/) != nil
    guard isClock || at.wholeMatch(of: /\+[0-9]{1,5}/) != nil else {
      throw ValidationError("--at is a time such as 23:30, or +15 for in 15 minutes.")
    }
  }

  func run() async throws {
    try await common.reporting {
      guard ProcessLauncher.userID == 0 else { throw RebootRefusal.notRoot }
      let status = try DeviceStatus(try await common.client().status())
      let restart = try MachineRestart(
        version: output("--version"), waiting: waitingPackages(), wantsKernel: kernel || at != nil)
      let hindrances = try hindrances()
      tell(restart, status, hindrances)
      if dryRun { return }
      if let first = hindrances.first { throw RebootRefusal.notNow(first) }
      try confirm()
      try start(restart)
    }
  }

  // MARK: - What is looked at first

  private func output(_ argument: String) throws -> String {
    try ProcessLauncher.run(Self.systemctl, arguments: [argument], limit: Self.limit).output
  }

  private func waitingPackages() throws -> String {
    guard let path = RelativePath("reboot-required.pkgs"), let run = try? Directory(path: "/run"),
      let bytes = try run.readIfPresent(path, limit: 1 << 20)
    else { return "" }
    return String(decoding: bytes, as: UTF8.self)
  }

  private func hindrances() throws -> [String] {
    var found: [String] = []
    let work = try PackageWork(root: Directory(path: "/", links: .withinRoot), runtime: Directory(path: "/run/suture"))
    if let occupation = try work.occupation() { found.append("\(occupation.description) is changing packages") }
    let state = try output("is-system-running").trimmingWhitespace
    if ["initializing", "starting", "stopping", "maintenance"].contains(state) {
      found.append("the machine is \(state)")
    }
    let boot = try ProcessLauncher.run(
      Self.systemctl, arguments: ["is-enabled", "--quiet", "suture-boot.service"], limit: Self.limit)
    if boot.end != .exited(0) {
      found.append("suture-boot.service is not enabled, which puts improvements in place before services start")
    }
    return found
  }

  // MARK: - Saying and doing it

  private func tell(_ restart: MachineRestart, _ status: DeviceStatus, _ hindrances: [String]) {
    let ready = status.components.filter { $0.state == .staged }.map { "\($0.stream.component) (\($0.letter))" }
    let again = status.components.filter(\.state.isInPlace).map { "\($0.stream.component) (\($0.letter))" }
    let (kind, account): (String, String) =
      switch restart {
      case .userSpace: ("soft-reboot", "all but the kernel")
      case .everything(let reason): ("reboot", "all of it, the kernel too: \(reason)")
      }
    if common.json {
      common.console.line(
        JSON.object([
          "class": .string(kind), "at": at.map { .string($0) } ?? .null, "account": .string(account),
          "takesPlace": .array(ready.map { .string($0) }), "again": .array(again.map { .string($0) }),
          "hindrances": .array(hindrances.map { .string($0) }),
        ]).compactText)
      return
    }
    fact("starts anew", account + (at.map { ", at \($0)" } ?? ""))
    fact("takes its place", ready.isEmpty ? "nothing waits for it" : ready.joined(separator: ", "))
    if !again.isEmpty { fact("stands again", again.joined(separator: ", ")) }
    for hindrance in hindrances { fact("not now", hindrance) }
  }

  private func fact(_ name: String, _ value: String) {
    common.console.line(common.console.styled(Columns.left(name, 18), .bold) + value)
  }

  private func confirm() throws {
    guard !yes else { return }
    guard common.console.isTerminal, !common.json else { throw RebootRefusal.notAsked }
    common.console.line("Every program that runs is ended. Go on? [y/N]")
    let answer = readLine(strippingNewline: true)?.lowercased() ?? ""
    guard answer == "y" || answer == "yes" else { throw RebootRefusal.declined }
  }

  private func start(_ restart: MachineRestart) throws {
    let (program, arguments): (String, [String]) =
      switch (at, restart) {
      case (let at?, _): (Self.shutdown, ["-r", at, "Suture: improvements take their place"])
      case (nil, .userSpace): (Self.systemctl, ["soft-reboot"])
      case (nil, .everything): (Self.systemctl, ["reboot"])
      }
    let result = try ProcessLauncher.run(program, arguments: arguments, limit: Self.limit)
    guard result.end == .exited(0) else { throw RebootRefusal.failed(result.error.trimmingWhitespace) }
    if let at, !common.json { common.console.line("The machine starts anew at \(at); `shutdown -c` calls it off.") }
  }
}

/// Why the machine is not started anew.
enum RebootRefusal: Error, CustomStringConvertible {
  case notRoot
  case notNow(String)
  case notAsked
  case declined
  case failed(String)

  var description: String {
    switch self {
    case .notRoot: "only root starts the machine anew: sudo suture reboot"
    case .notNow(let reason): "the machine is not started anew now: \(reason)"
    case .notAsked: "there is no terminal to ask at; --yes goes on without"
    case .declined: "nothing was done"
    case .failed(let reason): "systemd refused to start the machine anew: \(reason)"
    }
  }
}

extension String {
  fileprivate var trimmingWhitespace: String {
    String(drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
  }
}
