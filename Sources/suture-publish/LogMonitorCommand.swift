import ArgumentParser
import CanonicalJSON
import Linux
import LogKeeping
import Publishing
import Terminal
import UnixSignals

struct LogMonitorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "monitor",
    abstract: "Follows a log, and tells of entries of your streams that you did not make.",
    discussion: """
      Reads every entry and every tile, and verifies that the log only grows. Entries of streams that --own names are printed; \
      those of them that no folder of --known has are told as errors, at every look, until one has them. Roots, and bytes that are \
      no entry, are always your own to answer for. Without --once it looks every --every seconds until SIGTERM or SIGINT.

      Exit status: 0 all is known; 1 something is not, or the log went back or has two histories; 69 the log cannot be reached.
      """)

  @OptionGroup var common: Common

  @Argument(help: ArgumentHelp("The log: https://…/log, or a folder.", valueName: "log"))
  var log: String

  @Option(name: .long, help: ArgumentHelp("The key with which the log signs.", valueName: "vkey"))
  var key: [String]

  @Option(name: .long, help: ArgumentHelp("The folder that keeps what was seen.", valueName: "dir"))
  var state: String

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Streams of yours: debian-12/amd64/*. Once for each pattern; without any, all.", valueName: "pattern"))
  var own: [String] = []

  @Option(name: .long, help: ArgumentHelp("A workspace or repository of yours. Once for each.", valueName: "dir"))
  var known: [String] = []

  @Flag(name: .long, help: "Look once.")
  var once = false

  @Option(name: .long, help: ArgumentHelp("Seconds between two looks.", valueName: "seconds"))
  var every = 300

  func validate() throws {
    guard (1...86_400).contains(every) else { throw ValidationError("--every takes a number from 1 to 86400.") }
  }

  func run() async throws {
    try await common.reporting {
      let watch = try LogWatch(log, keys: key, state: state, own: own, known: known)
      var isAlerting = false
      do {
        if once {
          isAlerting = try await tell(watch)
        } else {
          isAlerting = try await follow(watch)
        }
      } catch {
        await watch.close()
        throw error
      }
      await watch.close()
      if isAlerting { throw ExitCode(1) }
    }
  }

  private func follow(_ watch: LogWatch) async throws -> Bool {
    let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
    return try await withThrowingTaskGroup(of: Bool?.self) { group in
      group.addTask {
        for await _ in signals { break }
        return nil
      }
      group.addTask { [every] in
        while true {
          var isAlerting = false
          do { isAlerting = try await tell(watch) } catch let error as LogKeepingError where error.isTransient {
            common.console.note("suture-publish: \(error)")
          }
          do { try await Task.sleep(for: .seconds(every)) } catch { return isAlerting }
        }
      }
      var isAlerting = false
      while let result = try await group.next() {
        if let result { isAlerting = result } else { group.cancelAll() }
      }
      return isAlerting
    }
  }

  private func tell(_ watch: LogWatch) async throws -> Bool {
    let look = try await watch.look()
    if common.json {
      look.lines.forEach { common.console.line($0.compactText) }
    } else {
      look.news.forEach { common.console.line($0) }
      common.console.line(look.sentence)
      look.alerts.forEach { common.console.error($0) }
    }
    return !look.alerts.isEmpty
  }
}
