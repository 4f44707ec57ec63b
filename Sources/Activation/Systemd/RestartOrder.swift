/// The order in which units are restarted: one that starts after another is restarted after it, process 1 comes last.
enum RestartOrder {
  /// The most units that are put in order by their dependencies; more are restarted as they come.
  static let unitLimit = 1_024

  /// Puts names in order.
  ///
  /// - Parameter after: for a unit, those that it starts after (systemd.unit(5), After=); where they go in a circle, which
  ///   systemd breaks somewhere too, the rest of the circle comes as it came.
  static func order(_ names: [String], after: [String: Set<String>]) -> [String] {
    var ordered: [String] = []
    var waiting = names.filter { $0 != Systemd.itself }
    while !waiting.isEmpty {
      let open = Set(waiting)
      let next = waiting.firstIndex { name in
        after[name, default: []].subtracting([name]).isDisjoint(with: open)
      }
      ordered.append(waiting.remove(at: next ?? 0))
    }
    return ordered + names.filter { $0 == Systemd.itself }
  }
}
