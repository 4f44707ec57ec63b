package import Basics
package import Improvements

/// An improvement that its publisher took back, as it was verified here.
package struct JournaledWithdrawal: Sendable, Hashable {
  /// The stream.
  package let stream: Stream
  /// The serial.
  package let serial: Serial
  /// The digest of the manifest that is meant.
  package let manifest: Digest
  /// Why.
  package let reason: String
  /// The roles that vouched for it.
  package let roles: [String]
  /// When it was seen here.
  package let since: UTCTime

  /// Describes a withdrawal that was verified.
  package init(_ withdrawal: Withdrawal, by roles: [String], since: UTCTime) {
    self.init(
      stream: withdrawal.stream, serial: withdrawal.serial, manifest: withdrawal.manifest, reason: withdrawal.reason,
      roles: roles, since: since)
  }

  init(stream: Stream, serial: Serial, manifest: Digest, reason: String, roles: [String], since: UTCTime) {
    self.stream = stream
    self.serial = serial
    self.manifest = manifest
    self.reason = reason
    self.roles = roles
    self.since = since
  }
}

extension Journal {
  // What was confirmed is kept for each serial, so that a withdrawal has something to go back to.
  static func makeVersion3(_ database: Database) throws(JournalError) {
    try database.run(
      """
      CREATE TABLE confirmed_serial (stream TEXT NOT NULL, serial INTEGER NOT NULL, PRIMARY KEY (stream, serial)) STRICT
      """)
    try database.run("INSERT INTO confirmed_serial (stream, serial) SELECT stream, serial FROM confirmed")
    try database.run("DROP TABLE confirmed")
    try database.run("ALTER TABLE confirmed_serial RENAME TO confirmed")
    try database.run(
      """
      CREATE TABLE withdrawn (
        stream TEXT NOT NULL, serial INTEGER NOT NULL, manifest TEXT NOT NULL, reason TEXT NOT NULL,
        roles TEXT NOT NULL, since INTEGER NOT NULL, PRIMARY KEY (stream, serial)) STRICT
      """)
  }

  static func withdraw(_ withdrawal: JournaledWithdrawal, in database: Database) throws(JournalError) {
    try database.run(
      """
      INSERT OR IGNORE INTO withdrawn (stream, serial, manifest, reason, roles, since) VALUES (?, ?, ?, ?, ?, ?)
      """,
      [
        .text(withdrawal.stream.description), .integer(withdrawal.serial.number), .text(withdrawal.manifest.hex),
        .text(withdrawal.reason), .text(withdrawal.roles.joined(separator: " ")),
        .integer(withdrawal.since.secondsSinceEpoch),
      ])
  }

  /// Everything that was ever withdrawn of what concerns this machine, by stream and serial.
  package func withdrawals() throws(JournalError) -> [Stream: [Serial: JournaledWithdrawal]] {
    try access { database throws(JournalError) in
      var found: [Stream: [Serial: JournaledWithdrawal]] = [:]
      for row in try database.run("SELECT stream, serial, manifest, reason, roles, since FROM withdrawn") {
        guard let stream = Stream(try row.text(0)), let serial = Serial(try row.integer(1)),
          let manifest = Digest(try row.text(2))
        else { throw .damaged("a withdrawn improvement is none") }
        found[stream, default: [:]][serial] = JournaledWithdrawal(
          stream: stream, serial: serial, manifest: manifest, reason: try row.text(3),
          roles: try row.text(4).split(separator: " ").map(String.init),
          since: UTCTime(secondsSinceEpoch: try row.integer(5)))
      }
      return found
    }
  }

  /// The serials of a stream that were confirmed here and are not withdrawn.
  package func confirmedSerials(_ stream: Stream) throws(JournalError) -> Set<Serial> {
    try access { database throws(JournalError) in
      let rows = try database.run(
        """
        SELECT serial FROM confirmed WHERE stream = ?1
          AND serial NOT IN (SELECT serial FROM withdrawn WHERE stream = ?1)
        """, [.text(stream.description)])
      var serials: Set<Serial> = []
      for row in rows {
        guard let serial = Serial(try row.integer(0)) else { throw .damaged("a confirmed serial is none") }
        serials.insert(serial)
      }
      return serials
    }
  }

  /// The highest serial of a stream that was ever confirmed here and is not withdrawn; nil where none is.
  package func highestConfirmed(_ stream: Stream) throws(JournalError) -> Serial? {
    try confirmedSerials(stream).max()
  }

  // MARK: - Signed time

  /// The time that was surely reached, by the word of those who sign times; nil where none has spoken.
  package func timeFloor() throws(JournalError) -> UTCTime? {
    try access { database throws(JournalError) in
      guard let row = try database.run("SELECT value FROM fact WHERE name = 'time-floor'").first else { return nil }
      guard let time = UTCTime(try row.text(0)) else { throw .damaged("the floor of time is none") }
      return time
    }
  }

  /// Raises the time that was surely reached; an earlier one changes nothing.
  package func raiseTimeFloor(to time: UTCTime) throws(JournalError) {
    guard try timeFloor().map({ $0 < time }) ?? true else { return }
    try setTimeFloor(time)
  }

  /// Sets it anew, earlier too, because those who gave it are not trusted any more.
  package func setTimeFloor(_ time: UTCTime?) throws(JournalError) {
    try access { database throws(JournalError) in
      guard let time else {
        try database.run("DELETE FROM fact WHERE name = 'time-floor'")
        return
      }
      try database.run(
        "INSERT OR REPLACE INTO fact (name, value) VALUES ('time-floor', ?)", [.text(time.description)])
    }
  }
}
