internal import SystemBus

/// Looks for a reason not to restart a unit: at its names, its properties, and at what systemd restarts or ends with it.
struct RestraintSearch: Sendable {
  /// The most units that may be restarted together without their owner's word.
  static let unitLimit = 64

  /// The relations by which a unit's restart reaches others.
  private static let relations = ["RequiredBy", "RequisiteOf", "BoundBy", "ConsistsOf", "PropagatesStopTo"]

  private let restraints: [Restraint]

  init(_ restraints: [Restraint]) { self.restraints = restraints }

  /// Why a unit of one of these names must not be restarted; nil where it may.
  func restraint(onNames names: [String]) -> String? {
    restraints.first { restraint in names.contains { restraint.holds($0) } }?.reason
  }

  /// Why a unit must not be restarted; nil where it may.
  func restraint(on name: UnitName, _ manager: UnitManager) throws(BusError) -> String? {
    var waiting = [name]
    var seen: Set<UnitName> = [name]
    while let next = waiting.popLast() {
      let unit = try manager.unit(next)
      if next == name {
        if let reason = try own(unit, manager) { return reason }
      } else {
        guard try unit.state().isUp else { continue }
        if let reason = try dependent(unit) { return "\(next) would end with it, and \(reason)" }
      }
      for relation in Self.relations {
        for other in try unit.texts(relation).compactMap(UnitName.init) where seen.insert(other).inserted {
          waiting.append(other)
        }
      }
      if seen.count > Self.unitLimit { return "more than \(Self.unitLimit) units may be restarted with it" }
    }
    return nil
  }

  private func own(_ unit: UnitManager.Unit, _ manager: UnitManager) throws(BusError) -> String? {
    guard unit.name.kind == .service else { return "it is no service" }
    if let reason = restraint(onNames: try unit.texts("Names")) { return reason }
    switch try unit.text("LoadState") {
    case "loaded": break
    case "masked": return "it is masked, so that it would not start again; `systemctl unmask` ends that"
    case "not-found": return "its unit file is gone, so that it would not start again"
    default: return "its unit file cannot be used, so that it would not start again; `systemctl status` says why"
    }
    for property in ["RefuseManualStop", "RefuseManualStart"] where try unit.truth(property) {
      return "its unit file forbids it; a reboot does it"
    }
    if try unit.serviceText("Type") == "oneshot" { return "it does its work once and does not run on" }
    if let socket = unit.name.socketOfInstance, try manager.unit(socket).truth("Accept", of: "Socket") {
      return "it serves one connection, which a restart would break; it ends with that"
    }
    return nil
  }

  private func dependent(_ unit: UnitManager.Unit) throws(BusError) -> String? {
    switch unit.name.kind {
    case .service, .target, .socket, .timer, .path: restraint(onNames: try unit.texts("Names"))
    case .mount, .automount, .swap: "what stands on it may be in use; a reboot does it"
    case .device, .slice, .scope: "it would not come back by itself; a reboot does it"
    }
  }
}
