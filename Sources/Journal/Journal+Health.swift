package import Basics
internal import CanonicalJSON
package import Improvements

/// What becomes of a stream's probation in the same transaction in which its improvement changes state.
package struct ProbationChange: Sendable, Hashable {
  /// The stream.
  package let stream: Stream
  /// How its probation stands from now on; nil where there is none any more.
  package let probation: Probation?

  /// Describes a change.
  package init(_ stream: Stream, _ probation: Probation?) {
    self.stream = stream
    self.probation = probation
  }
}

/// A rollback that did not come to a good end, until it does.
package struct Alarm: Sendable, Hashable {
  /// What is wrong, in one sentence.
  package let reason: String
  /// The services that should run and do not.
  package let services: Set<String>
  /// Since when.
  package let since: UTCTime

  /// Describes an alarm.
  package init(reason: String, services: Set<String>, since: UTCTime) {
    self.reason = reason
    self.services = services
    self.since = since
  }
}

/// A component that its owner pinned.
package struct Pin: Sendable, Hashable {
  /// Who did.
  package let owner: String
  /// When.
  package let since: UTCTime

  /// Describes a pin.
  package init(owner: String, since: UTCTime) {
    self.owner = owner
    self.since = since
  }
}

extension Journal {
  static func makeVersion4(_ database: Database) throws(JournalError) {
    try database.run("CREATE TABLE probation (stream TEXT PRIMARY KEY, state TEXT NOT NULL) STRICT")
    try database.run(
      "CREATE TABLE pinned (stream TEXT PRIMARY KEY, owner TEXT NOT NULL, since INTEGER NOT NULL) STRICT")
    try database.run(
      """
      CREATE TABLE alarm (
        stream TEXT PRIMARY KEY, reason TEXT NOT NULL, services TEXT NOT NULL, since INTEGER NOT NULL) STRICT
      """)
  }

  // MARK: - Probation

  static func write(_ change: ProbationChange, to database: Database) throws(JournalError) {
    guard let probation = change.probation else {
      try database.run("DELETE FROM probation WHERE stream = ?", [.text(change.stream.description)])
      return
    }
    try database.run(
      "INSERT OR REPLACE INTO probation (stream, state) VALUES (?, ?)",
      [.text(change.stream.description), .text(probation.json.compactText)])
  }

  /// Every stream whose improvement is watched, or waits to be tried again.
  package func probations() throws(JournalError) -> [Stream: Probation] {
    try access { database throws(JournalError) in
      var found: [Stream: Probation] = [:]
      for row in try database.run("SELECT stream, state FROM probation") {
        guard let stream = Stream(try row.text(0)), let json = try? JSON(parsing: Array(row.text(1).utf8)),
          let probation = try? Probation(json)
        else { throw .damaged("a probation is none") }
        found[stream] = probation
      }
      return found
    }
  }

  /// Writes down how a probation stands.
  package func record(_ change: ProbationChange) throws(JournalError) {
    try access { database throws(JournalError) in try Self.write(change, to: database) }
  }

  // MARK: - Alarms

  /// Every rollback that did not come to a good end.
  package func alarms() throws(JournalError) -> [Stream: Alarm] {
    try access { database throws(JournalError) in
      var found: [Stream: Alarm] = [:]
      for row in try database.run("SELECT stream, reason, services, since FROM alarm") {
        guard let stream = Stream(try row.text(0)) else { throw .damaged("an alarm's stream is none") }
        let services = try row.text(2).split(separator: " ").map(String.init)
        found[stream] = Alarm(
          reason: try row.text(1), services: Set(services),
          since: UTCTime(secondsSinceEpoch: try row.integer(3)))
      }
      return found
    }
  }

  /// Raises an alarm, or ends it.
  package func setAlarm(_ alarm: Alarm?, of stream: Stream) throws(JournalError) {
    try access { database throws(JournalError) in
      guard let alarm else {
        try database.run("DELETE FROM alarm WHERE stream = ?", [.text(stream.description)])
        return
      }
      try database.run(
        "INSERT OR REPLACE INTO alarm (stream, reason, services, since) VALUES (?, ?, ?, ?)",
        [
          .text(stream.description), .text(alarm.reason), .text(alarm.services.sorted().joined(separator: " ")),
          .integer(alarm.since.secondsSinceEpoch),
        ])
    }
  }

  // MARK: - What the owner pinned

  /// The components that their owner pinned.
  package func pins() throws(JournalError) -> [Stream: Pin] {
    try access { database throws(JournalError) in
      var found: [Stream: Pin] = [:]
      for row in try database.run("SELECT stream, owner, since FROM pinned") {
        guard let stream = Stream(try row.text(0)) else { throw .damaged("a pinned component is none") }
        found[stream] = Pin(owner: try row.text(1), since: UTCTime(secondsSinceEpoch: try row.integer(2)))
      }
      return found
    }
  }

  /// Pins a component, or takes the pin off.
  package func setPin(_ pin: Pin?, of stream: Stream) throws(JournalError) {
    try access { database throws(JournalError) in
      guard let pin else {
        try database.run("DELETE FROM pinned WHERE stream = ?", [.text(stream.description)])
        return
      }
      try database.run(
        "INSERT OR REPLACE INTO pinned (stream, owner, since) VALUES (?, ?, ?)",
        [.text(stream.description), .text(pin.owner), .integer(pin.since.secondsSinceEpoch)])
    }
  }
}
