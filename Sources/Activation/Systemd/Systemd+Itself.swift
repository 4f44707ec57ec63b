internal import Improvements
internal import Linux
internal import SystemBus

extension Systemd {
  /// The name of the unit that process 1 is in, alone.
  package static let itself = "init.scope"

  /// The program that process 1 runs.
  private static let program = "/proc/1/exe"
  /// How long a trial of it may take.
  private static let trialLimit: Duration = .seconds(10)

  /// What starts after another is restarted after it, so that none comes up on what is about to go down; and what systemd
  /// restarts with another, after that other, so that none is restarted twice at the same time.
  ///
  /// Process 1 comes last: where a service does not live with the new files, it has not been touched.
  package func inGroups(_ names: [String]) async -> [[String]] {
    let units = names.filter { $0 != Self.itself }.compactMap { UnitName($0) }
    let oneByOne = names.filter { $0 != Self.itself } + names.filter { $0 == Self.itself }
    guard units.count > 1, units.count <= RestartOrder.unitLimit else { return oneByOne.map { [$0] } }
    let known = Set(names)
    let after = try? await ask { manager in
      try Dictionary(
        units.map { name in
          let unit = try manager.unit(name)
          let others = try Self.precedence.flatMap { try unit.texts($0) }
          return (name.description, known.intersection(others))
        }
      ) { $1 }
    }
    // Where systemd does not answer, as they come.
    return after.map { RestartOrder.groups(names, after: $0) } ?? oneByOne.map { [$0] }
  }

  /// The properties of a unit that name what it is restarted after (systemd.unit(5)).
  private static let precedence = ["After", "Requires", "Requisite", "BindsTo", "PartOf"]

  /// Has process 1 execute its program anew, as `systemctl daemon-reexec` does: its units and their processes run on.
  ///
  /// A process 1 that ends stops the machine, so another process shows first that the program still starts.
  func restartItself() async throws -> Duration {
    let trial = try await WaitingThread.run {
      try ProcessLauncher.run(Self.program, arguments: ["--version"], limit: Self.trialLimit).end
    }
    guard trial == .exited(0) else {
      throw ServiceError.notRestarted(Self.itself, "systemd would not start again: a trial of its program failed")
    }
    let asked = ContinuousClock.now
    try await ask { manager in
      do { try manager.reexecute() } catch {
        guard case BusError.refused = error else { throw error }
        throw ServiceError.notRestarted(Self.itself, "\(error)")
      }
    }
    while true {
      do {
        try await ask { manager in _ = try manager.unit(Self.unit).state() }
        return asked.duration(to: .now)
      } catch {
        guard asked.duration(to: .now) < limit else { throw ServiceError.stillRestarting(Self.itself, limit) }
        try await Task.sleep(for: .milliseconds(10))
      }
    }
  }

  private static var unit: UnitName {
    get throws {
      guard let unit = UnitName(itself) else { throw ServiceError.unknown(itself) }
      return unit
    }
  }
}
