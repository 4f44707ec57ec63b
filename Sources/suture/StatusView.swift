import Basics
import Improvements
import Terminal

/// A device's account of itself, for people.
struct StatusView {
  let console: Console

  func show(_ status: DeviceStatus) {
    console.line(verdict(status))
    for component in status.components {
      console.line()
      show(component)
    }
    console.line()
    fact("last look", status.lastFreshLook.map { "\($0)" } ?? "never")
    fact("automatic", status.automatic ? "on" : "off")
    fact("log", "\(DeviceStatus.logAccount), policy: \(status.transparencyRequired ? "required" : "off")")
    for limit in status.limits { fact("note", limit) }
  }

  /// One line over the whole machine.
  func verdict(_ status: DeviceStatus) -> String {
    let processes = status.components.flatMap(\.processes)
    let exposed = processes.filter { $0.exposure == .exposed || $0.exposure == .unknown }.count
    switch status.verdict {
    case .protected:
      return console.styled("protected", .green)
        + "  \(status.components.count) in place, no process that could be looked at runs the vulnerable code"
    case .pending: return console.styled("pending", .yellow) + "  restarts are under way"
    case .exposed where exposed == 0:
      return console.styled("exposed", .red) + "  an improvement that fits is not in place"
    case .exposed:
      return console.styled("exposed", .red)
        + "  the vulnerable code runs in \(exposed) of \(processes.count) processes"
    case .unknown: return console.styled("unknown", .red) + "  Suture cannot tell; the notes say why"
    case .nothingToProtect: return "nothing to protect  no improvement is known that fits this machine"
    }
  }

  private func show(_ component: DeviceStatus.Component) {
    console.line(
      console.styled(component.stream.component, .bold) + "  \(component.baseline) (\(component.letter))")
    let detail = component.state.detail
    fact("state", component.state.name + (detail.isEmpty ? "" : ": \(detail)") + ", since \(component.since)")
    fact("fixed in", "\(component.fixedIn), \(DeviceStatus.logAccount)")
    for (index, line) in Columns.filled(component.advisories, width: 80).enumerated() {
      fact(index == 0 ? "closes" : "", line)
    }
    for process in component.processes { show(process) }
  }

  private func show(_ process: ProcessReport) {
    let style: Style =
      switch process.exposure {
      case .protected: .green
      case .pending: .yellow
      case .exposed, .unknown: .red
      }
    let name = "\(process.pid) \(process.name)" + (process.service.map { " (service \($0))" } ?? "")
    console.line(
      "  " + console.styled(Columns.left(process.exposure.rawValue, 11), style) + name + " maps " + process.mapped)
  }

  private func fact(_ name: String, _ value: String) {
    console.line("  " + console.styled(Columns.left(name, 11), .dim) + value)
  }
}
