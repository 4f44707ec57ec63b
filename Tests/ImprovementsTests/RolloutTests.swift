import Basics
import CanonicalJSON
import Testing

@testable import Improvements

@Suite struct RolloutTests {
  static let begin = UTCTime(secondsSinceEpoch: 1_795_467_240)

  static func after(_ seconds: Int64) -> UTCTime { begin.advanced(by: .seconds(seconds)) }

  static func schedule(_ points: (after: Int64, share: Int)...) throws(RolloutError) -> RolloutSchedule {
    try RolloutSchedule(points.map { .init(after($0.after), $0.share) })
  }

  static func cohort(_ number: Int) throws -> Cohort { try #require(Cohort(number)) }

  /// Early at once, late over a day.
  static func plan() throws -> RingSchedules {
    RingSchedules(early: .everybody(from: begin), late: try schedule((0, 100), (86_400, 10_000)))
  }

  static func rollout(_ schedules: RingSchedules, frozenAt: UTCTime? = nil) throws -> RolloutRecord.Rollout {
    RolloutRecord.Rollout(
      stream: try #require(Stream("debian-12/amd64/libexpat1")), serial: .first, manifest: Digest(of: "m".utf8),
      schedules: schedules, frozenAt: frozenAt)
  }

  static func record(_ rollouts: [RolloutRecord.Rollout]) throws -> RolloutRecord {
    try RolloutRecord(release: "debian-12", architecture: "amd64", sequence: 7, rollouts: rollouts)
  }

  // MARK: Schedules

  @Test func `a share grows along the line between two points, and stays after the last`() throws {
    let schedule = try Self.schedule((0, 100), (1_000, 1_100), (2_000, 10_000))
    let shares = [-1, 0, 1, 500, 999, 1_000, 1_500, 2_000, 1 << 40].map { schedule.share(at: Self.after($0)) }
    #expect(shares == [0, 100, 101, 600, 1_099, 1_100, 5_550, 10_000, 10_000])
    #expect(schedule.end == Self.after(2_000))
  }

  @Test func `the time that reaches a cohort is the first second at which the share is greater`() throws {
    for schedule in [
      try Self.schedule((0, 100), (86_400, 10_000)), try Self.schedule((0, 0), (7, 3), (11, 3), (400_000, 9_999)),
      try Self.schedule((5, 10_000)), try Self.schedule((0, 0), (1, 10_000)), try Self.schedule(),
    ] {
      for number in Array(0..<200) + [4_999, 5_000, 9_998, 9_999] {
        let time = schedule.time(reaching: try Self.cohort(number))
        guard let time else {
          #expect((schedule.points.last?.share ?? 0) <= number)
          continue
        }
        #expect(schedule.share(at: time) > number)
        #expect(schedule.share(at: time.advanced(by: .seconds(-1))) <= number)
      }
    }
  }

  @Test func `points that fall, repeat a time, leave the shares or are too many are refused`() throws {
    #expect(throws: RolloutError.notRising) { try Self.schedule((0, 200), (10, 100)) }
    #expect(throws: RolloutError.notRising) { try Self.schedule((10, 100), (10, 200)) }
    #expect(throws: RolloutError.notRising) { try Self.schedule((10, 100), (0, 200)) }
    #expect(throws: RolloutError.badShare(10_001)) { try Self.schedule((0, 10_001)) }
    #expect(throws: RolloutError.badShare(-1)) { try Self.schedule((0, -1)) }
    let many = (0..<17).map { RolloutSchedule.Point(Self.after($0), 1) }
    #expect(throws: RolloutError.tooManyPoints(count: 17)) { try RolloutSchedule(many) }
    #expect(try RolloutSchedule(Array(many.prefix(16))).points.count == 16)
  }

  @Test func `a ramp is compared with a limit cohort by cohort`() throws {
    let limit = try Self.schedule((0, 100), (86_400, 10_000))
    #expect(limit.isNoFaster(than: limit))
    #expect(try Self.schedule((0, 50), (86_400, 10_000)).isNoFaster(than: limit))
    #expect(try Self.schedule((3_600, 100), (90_000, 10_000)).isNoFaster(than: limit))
    #expect(try Self.schedule().isNoFaster(than: limit))
    #expect(try !Self.schedule((0, 101), (86_400, 10_000)).isNoFaster(than: limit))
    #expect(try !Self.schedule((0, 100), (86_399, 10_000)).isNoFaster(than: limit))
    #expect(try !Self.schedule((-1, 100), (86_400, 10_000)).isNoFaster(than: limit))
    // Above the line in its middle only.
    #expect(try !Self.schedule((0, 100), (43_200, 5_100), (86_400, 10_000)).isNoFaster(than: limit))
    #expect(try !Self.schedule((0, 1)).isNoFaster(than: Self.schedule()))
  }

  @Test func `what is resumed goes on from where it stood, as much later as the pause was long`() throws {
    let schedule = try Self.schedule((0, 0), (1_000, 10_000))
    let resumed = try schedule.resumed(frozenAt: Self.after(300), until: Self.after(5_300))
    let shares = [5_299, 5_300, 5_650, 6_000].map { resumed.share(at: Self.after($0)) }
    #expect(shares == [0, 3_000, 6_500, 10_000])
    #expect(resumed.isNoFaster(than: schedule))
    // Paused before it began, it begins later; paused after its end, it is whole.
    let early = try schedule.resumed(frozenAt: Self.after(-50), until: Self.after(50))
    #expect(early == (try Self.schedule((100, 0), (1_100, 10_000))))
    let late = try schedule.resumed(frozenAt: Self.after(2_000), until: Self.after(3_000))
    #expect(late == (try Self.schedule((3_000, 10_000))))
    #expect(try schedule.resumed(frozenAt: Self.after(9), until: Self.after(9)) == schedule)
  }

  @Test func `a schedule of the most points can be resumed from any of them`() throws {
    let schedule = try RolloutSchedule((0..<16).map { .init(Self.after($0 * 10), Int($0) * 600) })
    for start in stride(from: -1, through: 160, by: 7) {
      let resumed = try schedule.resumed(frozenAt: Self.after(Int64(start)), until: Self.after(1_000))
      #expect(resumed.share(at: Self.after(1_000)) == schedule.share(at: Self.after(Int64(start))))
      #expect(resumed.isNoFaster(than: schedule))
    }
  }

  // MARK: Turns

  @Test func `a turn comes by ring and cohort`() throws {
    let rollout = try Self.rollout(Self.plan())
    func turn(_ number: Int, _ ring: Ring, _ seconds: Int64) throws -> RolloutTurn {
      RolloutTurn(of: try Self.cohort(number), in: ring, rollout: rollout, limit: nil, at: Self.after(seconds))
    }
    #expect(try turn(9_999, .early, 0) == .now)
    #expect(try turn(9_999, .early, -1) == .later(Self.begin))
    #expect(try turn(99, .late, 0) == .now)
    #expect(try turn(100, .late, 0) == .later(Self.after(9)))
    #expect(try turn(100, .late, 9) == .now)
    #expect(try turn(9_999, .late, 86_399) == .later(Self.after(86_400)))
    #expect(try turn(9_999, .late, 86_400) == .now)
  }

  @Test func `a paused rollout is nobody's turn, however far it had come`() throws {
    let since = Self.after(10)
    let rollout = try Self.rollout(Self.plan(), frozenAt: since)
    for ring in Ring.allCases {
      #expect(
        RolloutTurn(of: try Self.cohort(0), in: ring, rollout: rollout, limit: nil, at: Self.after(1 << 30))
          == .paused(since: since))
    }
  }

