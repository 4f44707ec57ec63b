internal import Activation
internal import Basics
package import Improvements
internal import Journal
internal import Linux

// What it takes until no process runs the vulnerable code: found out from the kernel and the service manager, and nothing is
// changed for it.
extension Device {
  /// What `apply` would do now, and what it costs.
  package func plan(component: String?) async throws -> RestartPlan { try await plan(for: choose(component)) }

  /// What `reapply` would do now, and what it costs.
  package func planReapply(component: String?) async throws -> RestartPlan {
    try await plan(for: chooseHeld(component))
  }

  private func plan(for chosen: [ImprovementRecord]) async throws -> RestartPlan {
    for record in chosen { try admit(record) }
    let meant = Dictionary(chosen.map { ($0.manifest.stream, $0.manifest.serial) }) { max($0, $1) }
    let streams = meant.keys.sorted()
    let (findings, copies) = try await survey(of: chosen, meant)
    let atStart = Set(chosen.filter { $0.manifest.switchMoment == .start }.map(\.manifest.stream))
    let processes = findings.processes.filter { meant[$0.key] != nil && !atStart.contains($0.key) }.values.joined()
    var steps = await remedies(for: Array(processes))
    steps += await restartsOfMachine(for: atStart, findings.processes)
    let restarting = Set(steps.map(\.subject))
    for service in try await fallen(meant.filter { !atStart.contains($0.key) })
    where !restarting.contains(.unit(service)) {
      if await restraint(on: service) == nil { steps.append(started(service)) }
    }
    return RestartPlan(
      streams: streams, steps: await sorted(steps),
      copies: copies.filter { meant[$0.key] != nil }.values.joined().sorted { $0.pid < $1.pid },
      unseen: findings.unseen.count, unknown: untold(chosen))
  }

  /// What it takes for improvements that take their place only when the machine starts.
  func restartsOfMachine(
    for streams: Set<Stream>, _ processes: [Stream: [ProcessReport]]
  ) async -> [RestartPlan.Step] {
    guard !streams.isEmpty else { return [] }
    let exposed = Set(
      streams.flatMap { processes[$0] ?? [] }.filter { $0.exposure != .protected }.map(\.pid))
    let names = streams.map(\.component).sorted().joined(separator: ", ")
    return [
      RestartPlan.Step(
        await parts.manager.canSoftReboot() ? .softReboot : .reboot, isUnattended: false, .machine, in: .unmanaged,
        processes: exposed.count,
        reason: "\(names) \(streams.count == 1 ? "takes its place" : "take their places") when it starts")
    ]
  }

  /// The services that ran the improvements' code before, do not run now and are started with them.
  private func fallen(_ meant: [Stream: Serial]) async throws -> [String] {
    var services: Set<String> = []
    for (stream, probation) in try parts.journal.probations() where meant[stream] == probation.serial {
      services.formUnion(probation.services)
    }
    return try await ended(services)
  }

  private func started(_ service: String) -> RestartPlan.Step {
    RestartPlan.Step(
      .restart, isUnattended: true, .unit(service), in: .unit(service), processes: 0,
      reason: "it does not run and is started")
  }

  // What the device does by itself in the manager's order, then what waits, the lightest first.
  private func sorted(_ steps: [RestartPlan.Step]) async -> [RestartPlan.Step] {
    let order = await parts.manager.inGroups(RestartPlan(streams: [], steps: steps).services.sorted()).flatMap { $0 }
    let places = Dictionary(order.enumerated().map { ($1, $0) }) { first, _ in first }
    func place(_ step: RestartPlan.Step) -> (Int, PlanClass, String) {
      switch step.subject {
      case .unit(let name): (step.isUnattended ? places[name] ?? 0 : order.count, step.cost, name)
      case .program(let name): (order.count, step.cost, "\(name) \(step.place) \(step.user ?? 0)")
      case .machine: (order.count, step.cost, "")
      }
    }
    return steps.sorted { place($0) < place($1) }
  }

  /// What has to be done about processes, so that none of them runs other code than it should.
  func remedies(for processes: [ProcessReport]) async -> [RestartPlan.Step] {
    var services: [String: Set<Int32>] = [:]
    var programs: [Program: Set<Int32>] = [:]
    for process in processes where process.exposure != .protected {
      if let service = process.service {
        services[service, default: []].insert(process.pid)
      } else {
        programs[Program(process), default: []].insert(process.pid)
      }
    }
    var steps = programs.map { $0.step(processes: $1.count) }
    for (service, pids) in services { steps.append(await step(service, processes: pids.count)) }
    // What only a reboot ends, the lighter one ends as well.
    if steps.contains(where: { $0.cost == .reboot }), await parts.manager.canSoftReboot() {
      steps = steps.map { $0.cost == .reboot ? $0.costing(.softReboot) : $0 }
    }
    return await sorted(steps)
  }

  private func step(_ service: String, processes: Int) async -> RestartPlan.Step {
    if let why = await restraint(on: service) {
      return RestartPlan.Step(
        why.remedy, isUnattended: false, .unit(service), in: .unit(service), processes: processes, reason: why.reason)
    }
    let isFirstProcess = service == Systemd.itself
    return RestartPlan.Step(
      .restart, isUnattended: true, .unit(service), in: .unit(service), processes: processes,
      companions: await parts.manager.companions(of: service),
      reason: isFirstProcess ? "it executes its program anew, and its units run on" : nil)
  }
}

/// Processes of one program that no service manager restarts, and that one person has to see to.
private struct Program: Hashable {
  let name: String
  let place: ProcessPlace
  let user: UInt32?
  let leads: Bool
  let isFirst: Bool

  init(_ process: ProcessReport) {
    name = process.name
    place = process.place
    isFirst = process.pid == 1
    if case .userUnit(_, let number) = process.place, let number = UInt32(number) {
      user = number
    } else {
      user = ProcessTable.user(of: process.pid)
    }
    if case .session = process.place { leads = SessionHead.leads(process.pid) } else { leads = false }
  }

  func step(processes: Int) -> RestartPlan.Step {
    let (cost, reason) = remedy
    return RestartPlan.Step(
      cost, isUnattended: false, .program(name), in: place, user: user, processes: processes, reason: reason)
  }

  private var remedy: (PlanClass, String) {
    if isFirst { return (.reboot, "it is the machine's first process; a reboot does it") }
    switch place {
    case .userUnit(let unit, _) where Restraint.ofSessions.holds(unit):
      return (.session, Restraint.ofSessions.why.reason)
    // What a desktop starts is in a scope, which no manager starts again.
    case .userUnit(let unit, _) where unit.hasSuffix(".scope"):
      return (.relaunch, "its user ends it and starts it again")
    case .userUnit(let unit, _): return (.relaunch, "its user restarts it, by `systemctl --user restart \(unit)`")
    case .session where leads: return (.session, "its session ends with it; logging out and in again does it")
    case .session: return (.relaunch, "its user ends it and starts it again")
    case .container: return (.relaunch, "who runs the container restarts it")
    case .unit, .unmanaged: return (.relaunch, "who started it ends it and starts it again")
    }
  }
}
