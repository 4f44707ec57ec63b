internal import Improvements
internal import SystemBus

/// Looks for a reason not to restart a unit: at its names, its properties, and at what systemd restarts or ends with it.
struct RestraintSearch: Sendable {
  /// The most units that may be restarted together without their owner's word.
  static let unitLimit = 64

  /// The relations by which a unit's restart reaches others.
  private static let relations = ["RequiredBy", "RequisiteOf", "BoundBy", "ConsistsOf", "PropagatesStopTo"]

  private let rules: RestartRules

  init(_ rules: RestartRules) { self.rules = rules }

  /// Why a unit of these names must not be restarted; nil where its names are no reason.
  func restraint(onNames names: [String]) -> ServiceRestraint? {
    rules.restraint(onNames: names, builtIn: Restraint.builtIn)
  }

  /// Why a unit must not be restarted; nil where it may.
  func restraint(on name: UnitName, _ manager: UnitManager) throws(BusError) -> ServiceRestraint? {
    let unit = try manager.unit(name)
    if let why = try own(unit, manager) { return why }
    guard let dependents = try dependents(of: unit, manager) else {
      return ServiceRestraint("more than \(Self.unitLimit) units may be restarted with it; restart it when they may be")
    }
    for other in dependents {
      guard let why = try dependent(other) else { continue }
      return ServiceRestraint("\(other.name) would end with it, and \(why.reason)", why.remedy)
    }
    return nil
  }

  /// The services that systemd restarts with a unit.
  func companions(of name: UnitName, _ manager: UnitManager) throws(BusError) -> [String] {
    let dependents = try dependents(of: manager.unit(name), manager) ?? []
    return dependents.map(\.name).filter { $0.kind == .service }.map(\.description).sorted()
  }

  /// The units that are up and that systemd restarts or ends with one; nil where they are too many.
  private func dependents(
    of unit: UnitManager.Unit, _ manager: UnitManager
  ) throws(BusError) -> [UnitManager.Unit]? {
    var waiting = [unit.name]
    var seen: Set<UnitName> = [unit.name]
    var found: [UnitManager.Unit] = []
    while let name = waiting.popLast() {
      let next = name == unit.name ? unit : try manager.unit(name)
      if name != unit.name {
        guard try next.state().isUp else { continue }
        found.append(next)
      }
      for relation in Self.relations {
        for other in try next.texts(relation).compactMap(UnitName.init) where seen.insert(other).inserted {
          waiting.append(other)
        }
      }
      if seen.count > Self.unitLimit { return nil }
    }
    return found
  }

  private func own(_ unit: UnitManager.Unit, _ manager: UnitManager) throws(BusError) -> ServiceRestraint? {
    guard unit.name.kind == .service else { return ServiceRestraint("it is no service", .reboot) }
    if let why = restraint(onNames: try unit.texts("Names")) { return why }
    switch try unit.text("LoadState") {
    case "loaded": break
    case "masked":
      return ServiceRestraint("it is masked, so that it would not start again; `systemctl unmask` ends that")
    case "not-found": return ServiceRestraint("its unit file is gone, so that it would not start again")
    default:
      return ServiceRestraint(
        "its unit file cannot be used, so that it would not start again; `systemctl status` says why")
    }
    for property in ["RefuseManualStop", "RefuseManualStart"] where try unit.truth(property) {
      return ServiceRestraint("its unit file forbids it; a reboot does it", .reboot)
    }
    if try unit.serviceText("Type") == "oneshot" {
      return ServiceRestraint("it does its work once and does not run on")
    }
    if try unit.truth("Transient") {
      return ServiceRestraint(
        "it runs what somebody started by hand, once (systemd-run); they start it again", .relaunch)
    }
    if let socket = unit.name.socketOfInstance, try manager.unit(socket).truth("Accept", of: "Socket") {
      return ServiceRestraint("it serves one connection, which a restart would break; it ends with that", .relaunch)
    }
    return nil
  }

  private func dependent(_ unit: UnitManager.Unit) throws(BusError) -> ServiceRestraint? {
    switch unit.name.kind {
    case .service, .target, .socket, .timer, .path: restraint(onNames: try unit.texts("Names"))
    case .mount, .automount, .swap: ServiceRestraint("what stands on it may be in use; a reboot does it", .reboot)
    case .device, .slice, .scope: ServiceRestraint("it would not come back by itself; a reboot does it", .reboot)
    }
  }
}
