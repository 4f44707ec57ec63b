import Basics
import Improvements
import Linux
import TestSupport
import Testing

@testable import Journal

@Suite struct JournalTests {
  let temporary: TemporaryDirectory
  let now = UTCTime(secondsSinceEpoch: 1_795_467_240)

  init() throws { temporary = try TemporaryDirectory() }

  func record(_ state: ImprovementState, serial: Serial = .first) throws -> ImprovementRecord {
    let content = Manifest.Content(digest: Digest(of: [1]), length: 1)
    let version = try #require(PackageVersion("1-1"))
    let manifest = try Manifest(
      stream: #require(Stream("debian-12/amd64/x")), serial: serial, created: now,
      source: .init(name: "x", version: version), advisories: [], activation: .restart,
      baselines: [
        .init(
          version: version, letter: .a,
          files: [.init(path: path("usr/lib/x"), baseline: content, improved: content, payload: content)])
      ])
    return try ImprovementRecord(
      manifest: manifest, baseline: version, modes: [path("usr/lib/x"): 0o755], state: state, since: now)
  }

  @Test func `what is known of boots is read back as it was written, and what is none is refused`() throws {
    let name = try ImprovementName(#require(Stream("debian-12/amd64/x")), .first)
    var record = BootRecord()
    record.failures = 2
    record.tried = [name]
    record.leftOut = [name]
    record.again = [name]
    record.suspicions = [name: BootRecord.Suspicion(failures: 3, waits: 7, isHeldBack: true)]
    do {
      let journal = try Journal(in: temporary.directory)
      #expect(try journal.bootRecord() == BootRecord())
      try journal.record(boot: record)
      #expect(try journal.bootRecord() == record)
    }
    func read(_ text: String) throws -> BootRecord {
      let database = try Database(path: temporary.path + "/journal.sqlite")
      _ = try database.run("INSERT OR REPLACE INTO fact (name, value) VALUES ('boot', ?)", [.text(text)])
      return try Journal(in: temporary.directory).bootRecord()
    }
    let former = #"{"failures":1,"leftOut":[],"proven":[],"tried":null"#
    #expect(try read(former + "}").failures == 1)
    let suspicion = #"{"name":"\#(name)","failures":1,"waits":1,"heldBack":false}"#
    #expect(try read(former + #","suspicions":[\#(suspicion)]}"#).suspicions.isEmpty == false)
    for wrong in [
      #""suspicions":{}"#, #""suspicions":[1]"#, #""again":[1]"#, #""again":1"#,
      #""suspicions":[\#(suspicion.replacing(#""waits":1"#, with: #""waits":-1"#))]"#,
      #""suspicions":[\#(suspicion.replacing(#""failures":1"#, with: #""failures":9223372036854775807"#))]"#,
    ] {
      #expect(throws: JournalError.self) { try read(former + ",\(wrong)}") }
    }
  }

  @Test func `when content became another is there after the journal is opened again, the last time of each stream`()
    throws
  {
    let (x, y) = try (#require(Stream("debian-12/amd64/x")), #require(Stream("debian-12/amd64/y")))
    let first = ContentSwitch(x, from: nil, to: .first, content: "c", boot: "b", since: nil)
    let done = ContentSwitch(x, from: nil, to: .first, content: "c", boot: "b", since: 7)
    let third = try #require(Serial(3))
    let back = ContentSwitch(y, from: third, to: nil, content: "", boot: "b", since: 1 << 40)
    do {
      let journal = try Journal(in: temporary.directory)
      #expect(try journal.switches().isEmpty)
      try journal.record([first, back])
      #expect(try journal.switches() == [x: first, y: back])
      #expect(first.moment == nil && done.moment == BootMoment(boot: "b", ticks: 7))
      try journal.record([done])
      try journal.record([])
    }
    #expect(try Journal(in: temporary.directory).switches() == [x: done, y: back])
  }

  @Test func `what is recorded is there after the journal is opened again`() throws {
    let offered = try record(.offered)
    let stream = offered.manifest.stream
    let file = KnownFile(
      .improved, identity: FileIdentity(major: 254, minor: 1, inode: .max), name: "/store/x",
      path: try path("usr/lib/x"), stream: stream, serial: .first)
    let event = ProgressEvent(.graft, stream: stream, "in place", took: .microseconds(7))
    do {
      let journal = try Journal(in: temporary.directory)
      try journal.record(offered)
      try journal.record(offered, holding: offered)
      try journal.remember([file, file])
      try journal.note(event, at: now)
      #expect(try journal.lastFreshLook() == nil)
      try journal.recordFreshLook(at: now)
    }
    let journal = try Journal(in: temporary.directory)
    #expect(try journal.improvements() == [offered])
    #expect(try journal.held() == [stream: .first])
    #expect(try journal.knownFiles() == [file])
    #expect(try journal.history() == [HistoryEntry(time: now, event: event)])
    #expect(try journal.lastFreshLook() == now)
    try journal.letGo(stream)
    #expect(try journal.held().isEmpty)
  }

  @Test func `what is held back is journaled together with the state, or neither is`() throws {
    let journal = try Journal(in: temporary.directory)
    let offered = try record(.offered)
    try journal.record(offered)
    #expect(throws: JournalError.self) { try journal.record(record(.confirmed), holding: offered) }
    #expect(try journal.held().isEmpty)
    try journal.record(record(.removed(by: "owner")), holding: offered)
    #expect(try journal.held() == [offered.manifest.stream: .first])
  }

  @Test func `the services that an activation concerns replace those of the one before, stream by stream`() throws {
    let first = try #require(Stream("debian-12/amd64/x"))
    let second = try #require(Stream("debian-12/amd64/y"))
    do {
      let journal = try Journal(in: temporary.directory)
      try journal.setConcernedServices(["a", "b"], of: first)
      try journal.setConcernedServices(["c"], of: second)
      try journal.setConcernedServices(["b"], of: first)
    }
    let journal = try Journal(in: temporary.directory)
    #expect(try journal.concernedServices(first) == ["b"])
    #expect(try journal.concernedServices(second) == ["c"])
  }

  @Test func `a journal of version 1 is brought up and keeps what it says`() throws {
    let offered = try record(.offered)
    do { try Journal(in: temporary.directory).record(offered) }
    do {
      let database = try Database(path: temporary.path + "/journal.sqlite")
      for table in ["concerned", "withdrawn", "confirmed", "probation", "alarm", "pinned"] {
        try database.run("DROP TABLE \(table)")
      }
      try database.run("CREATE TABLE confirmed (stream TEXT PRIMARY KEY, serial INTEGER NOT NULL) STRICT")
      try database.run(
        "INSERT INTO confirmed (stream, serial) VALUES (?, 7)", [.text(offered.manifest.stream.description)])
      try database.run("PRAGMA user_version = 1")
    }
    let journal = try Journal(in: temporary.directory)
    #expect(try journal.improvements() == [offered])
    try journal.setConcernedServices(["a"], of: offered.manifest.stream)
    #expect(try journal.concernedServices(offered.manifest.stream) == ["a"])
    #expect(try journal.highestConfirmed(offered.manifest.stream) == Serial(7))
    #expect(try journal.withdrawals().isEmpty)
    #expect(try journal.probations().isEmpty && journal.alarms().isEmpty && journal.pins().isEmpty)
  }

  @Test func `a probation is journaled with the state, or neither is; alarms and pins come and go`() throws {
    let stream = try #require(Stream("debian-12/amd64/x"))
    let probation = Probation(serial: .first, terms: .standard, excused: [], services: ["a"], isOwners: true)
    let alarm = Alarm(reason: "a does not start", services: ["a", "b"], since: now)
    let pin = Pin(owner: "user 0", since: now)
    do {
      let journal = try Journal(in: temporary.directory)
      try journal.record(record(.offered))
      #expect(throws: JournalError.self) {
        try journal.record(record(.confirmed), watching: ProbationChange(stream, probation))
      }
      #expect(try journal.probations().isEmpty)
      try journal.record(record(.fetching), watching: ProbationChange(stream, probation))
      try journal.setAlarm(alarm, of: stream)
      try journal.setPin(pin, of: stream)
    }
    let journal = try Journal(in: temporary.directory)
    #expect(try journal.probations() == [stream: probation])
    #expect(try journal.alarms() == [stream: alarm] && journal.pins() == [stream: pin])
    try journal.record(ProbationChange(stream, nil))
    try journal.setAlarm(nil, of: stream)
    try journal.setPin(nil, of: stream)
    #expect(try journal.probations().isEmpty && journal.alarms().isEmpty && journal.pins().isEmpty)
  }

  @Test func `what is withdrawn is so for ever, and below it there is no floor`() throws {
    let first = try record(.offered)
    let withdrawal = try Withdrawal(
      stream: first.manifest.stream, serial: first.manifest.serial, manifest: Digest(of: first.manifest.bytes),
      reason: "it breaks printing")
    let note = JournaledWithdrawal(withdrawal, by: ["recall"], since: now)
    do {
      let journal = try Journal(in: temporary.directory)
      for state in [.offered, .fetching, .verified, .staged, .grafted, .activating, .probation, .confirmed]
        as [ImprovementState]
      {
        try journal.record(record(state))
      }
      #expect(try journal.highestConfirmed(first.manifest.stream) == .first)
      try journal.record(record(.withdrawn(reason: "it breaks printing")), withdrawing: note)
    }
    let journal = try Journal(in: temporary.directory)
    #expect(try journal.withdrawals() == [first.manifest.stream: [.first: note]])
    #expect(try journal.highestConfirmed(first.manifest.stream) == nil)
    for state in [.offered, .waiting(reason: "r"), .grafted] as [ImprovementState] {
      #expect(throws: JournalError.self) { try journal.record(record(state)) }
    }
  }

  @Test func `the floor of time only rises`() throws {
    let journal = try Journal(in: temporary.directory)
    #expect(try journal.timeFloor() == nil)
    try journal.raiseTimeFloor(to: now)
    try journal.raiseTimeFloor(to: now.advanced(by: .seconds(-9)))
    #expect(try Journal(in: temporary.directory).timeFloor() == now)
  }

  @Test func `a state that cannot follow is refused and the record stays`() throws {
    let journal = try Journal(in: temporary.directory)
    try journal.record(record(.offered))
    #expect(throws: JournalError.illegalTransition(from: "offered", to: "confirmed")) {
      try journal.record(record(.confirmed))
    }
    #expect(try journal.improvements().map(\.state) == [.offered])
    try journal.record(record(.fetching))
    #expect(try journal.improvements().map(\.state) == [.fetching])
    #expect(try journal.highestConfirmed(record(.offered).manifest.stream) == nil)
  }

