import Activation
import ArgumentParser
import Basics
import DeviceAPI
import DeviceEngine
import Improvements
import Linux
import Terminal
import UnixSignals

@main
struct Sutured: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sutured",
    abstract: "Takes background security improvements for a machine and tells what runs.",
    discussion: """
      Reads etc/suture/sutured.conf and etc/suture/trust/root.json beneath the root, keeps its state in var/lib/suture, and
      answers at run/suture/io.suture.Device. Ends in order on SIGTERM or SIGINT; what it supervises ends with it. \
      Reads its settings again on SIGHUP.
      """)

  @Option(
    name: .long, help: ArgumentHelp("The root of the files that are improved; / is this machine.", valueName: "dir"))
  var root: String

  @Option(
    name: .long,
    help: ArgumentHelp("Keep settings, state and socket beneath another folder than the root.", valueName: "dir"))
  var home: String?

  @Flag(
    name: .customLong("at-boot"),
    help: "Only put in place what is to stand, once in each boot before services start, and end.")
  var isAtBoot = false

  func validate() throws {
    guard root.hasPrefix("/") else { throw ValidationError("--root must be an absolute path.") }
    guard home?.hasPrefix("/") != false else { throw ValidationError("--home must be an absolute path.") }
  }

  func run() async throws {
    let console = Console(program: "sutured")
    do { try await serve(console) } catch {
      console.error("\(error)")
      throw ExitCode(1)
    }
  }

  private func serve(_ console: Console) async throws {
    OwnMemory.limitHeaps()
    let layout = try DeviceLayout(root: root, home: home)
    // Held until the program ends: two daemons over one state would undo each other's work.
    let lock = try Self.lock(layout)
    defer { withExtendedLifetime(lock) {} }
    let log: Device.Progress = { event in
      // How far a fetch is, is for those who watch.
      guard event.station != .fetching else { return }
      console.note(Self.priority(of: event) + "sutured: \(event.station.rawValue): \(event.message)")
    }
    try layout.clearLeftovers()
    let wiring = try await Wiring(layout, log)
    if isAtBoot {
      try await wiring.device.begin(log)
      return await wiring.shutdown()
    }
    try await wiring.device.recover(log)
    await wiring.supervisor.startAll()
    let notifier = ServiceNotifier()
    let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        for await signal in signals {
          guard signal == .sighup else { return }
          // What is refused was told.
          notifier.reloading()
          defer { notifier.ready() }
          try? await wiring.configuration.reload(by: "read again")
        }
      }
      group.addTask { await wiring.supervisor.run() }
      group.addTask {
        try await wiring.server(console).run {
          console.note("sutured: ready at \(layout.runtime.path)/\(DeviceLayout.socketName)")
          notifier.ready()
        }
      }
      group.addTask { await wiring.rounds.run(log) }
      group.addTask { await wiring.packageWatch.run(log) }
      group.addTask { await wiring.bootWatch.run(log) }
      group.addTask { await wiring.health.run(log) }
      if let notice = wiring.notice {
        let rounds = TendingRounds(wiring.device.hub) { await notice.renew($0) }
        group.addTask { await rounds.run(log) }
      }
      let switches = TendingRounds(wiring.device.hub) { await wiring.device.switchWaiting($0) }
      group.addTask { await switches.run(log) }
      group.addTask { await Thrift.run() }
      // Whoever ends first ends all: a signal, or a server that cannot go on.
      try await group.next()
      notifier.stopping()
      group.cancelAll()
    }
    await wiring.notice?.end()
    await wiring.supervisor.stopAll()
    await wiring.shutdown()
    console.note("sutured: ended in order")
  }

  /// The priority of a line of the journal's (sd-daemon(3)), where that is what reads; nothing elsewhere.
  private static func priority(of event: ProgressEvent) -> String {
    guard isJournaled else { return "" }
    return switch event.station {
    case .alarm: "<1>"
    case .rollBack: "<3>"
    case .refuse: "<4>"
    default: ""
    }
  }

  private static let isJournaled = ProcessEnvironment.value("JOURNAL_STREAM") != nil

  private static func lock(_ layout: DeviceLayout) throws -> FileDescriptor {
    guard let name = RelativePath("sutured.lock") else { throw DeviceError.busy }
    let lock = try layout.state.lockFile(name)
    do { try lock.lock() } catch {
      guard error.isLocked else { throw error }
      throw DeviceError.badSetting("another sutured runs for \(layout.root.path)")
    }
    return lock
  }
}
