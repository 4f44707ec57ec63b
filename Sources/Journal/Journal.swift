package import Basics
internal import CanonicalJSON
package import Improvements
package import Linux
internal import Synchronization

/// The device's durable record.
///
/// Every call is one transaction that is on the disk when the call returns.
package final class Journal: Sendable {
  /// The version of the tables that this code writes.
  package static let version: Int64 = 4
  /// How many lines of history are kept.
  package static let historyLimit = 10_000

  private let database: Mutex<Database>

  /// Opens the journal, creating it where it is missing; the file is readable by its owner only.
  package init(in directory: Directory) throws {
    guard let name = RelativePath("journal.sqlite") else { throw JournalError.damaged("its own name") }
    if try directory.statusOfLink(name) == nil { try directory.create([], at: name, mode: 0o600) }
    let opened = try Database(path: directory.name(name))
    try Self.prepare(opened)
    database = Mutex(opened)
  }

  private static func prepare(_ database: Database) throws(JournalError) {
    let version = try database.run("PRAGMA user_version").first?.integer(0) ?? 0
    guard version <= Self.version else { throw .newer(version: version) }
    guard version < Self.version else { return }
    try database.transaction { () throws(JournalError) in
      if version < 1 { try makeVersion1(database) }
      if version < 2 {
        try database.run(
          "CREATE TABLE concerned (stream TEXT NOT NULL, service TEXT NOT NULL, PRIMARY KEY (stream, service)) STRICT")
      }
      if version < 3 { try makeVersion3(database) }
      try makeVersion4(database)
      try database.run("PRAGMA user_version = \(Self.version)")
    }
  }

  private static func makeVersion1(_ database: Database) throws(JournalError) {
    try database.run(
      """
      CREATE TABLE improvement (
        stream TEXT NOT NULL, serial INTEGER NOT NULL, manifest BLOB NOT NULL, baseline TEXT NOT NULL,
        modes TEXT NOT NULL, state TEXT NOT NULL, detail TEXT NOT NULL, since INTEGER NOT NULL,
        PRIMARY KEY (stream, serial)) STRICT
      """)
    try database.run("CREATE TABLE held (stream TEXT PRIMARY KEY, serial INTEGER NOT NULL) STRICT")
    try database.run("CREATE TABLE confirmed (stream TEXT PRIMARY KEY, serial INTEGER NOT NULL) STRICT")
    try database.run(
      """
      CREATE TABLE known_file (
        kind TEXT NOT NULL, major INTEGER NOT NULL, minor INTEGER NOT NULL, inode INTEGER NOT NULL,
        name TEXT NOT NULL, path TEXT NOT NULL, stream TEXT NOT NULL, serial INTEGER NOT NULL,
        PRIMARY KEY (kind, major, minor, inode, name, path, stream, serial)) STRICT
      """)
    try database.run(
      "CREATE TABLE history (id INTEGER PRIMARY KEY, time INTEGER NOT NULL, event TEXT NOT NULL) STRICT")
    try database.run("CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT")
  }

  func access<T: Sendable>(_ body: (Database) throws(JournalError) -> T) throws(JournalError) -> T {
    try database.withLock { (database) throws(JournalError) in try body(database) }
  }

  // MARK: - Improvements

  /// All improvements that were ever begun here, in stream and serial order.
  package func improvements() throws(JournalError) -> [ImprovementRecord] {
    try access { database throws(JournalError) in
      let rows = try database.run(
        "SELECT manifest, baseline, modes, state, detail, since FROM improvement ORDER BY stream, serial")
      var records: [ImprovementRecord] = []
      for row in rows { records.append(try Self.record(row)) }
      return records
    }
  }

  /// Records the states that improvements are in from now on, all together or none; refuses a state that cannot follow
  /// the one that an improvement is in.
  ///
  /// - Parameter held: one of them, up to which its stream is held back from now on, in the same transaction.
  /// - Parameter withdrawal: what is withdrawn for ever from now on, in the same transaction.
  /// - Parameter change: what becomes of a probation, in the same transaction.
  package func record(
    _ records: ImprovementRecord..., holding held: ImprovementRecord? = nil,
    withdrawing withdrawal: JournaledWithdrawal? = nil, watching change: ProbationChange? = nil
  ) throws(JournalError) {
    try access { database throws(JournalError) in
      try database.transaction { () throws(JournalError) in
        if let withdrawal { try Self.withdraw(withdrawal, in: database) }
        if let held { try Self.hold(held.manifest.stream, upTo: held.manifest.serial, in: database) }
        for record in records { try Self.write(record, to: database) }
        if let change { try Self.write(change, to: database) }
      }
    }
  }

  private static func write(_ record: ImprovementRecord, to database: Database) throws(JournalError) {
    let key: [Database.Value] = [
      .text(record.manifest.stream.description), .integer(record.manifest.serial.number),
    ]
    let rows = try database.run(
      "SELECT manifest, baseline, modes, state, detail, since FROM improvement WHERE stream = ? AND serial = ?", key)
    if let row = rows.first {
      let former = try Self.record(row)
      guard former.state.mayBecome(record.state) else {
        throw .illegalTransition(from: former.state.name, to: record.state.name)
      }
    }
    try database.run(
      """
      INSERT INTO improvement (stream, serial, manifest, baseline, modes, state, detail, since)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (stream, serial) DO UPDATE SET
        manifest = excluded.manifest, baseline = excluded.baseline, modes = excluded.modes, state = excluded.state,
        detail = excluded.detail, since = excluded.since
      """,
      key + [
        .blob(record.manifest.bytes), .text(record.baseline.description), .text(text(of: record.modes)),
        .text(record.state.name), .text(record.state.detail), .integer(record.since.secondsSinceEpoch),
      ])
    // Kept apart from the state, which moves on: below what was once confirmed nothing installs by itself.
    guard record.state == .confirmed else { return }
    try database.run("INSERT OR IGNORE INTO confirmed (stream, serial) VALUES (?, ?)", key)
  }

  private static func record(_ row: [Database.Value]) throws(JournalError) -> ImprovementRecord {
    let manifest: Manifest
    do { manifest = try Manifest(parsing: row.blob(0)) } catch { throw .damaged("\(error)") }
    guard let baseline = PackageVersion(try row.text(1)), let modes = modes(in: try row.text(2)),
      let state = ImprovementState(name: try row.text(3), detail: try row.text(4))
    else { throw .damaged("an improvement's baseline, modes or state are none that are known") }
    return ImprovementRecord(
      manifest: manifest, baseline: baseline, modes: modes, state: state,
      since: UTCTime(secondsSinceEpoch: try row.integer(5)))
  }

  private static func text(of modes: [RelativePath: UInt32]) -> String {
    let members = modes.map { ($0.key.description, JSON.integer(Int64($0.value))) }
    return JSON.object(Dictionary(members) { first, _ in first }).compactText
  }

  private static func modes(in text: String) -> [RelativePath: UInt32]? {
    guard let members = (try? JSON(parsing: Array(text.utf8)))?.object else { return nil }
    var modes: [RelativePath: UInt32] = [:]
    for (name, value) in members {
      guard let path = RelativePath(name), let mode = value.integer.flatMap({ UInt32(exactly: $0) }) else { return nil }
      modes[path] = mode
    }
    return modes
  }

  // MARK: - What the owner holds back

  /// The highest serial of each stream that the owner removed and has not reapplied.
  package func held() throws(JournalError) -> [Stream: Serial] {
    try access { database throws(JournalError) in
      var held: [Stream: Serial] = [:]
      for row in try database.run("SELECT stream, serial FROM held") {
        guard let stream = Stream(try row.text(0)), let serial = Serial(try row.integer(1)) else {
          throw .damaged("a held improvement is none")
        }
        held[stream] = serial
      }
      return held
    }
  }

  /// Lets a stream's improvements go that were held back.
  package func letGo(_ stream: Stream) throws(JournalError) {
    try access { database throws(JournalError) in
      _ = try database.run("DELETE FROM held WHERE stream = ?", [.text(stream.description)])
    }
  }

  private static func hold(_ stream: Stream, upTo serial: Serial, in database: Database) throws(JournalError) {
    try database.run(
      "INSERT OR REPLACE INTO held (stream, serial) VALUES (?, ?)",
      [.text(stream.description), .integer(serial.number)])
  }

  // MARK: - The services that health concerns

  /// The services that ran a component's code when its improvement was last put in place.
  package func concernedServices(_ stream: Stream) throws(JournalError) -> Set<String> {
    try access { database throws(JournalError) in
      let rows = try database.run(
        "SELECT service FROM concerned WHERE stream = ?", [.text(stream.description)])
      var services: Set<String> = []
      for row in rows { services.insert(try row.text(0)) }
      return services
    }
  }

  /// Writes down, instead of any before, the services that run a component's code.
  ///
  /// To be done before its improvement is put in place: those that do not come up again on the improved files map nothing,
  /// so that afterwards only this tells whose health is concerned.
  package func setConcernedServices(_ services: Set<String>, of stream: Stream) throws(JournalError) {
    try access { database throws(JournalError) in
      try database.transaction { () throws(JournalError) in
        try database.run("DELETE FROM concerned WHERE stream = ?", [.text(stream.description)])
        for service in services.sorted() {
          try database.run(
            "INSERT INTO concerned (stream, service) VALUES (?, ?)", [.text(stream.description), .text(service)])
        }
      }
    }
  }

  // MARK: - The registry of known files

  /// Remembers files that lie somewhere or are about to be put in place.
  package func remember(_ files: [KnownFile]) throws(JournalError) {
    try access { database throws(JournalError) in
      try database.transaction { () throws(JournalError) in
        for file in files {
          try database.run(
            """
            INSERT OR IGNORE INTO known_file (kind, major, minor, inode, name, path, stream, serial)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
              .text(file.kind.rawValue), .integer(Int64(file.identity.major)), .integer(Int64(file.identity.minor)),
              .integer(Int64(bitPattern: file.identity.inode)), .text(file.name), .text(file.path.description),
              .text(file.stream.description), .integer(file.serial.number),
            ])
        }
      }
    }
  }

  /// Every file that ever lay or stood somewhere, as far as it was remembered.
  package func knownFiles() throws(JournalError) -> [KnownFile] {
    try access { database throws(JournalError) in
      var files: [KnownFile] = []
      let rows = try database.run("SELECT kind, major, minor, inode, name, path, stream, serial FROM known_file")
      for row in rows {
        guard let kind = KnownFile.Kind(rawValue: try row.text(0)), let path = RelativePath(try row.text(5)),
          let stream = Stream(try row.text(6)), let serial = Serial(try row.integer(7)),
          let major = UInt32(exactly: try row.integer(1)), let minor = UInt32(exactly: try row.integer(2))
        else { throw .damaged("a known file is none") }
        let identity = FileIdentity(major: major, minor: minor, inode: UInt64(bitPattern: try row.integer(3)))
        files.append(
          KnownFile(kind, identity: identity, name: try row.text(4), path: path, stream: stream, serial: serial))
      }
      return files
    }
  }

  // MARK: - History and facts

  /// Adds a line to the history and drops the oldest beyond the limit.
  package func note(_ event: ProgressEvent, at time: UTCTime) throws(JournalError) {
    try access { database throws(JournalError) in
      try database.transaction { () throws(JournalError) in
        try database.run(
          "INSERT INTO history (time, event) VALUES (?, ?)",
          [.integer(time.secondsSinceEpoch), .text(event.json.compactText)])
        try database.run(
          "DELETE FROM history WHERE id <= (SELECT max(id) FROM history) - ?", [.integer(Int64(Self.historyLimit))])
      }
    }
  }

  /// The newest lines of the history, oldest of them first.
  ///
  /// - Parameters:
  ///   - component: the one component; nil for every line.
  ///   - station: the one station; nil for every line.
  ///   - hasLooks: whether looks that went well are among them.
  ///   - limit: how many lines at most.
  package func history(
    of component: String? = nil, at station: ProgressEvent.Station? = nil, hasLooks: Bool = true, limit: Int = 1_000
  ) throws(JournalError) -> [HistoryEntry] {
    try access { database throws(JournalError) in
      var entries: [HistoryEntry] = []
      let rows = try database.run(
        """
        SELECT time, event FROM history
        WHERE (?1 IS NULL OR substr(json_extract(event, '$.stream'), -1 - length(?1)) = '/' || ?1)
          AND (?2 OR json_extract(event, '$.station') <> 'look')
          AND (?3 IS NULL OR instr(event, ?3) > 0 AND json_extract(event, '$.station') = ?3)
        ORDER BY id DESC LIMIT ?4
        """,
        [
          component.map { .text($0) } ?? .null, .integer(hasLooks ? 1 : 0), station.map { .text($0.rawValue) } ?? .null,
          .integer(Int64(limit)),
        ])
      for row in rows.reversed() {
        guard let json = try? JSON(parsing: Array(row.text(1).utf8)), let event = ProgressEvent(json) else {
          throw .damaged("a line of the history is none")
        }
        entries.append(HistoryEntry(time: UTCTime(secondsSinceEpoch: try row.integer(0)), event: event))
      }
      return entries
    }
  }

  /// When verified metadata last said what is current; nil before the first look.
  package func lastFreshLook() throws(JournalError) -> UTCTime? {
    try access { database throws(JournalError) in
      guard let row = try database.run("SELECT value FROM fact WHERE name = 'last-fresh-look'").first else {
        return nil
      }
      guard let time = UTCTime(try row.text(0)) else { throw .damaged("the time of the last look is none") }
      return time
    }
  }

  /// Records that verified metadata said what is current.
  package func recordFreshLook(at time: UTCTime) throws(JournalError) {
    try access { database throws(JournalError) in
      _ = try database.run(
        "INSERT OR REPLACE INTO fact (name, value) VALUES ('last-fresh-look', ?)", [.text(time.description)])
    }
  }
}