  @Test func `what was once confirmed is not forgotten when its state moves on`() throws {
    let journal = try Journal(in: temporary.directory)
    let line: [ImprovementState] = [
      .offered, .fetching, .verified, .staged, .grafted, .activating, .probation, .confirmed, .removed(by: "owner"),
      .waiting(reason: "held"),
    ]
    for state in line { try journal.record(record(state)) }
    #expect(try journal.highestConfirmed(record(.offered).manifest.stream) == .first)
  }

  @Test func `the file is its owner's alone and a later version's journal is refused`() throws {
    do { _ = try Journal(in: temporary.directory) }
    let name = try path("journal.sqlite")
    #expect(try temporary.directory.status(name)?.mode == 0o600)
    var bytes = try temporary.directory.read(name, limit: 1 << 20)
    bytes[63] = 9  // user_version, the big-endian word at offset 60 of the database header
    try temporary.directory.write(bytes, to: name, mode: 0o600)
    #expect(throws: JournalError.newer(version: 9)) { try Journal(in: temporary.directory) }
  }

  @Test func `a file that is no journal is refused with a sentence`() throws {
    try temporary.directory.create(
      Array("this is no database, whatever its name says".utf8), at: path("journal.sqlite"), mode: 0o600)
    #expect(throws: JournalError.self) { try Journal(in: temporary.directory) }
  }
}
