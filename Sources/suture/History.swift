import ArgumentParser
import Basics
import CanonicalJSON
import DeviceAPI
import Improvements
import Terminal

struct History: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Shows what happened: when, what, why, how long, who signed, what restarted.",
    discussion: "Times are UTC; the newest line comes last. A reason that stays the same is written down once.")

  @OptionGroup var common: Common

  @Argument(help: "The component, such as libexpat1; everything where none is named.")
  var component: String?

  @Option(name: .long, help: ArgumentHelp("How many lines at most, up to 1000.", valueName: "n"))
  var limit = Int(DeviceInterface.historyLines)

  @Flag(name: .long, help: "Show the looks that went well, too.")
  var looks = false

  func validate() throws {
    guard (1...Int(DeviceInterface.historyLineLimit)).contains(limit) else {
      throw ValidationError("--limit must be between 1 and \(DeviceInterface.historyLineLimit).")
    }
  }

  func run() async throws {
    try await common.reporting {
      let report = try await common.client().history(component: component, hasLooks: looks, limit: limit)
      let lines = report["history"]?.array ?? []
      if common.json {
        for line in lines { common.console.line(line.compactText) }
      } else {
        HistoryView(console: common.console).show(lines)
        // Lines that are too long for one answer are left out whatever the limit.
        let isMoreToAskFor = lines.count == limit && limit < Int(DeviceInterface.historyLineLimit)
        if report["hasOlder"]?.bool == true {
          common.console.note("suture: older lines are left out" + (isMoreToAskFor ? "; --limit shows more" : ""))
        }
      }
    }
  }
}

/// The history of a device, for people.
struct HistoryView {
  let console: Console

  func show(_ lines: [JSON]) {
    let entries = lines.compactMap { line in
      line["event"].flatMap(ProgressEvent.init).map { (time: line["time"]?.string ?? "", event: $0) }
    }
    guard !entries.isEmpty else { return console.note("suture: nothing is written down") }
    let width = entries.map { $0.event.stream?.component.count ?? 0 }.max() ?? 0
    for (time, event) in entries {
      let style: Style = [.refuse, .rollBack, .alarm].contains(event.station) ? .red : .bold
      let name = Columns.left(event.stream?.component ?? "", width) + (width > 0 ? "  " : "")
      let took = event.microseconds > 0 ? " (\(Figure.time(microseconds: event.microseconds)))" : ""
      console.line(
        console.styled(time, .dim) + "  " + console.styled(Columns.left(event.station.rawValue, 10), style) + name
          + event.message + took)
      for line in Self.details(event) {
        console.line(String(repeating: " ", count: time.count + 12 + width + (width > 0 ? 2 : 0)) + line)
      }
    }
  }

  private static func details(_ event: ProgressEvent) -> [String] {
    var lines: [String] = []
    let advisories = event.facts["advisories"]?.array?.compactMap(\.string) ?? []
    if !advisories.isEmpty { lines += Columns.filled(["closes"] + advisories, width: 80) }
    for signed in event.facts["signed"]?.array ?? [] {
      guard let signers = signed["signers"]?.array?.compactMap(\.string), let role = signed["role"]?.string,
        let threshold = signed["threshold"]?.integer
      else { continue }
      // The beginnings of the keys' names, as people compare them.
      let keys = signers.map { String($0.prefix(8)) }
      lines.append("signed by \(keys.joined(separator: ", ")) of \(role), \(threshold) needed")
    }
    if let down = event.facts["downMicroseconds"]?.integer {
      lines.append("it was down for \(Figure.time(microseconds: down))")
    }
    return lines
  }
}
