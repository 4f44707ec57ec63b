import Improvements
import Terminal

/// What an apply would do and cost, for people.
struct PlanView {
  let console: Console

  func show(_ plan: RestartPlan) {
    fact("would put in place", plan.streams.map(\.description).joined(separator: ", "))
    fact("costs", Self.account(plan))
    let own = plan.steps.filter(\.isUnattended)
    show(own, under: "restart", own.count == 1 ? "by itself" : "by itself, in this order")
    for cost in PlanClass.allCases {
      show(plan.steps.filter { !$0.isUnattended && $0.cost == cost }, under: cost.rawValue, Self.waiting(cost))
    }
    if !plan.copies.isEmpty {
      fact("elsewhere", "left alone: copies that are not this system's files")
      StatusView(console: console).show(plan.copies)
    }
    for sentence in plan.unknown { fact("unknown", sentence) }
    if plan.unseen > 0 {
      fact(
        "note",
        plan.unseen == 1 ? "1 process could not be looked at" : "\(plan.unseen) processes could not be looked at")
    }
  }

  private static func account(_ plan: RestartPlan) -> String {
    if plan.cost == .nothing, !plan.unknown.isEmpty { return "unknown: nobody says who has what is read" }
    if plan.cost == .nothing { return "nothing: no process that could be looked at runs the vulnerable code" }
    if plan.steps.allSatisfy(\.isUnattended) {
      return "restart: services restart by themselves, and then no process runs the vulnerable code"
    }
    return "\(plan.cost.rawValue): what waits for a person runs the vulnerable code until then"
  }

  private static func waiting(_ cost: PlanClass) -> String {
    switch cost {
    case .nothing: "nothing to do"
    case .restart: "by their owner, never unattended"
    case .relaunch: "by who uses them"
    case .session: "when somebody logs out and in again"
    case .softReboot: "when the machine's user space starts anew: `suture reboot`"
    case .reboot: "when the machine restarts: `suture reboot`"
    }
  }

  private func show(_ steps: [RestartPlan.Step], under heading: String, _ account: String) {
    guard !steps.isEmpty else { return }
    fact(heading, account)
    for step in steps { console.line("  " + step.account) }
  }

  private func fact(_ name: String, _ value: String) {
    console.line(console.styled(Columns.left(name, 20), .bold) + value)
  }
}
