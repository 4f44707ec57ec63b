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
    let style: Style = event.station == .refuse || event.station == .rollBack ? .red : .bold
    let time = event.microseconds > 0 ? Figure.time(microseconds: event.microseconds) : ""
    console.line(
      console.styled(Columns.left(event.station.rawValue, 10), style) + Columns.right(time, 10) + "  " + event.message)
  }

  func finish(_ report: JSON, isDryRun: Bool = false) throws {
    if isJSON { return console.line(JSON.object(["report": report]).compactText) }
    if isDryRun { return show(plan: report) }
    let status = try DeviceStatus(report)
    console.line(Columns.left("now", 22) + StatusView(console: console).verdict(status))
  }

  private func show(plan: JSON) {
    func list(_ name: String) -> String {
      let words = plan[name]?.array?.compactMap(\.string) ?? []
      return words.isEmpty ? "nothing" : words.joined(separator: ", ")
    }
    console.line("would put in place  \(list("streams"))")
    console.line("would restart       \(list("services"))")
  }
}
