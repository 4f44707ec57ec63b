/// The order in which units are restarted: one that starts after another is restarted after it, process 1 comes last.
enum RestartOrder {
  /// The most units that are put in order by their dependencies; more are restarted one by one, as they come.
  static let unitLimit = 1_024

  /// Puts names in groups, each to be restarted after those before it.
  ///
  /// - Parameter after: for a unit, those that it comes after; where they go in a circle, which systemd breaks somewhere too,
  ///   the first of the circle comes as it came, alone.
  static func groups(_ names: [String], after: [String: Set<String>]) -> [[String]] {
    var groups: [[String]] = []
    var waiting = names.filter { $0 != Systemd.itself }
    while !waiting.isEmpty {
      let open = Set(waiting)
      var next = waiting.filter { after[$0, default: []].subtracting([$0]).isDisjoint(with: open) }
      if next.isEmpty { next = [waiting[0]] }
      groups.append(next)
      waiting.removeAll { next.contains($0) }
    }
    return groups + names.filter { $0 == Systemd.itself }.map { [$0] }
  }
}
