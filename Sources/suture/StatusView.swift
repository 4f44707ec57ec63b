import Basics
import CanonicalJSON
import Improvements
import Terminal

/// A device's account of itself, for people.
struct StatusView {
  let console: Console

  func show(_ status: DeviceStatus) {
    for alarm in status.alarms { console.line(console.styled("ROLLBACK FAILED", .red) + "  " + alarm) }
    console.line(verdict(status))
    for component in status.components {
      console.line()
      show(component)
    }
    console.line()
    fact("last look", status.lastFreshLook.map { "\($0)" } ?? "never")
    fact("automatic", status.automatic ? "on" : "off")
    fact("ring", status.ring.rawValue)
    fact("log", "\(status.logAccount), policy: \(status.transparencyRequired ? "required" : "off")")
    for limit in status.limits { fact("note", limit) }
  }

  /// One line over the whole machine.
  func verdict(_ status: DeviceStatus) -> String {
    let processes = status.components.flatMap(\.processes)
    let exposed = processes.filter { $0.exposure == .exposed || $0.exposure == .unknown }.count
    switch status.verdict {
    case .protected:
      let count = status.components.count { $0.state.isInPlace || $0.standing != nil }
      return console.styled("protected", .green)
        + "  \(count) in place, no process that could be looked at runs the vulnerable code"
        + elsewhere(status)
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
    if let standing = component.standing {
      fact("in place", "(\(standing.letter)), \(standing.state.name), since \(standing.since)")
    }
    if component.isPinned { fact("pinned", "by its owner: nothing changes it by itself") }
    if let health = component.health { fact("health", Self.words(for: health)) }
    if let cohort = component.turn?.cohort { fact("rollout", "cohort \(cohort) of 0 to \(Cohort.count - 1)") }
    fact("fixed in", "\(component.fixedIn)")
    fact("log", component.log.account)
    for (index, line) in Columns.filled(component.advisories, width: 80).enumerated() {
      fact(index == 0 ? "closes" : "", line)
    }
    if let read = component.read {
      fact("reads", component.isUntold ? console.styled(read.account, .red) : read.account)
    }
    for process in component.processes { show(process) }
    show(component.copies)
  }

  // Said where all else is well, so that nobody takes them for protected.
  private func elsewhere(_ status: DeviceStatus) -> String {
    let count = Set(status.components.flatMap(\.copies).filter { $0.build != .improved }.map(\.pid)).count
    guard count > 0 else { return "" }
    return "; \(count) \(count == 1 ? "runs a copy of its own" : "run copies of their own") elsewhere"
  }

  // Containers run many processes on one copy, and choose their names.
  func show(_ copies: [CopyReport]) {
    let groups = Dictionary(grouping: copies) { "\($0.place)\0\($0.mapped)\0\($0.build.rawValue)" }
    for (_, group) in groups.sorted(by: { $0.value[0].pid < $1.value[0].pid }) {
      let first = group[0]
      let build =
        switch first.build {
        case .vulnerable: "the vulnerable build"
        case .improved: "the fixed build"
        case .other: "another build"
        case .unread: "a build that could not be read"
        }
      let others = group.count == 1 ? "" : " and \(group.count - 1) more"
      console.line(
        "  " + console.styled(Columns.left("elsewhere", 11), first.build == .improved ? .dim : .yellow)
          + "\(first.pid) \(JSON.quoted(first.name))\(others) (\(first.place)) maps \(JSON.quoted(first.mapped, limit: 512)), \(build), not this system's file"
      )
    }
  }

  private static func words(for health: HealthReport) -> String {
    let until = health.until.map { "\($0)" } ?? "then"
    let reason = health.reason.map { ": \($0)" } ?? ""
    return switch health.word {
    case .watched: "watched until about \(until)" + (health.reason.map { "; endured: \($0)" } ?? "")
    case .fallback: "taken off, and what it fell back to is watched until about \(until)\(reason)"
    case .waiting: "tried again after \(until), try \(health.attempt)\(reason)"
    case .givenUp: "not tried again by itself\(reason)"
    }
  }

  private func show(_ process: ProcessReport) {
    let style: Style =
      switch process.exposure {
      case .protected: .green
      case .pending: .yellow
      case .exposed, .unknown: .red
      }
    let name =
      "\(process.pid) \(process.name) (\(process.service.map { "service \($0)" } ?? process.place.description))"
    console.line(
      "  " + console.styled(Columns.left(process.exposure.rawValue, 11), style) + name
        + (process.reads ? " reads " : " maps ") + process.mapped)
  }

  private func fact(_ name: String, _ value: String) {
    console.line("  " + console.styled(Columns.left(name, 11), .dim) + value)
  }
}
