internal import DebianArchive

extension Gates {
  /// Dependencies: whatever the new build needs must be what the old one needed, because nothing is installed.
  ///
  /// A dependency whose only change is that it follows the package's own version (`= 2.50.6-1~deb12u2`) is between
  /// packages of one source; its package is named as a sibling. A version that holds a Debian revision is as good as
  /// never shared by two sources by chance.
  static func dependencies(_ pair: PackagePair, _ verdict: inout Verdict) throws(DebianError) {
    let fields = ["Pre-Depends", "Depends"]
    var old: [Relationship] = []
    for field in fields { old += try pair.old.relationships(field) }
    let oldTexts = Set(old.map { pair.oldVersion.removed(from: $0.description) })
    for field in fields {
      for wanted in try pair.new.relationships(field) {
        let text = pair.newVersion.removed(from: wanted.description)
        if oldTexts.contains(text) {
          if text != wanted.description { wanted.alternatives.forEach { verdict.follow($0.name) } }
        } else if !old.contains(where: { $0.implies(wanted) }) {
          verdict.refuse(.dependencies, sentence(wanted, old))
        }
      }
    }
    for field in ["Conflicts", "Breaks"] {
      let before = try pair.old.relationships(field)
      let texts = Set(before.map { pair.oldVersion.removed(from: $0.description) })
      for excluded in try pair.new.relationships(field) {
        // A narrower exclusion is as good as the old one.
        if texts.contains(pair.newVersion.removed(from: excluded.description)) { continue }
        if before.contains(where: { excluded.implies($0) }) { continue }
        verdict.refuse(.dependencies, "The new build declares \(field) \"\(excluded)\", which the old one did not.")
      }
    }
  }

  private static func sentence(_ wanted: Relationship, _ old: [Relationship]) -> String {
    let names = Set(wanted.alternatives.map(\.name))
    guard let near = old.first(where: { $0.alternatives.contains { names.contains($0.name) } }) else {
      return "The new build depends on \"\(wanted)\", the old one did not."
    }
    return "The new build depends on \"\(wanted)\", the old one only on \"\(near)\"."
  }
}
