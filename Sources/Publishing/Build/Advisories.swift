package import Basics
package import DebianArchive
package import Improvements

/// Why a new build exists: the weaknesses that its changelog names since the oldest baseline.
package enum Advisories {
  /// Every CVE of the entries newer than a version, the newest entry first, each once.
  ///
  /// The urgency of the entry is all that a changelog says of severity. Where no changelog can be read the note says so:
  /// a fix is not held back for its paper.
  package static func closed(
    by new: DebPackage, since old: DebianVersion, now: UTCTime
  ) -> (advisories: [Advisory], note: String?) {
    let changelog: Changelog
    do throws(DebianError) {
      guard let own = try new.changelog() else {
        return ([], "\(new.name) carries no changelog of its own: name advisories with --advisory")
      }
      changelog = own
    } catch {
      return ([], "\(error) Name advisories with --advisory")
    }
    var found: [Advisory] = []
    for entry in changelog.entries(after: old, through: new.version) {
      for id in entry.vulnerabilities where !found.contains(where: { $0.id == id }) {
        let advisory = Advisory(id: id, modified: entry.date ?? now, severity: entry.urgency)
        if let advisory { found.append(advisory) }
      }
    }
    return (Array(found.prefix(Manifest.noteLimit)), nil)
  }

  /// An advisory that the publisher names.
  package static func named(_ id: String, now: UTCTime) throws(PublishingError) -> Advisory {
    guard let advisory = Advisory(id: id, modified: now) else { throw .badAdvisory(id) }
    return advisory
  }
}
