package import Basics
internal import CanonicalJSON
package import Linux

/// A run of the package manager that its hooks announced, and for which something stepped aside.
package struct PackageRun: Sendable, Hashable {
  /// Whose hook announced it.
  package enum Announcer: String, Sendable, Hashable {
    /// apt's, which names what will be replaced.
    case apt
    /// dpkg's, which learns nothing but that something will be done.
    case dpkg
  }

  /// The longest note, in bytes.
  static let byteLimit = 1 << 20

  /// Whose hook announced it.
  package let announcer: Announcer
  /// The process that changes packages.
  package let process: ProcessIdentity
  /// When it was announced.
  package let since: UTCTime
  /// The files that are not covered meanwhile.
  package let aside: Set<RelativePath>

  /// Describes a run.
  package init(announcer: Announcer, process: ProcessIdentity, since: UTCTime, aside: Set<RelativePath>) {
    self.announcer = announcer
    self.process = process
    self.since = since
    self.aside = aside
  }

  /// Reads a note back.
  package init(parsing bytes: [UInt8]) throws(PackageError) {
    guard let json = try? JSON(parsing: bytes), let announcer = json["announcer"]?.string.flatMap(Announcer.init),
      let process = json["process"]?.string.flatMap({ ProcessIdentity($0) }),
      let since = json["since"]?.string.flatMap({ UTCTime($0) }), let names = json["aside"]?.array
    else { throw .malformedRun }
    var aside: Set<RelativePath> = []
    for name in names {
      guard let path = name.string.flatMap({ RelativePath($0) }) else { throw .malformedRun }
      aside.insert(path)
    }
    self.init(announcer: announcer, process: process, since: since, aside: aside)
  }

  /// The note.
  package var bytes: [UInt8] {
    let json: JSON = [
      "announcer": .string(announcer.rawValue), "process": .string(process.description),
      "since": .string(since.description), "aside": .array(aside.sorted().map { .string($0.description) }),
    ]
    return Array((json.compactText + "\n").utf8)
  }
}
