package import Improvements

extension UnitName {
  /// The service of the system's own manager that a control group belongs to, by its path.
  ///
  /// `manager` is the path of that manager's own group, less `/init.scope`: empty where the machine, or the container
  /// that it manages, has a namespace of control groups to itself. Slices are passed over, and what follows them is the
  /// unit; groups beneath a service's are its own. Nil for scopes and sessions, and wherever another manager keeps units
  /// beneath: a user's, or a container's.
  package static func service(ofControlGroup path: String, manager: String) -> UnitName? {
    guard path.hasPrefix(manager), path.dropFirst(manager.count).first == "/" else { return nil }
    let groups = path.dropFirst(manager.count).split(separator: "/").map(unescaped)
    guard let first = groups.firstIndex(where: { UnitName($0)?.kind != .slice }),
      let unit = UnitName(groups[first]), unit.kind == .service, !unit.description.hasPrefix("user@"),
      groups[(first + 1)...].allSatisfy({ !isManaged($0) })
    else { return nil }
    return unit
  }

  /// Whether a group is one that a manager makes for a unit of its own.
  private static func isManaged(_ group: String) -> Bool {
    guard let kind = UnitName(group)?.kind else { return false }
    return kind == .service || kind == .scope || kind == .slice
  }

  // A name that the kernel keeps for itself, such as `cgroup.procs`, is written with an underscore before it.
  private static func unescaped(_ group: Substring) -> String {
    String(group.hasPrefix("_") ? group.dropFirst() : group)
  }
}