  @Test func `a ramp faster than the manifest's limit is held to the limit`() throws {
    let limit = try Self.plan()
    let fast = try Self.rollout(
      RingSchedules(early: .everybody(from: Self.after(-1_000)), late: .everybody(from: Self.after(-1_000))))
    let slow = try Self.rollout(
      RingSchedules(early: Self.schedule(), late: Self.schedule((0, 0), (864_000, 10_000))))
    for number in stride(from: 0, to: 10_000, by: 37) {
      let cohort = try Self.cohort(number)
      let allowed = try #require(limit.late.time(reaching: cohort))
      for rollout in [fast, nil] {
        let before = allowed.advanced(by: .seconds(-1))
        #expect(RolloutTurn(of: cohort, in: .late, rollout: rollout, limit: limit, at: before) == .later(allowed))
        #expect(RolloutTurn(of: cohort, in: .late, rollout: rollout, limit: limit, at: allowed) == .now)
      }
      // What is slower than the limit holds.
      let slower = try #require(slow.schedules.late.time(reaching: cohort))
      #expect(
        RolloutTurn(of: cohort, in: .late, rollout: slow, limit: limit, at: allowed) == .later(max(allowed, slower)))
      #expect(RolloutTurn(of: cohort, in: .early, rollout: slow, limit: limit, at: slower) == .unscheduled)
    }
  }

  @Test func `an improvement with neither rollout nor limit is everybody's turn`() throws {
    #expect(RolloutTurn(of: try Self.cohort(9_999), in: .late, rollout: nil, limit: nil, at: Self.begin) == .now)
  }

  // MARK: The record's form

  @Test func `a record is read back as it was written`() throws {
    let record = try Self.record([Self.rollout(Self.plan(), frozenAt: Self.begin)])
    #expect(try RolloutRecord(parsing: record.bytes) == record)
    #expect(record.bytes == record.json.canonicalBytes)
    #expect(try RolloutRecord(parsing: Self.record([]).bytes).rollouts.isEmpty)
  }

  @Test func `a record has the bytes that the format document shows`() throws {
    let record = try Self.record([Self.rollout(Self.plan(), frozenAt: Self.after(60))])
    #expect(
      String(decoding: record.bytes, as: UTF8.self) == """
        {"architecture":"amd64","format":1,"release":"debian-12","rollouts":[{"early":[{"share":10000,"time":\
        "2026-11-23T20:54:00Z"}],"frozenAt":"2026-11-23T20:55:00Z","late":[{"share":100,"time":"2026-11-23T20:54:00Z"},\
        {"share":10000,"time":"2026-11-24T20:54:00Z"}],"manifest":\
        "62c66a7a5dd70c3146618063c344e531e6d4b59e379808443ce962b3abd63c5a","serial":1,"stream":\
        "debian-12/amd64/libexpat1"}],"sequence":7}
        """)
  }

  @Test func `a record that speaks of another release, of one improvement twice or of too many is refused`() throws {
    let rollout = try Self.rollout(Self.plan())
    #expect(throws: RolloutError.self) {
      try RolloutRecord(release: "debian-13", architecture: "amd64", sequence: 1, rollouts: [rollout])
    }
    #expect(throws: RolloutError.self) {
      try RolloutRecord(release: "debian-12", architecture: "arm64", sequence: 1, rollouts: [rollout])
    }
    #expect(throws: RolloutError.self) { try Self.record([rollout, rollout]) }
    #expect(throws: RolloutError.self) {
      try RolloutRecord(release: "../x", architecture: "amd64", sequence: 1, rollouts: [])
    }
    for sequence in [0, -1, 1 << 53] as [Int64] {
      #expect(throws: RolloutError.self) {
        try RolloutRecord(release: "debian-12", architecture: "amd64", sequence: sequence, rollouts: [])
      }
    }
    let many = try (1...1_025).map { serial in
      RolloutRecord.Rollout(
        stream: rollout.stream, serial: try #require(Serial(serial)), manifest: rollout.manifest,
        schedules: rollout.schedules)
    }
    #expect(throws: RolloutError.self) { try Self.record(many) }
    #expect(try Self.record(Array(many.dropLast())).bytes.count > RolloutRecord.byteLimit)
    #expect(throws: RolloutError.self) { try RolloutRecord(parsing: Self.record(Array(many.dropLast())).bytes) }
  }

  @Test func `every member that is taken away or of another type is refused`() throws {
    let record = try Self.record([Self.rollout(Self.plan(), frozenAt: Self.begin)])
    let members = try #require(record.json.object)
    let inner = try #require(members["rollouts"]?.array?.first?.object)
    for name in members.keys where name != "rollouts" {
      for value in [nil, .bool(true), .null, -1] as [JSON?] {
        var changed = members
        changed[name] = value
        #expect(throws: RolloutError.self, "\(name)") {
          try RolloutRecord(parsing: Array(JSON.object(changed).compactText.utf8))
        }
      }
    }
    for name in inner.keys {
      for value in [nil, .bool(true), .null, -1, [[:]], [["share": 10_001, "time": "2026-11-23T20:54:00Z"]]] as [JSON?]
      {
        // Without it the rollout goes on.
        guard name != "frozenAt" || value != nil else { continue }
        var changed = inner
        changed[name] = value
        var whole = members
        whole["rollouts"] = [.object(changed)]
        #expect(throws: RolloutError.self, "\(name)") {
          try RolloutRecord(parsing: Array(JSON.object(whole).compactText.utf8))
        }
      }
    }
  }

  @Test func `a record cut short or with a byte changed is refused or is another record`() throws {
    let record = try Self.record([Self.rollout(Self.plan(), frozenAt: Self.begin)])
    for count in 0..<record.bytes.count {
      #expect(throws: RolloutError.self) { try RolloutRecord(parsing: Array(record.bytes.prefix(count))) }
    }
    for index in record.bytes.indices {
      var changed = record.bytes
      changed[index] ^= 1
      if let other = try? RolloutRecord(parsing: changed) { #expect(other != record) }
    }
  }

  @Test func `another format is refused with what to do, and members that are not known are passed over`() throws {
    var members = try #require(Self.record([]).json.object)
    members["later"] = "more"
    #expect(try RolloutRecord(parsing: Array(JSON.object(members).compactText.utf8)) == Self.record([]))
    members["format"] = 2
    #expect(throws: RolloutError.unknownFormat(2)) {
      try RolloutRecord(parsing: Array(JSON.object(members).compactText.utf8))
    }
  }

  // MARK: The manifest's limit

  @Test func `a manifest says the fastest ramp, and one without says nothing of it`() throws {
    let plain = try ManifestTests.sample()
    #expect(plain.rollout == nil && plain.json["rollout"] == nil)
    let limited = try Self.limited(plain, Self.plan())
    #expect(try Manifest(parsing: limited.bytes) == limited)
    #expect(limited.rollout == (try Self.plan()))
  }

  @Test func `a manifest's limit that does not come to everybody is refused`() throws {
    let plain = try ManifestTests.sample()
    let short = RingSchedules(early: .everybody(from: Self.begin), late: try Self.schedule((0, 9_999)))
    #expect(throws: ManifestError.self) { try Self.limited(plain, short) }
    var members = try #require(plain.json.object)
    for rollout in [.null, [:], .object(short.members), ["early": [["share": 10_000, "time": "now"]], "late": []]]
      as [JSON]
    {
      members["rollout"] = rollout
      #expect(throws: ManifestError.self) { try Manifest(parsing: Array(JSON.object(members).compactText.utf8)) }
    }
  }

  private static func limited(_ plain: Manifest, _ limit: RingSchedules) throws(ManifestError) -> Manifest {
    try Manifest(
      stream: plain.stream, serial: plain.serial, created: plain.created, source: plain.source,
      advisories: plain.advisories, activation: plain.activation, baselines: plain.baselines, omitted: plain.omitted,
      siblings: plain.siblings, rollout: limit)
  }
}
