import CanonicalJSON
import Improvements
import Terminal

/// Shows what happens while the device works, and how it stands afterwards.
struct EventView {
  private let console: Console
  private let isJSON: Bool

  init(_ common: Common) {
    console = common.console
    isJSON = common.json
  }

  func show(_ json: JSON) {
    if isJSON { return console.line(JSON.object(["event": json]).compactText) }
    guard let event = ProgressEvent(json) else { return }
    let style: Style = [.refuse, .rollBack, .alarm].contains(event.station) ? .red : .bold
    let time = event.microseconds > 0 ? Figure.time(microseconds: event.microseconds) : ""
    let line = console.styled(Columns.left(event.station.rawValue, 10), style) + Columns.right(time, 10) + "  "
    // On a terminal how far a fetch is stands in one line, which what comes next takes the place of.
    if event.station == .fetching {
      console.passing(line + Self.share(event))
    } else {
      console.lasting(line + event.message)
    }
  }

  private static func share(_ event: ProgressEvent) -> String {
    guard let bytes = event.facts["bytes"]?.integer, let all = event.facts["of"]?.integer else { return event.message }
    return "\(Figure.count(Int(bytes))) of \(Figure.count(Int(all))) bytes, \(Figure.percent(Int(bytes), of: Int(all)))"
  }

  /// Shows how the device stands, in one line.
  func show(status json: JSON) throws {
    let status = try DeviceStatus(json)
    for alarm in status.alarms {
      console.lasting(Columns.left("", 22) + console.styled("ROLLBACK FAILED", .red) + "  " + alarm)
    }
    console.lasting(Columns.left("now", 22) + StatusView(console: console).verdict(status))
  }

  /// Shows how each component stands, one line each.
  func show(components json: JSON) throws {
    for component in try DeviceStatus(json).components {
      console.lasting(
        Columns.left("", 22) + "\(component.stream.component) \(component.baseline) (\(component.letter)) is "
          + component.state.name)
    }
  }

  func finish(_ report: JSON, isDryRun: Bool = false) throws {
    if isJSON { return console.line(JSON.object(["report": report]).compactText) }
    if isDryRun { return PlanView(console: console).show(try RestartPlan(report)) }
    try show(status: report)
  }
}
