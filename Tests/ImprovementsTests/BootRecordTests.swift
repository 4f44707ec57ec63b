import Improvements
import TestSupport
import Testing

/// What the next boot does without, for every way in which boots can follow one another.
@Suite struct BootRecordTests {
  let old: ImprovementName
  let new: ImprovementName

  init() throws {
    let stream = try #require(Stream("debian-12/amd64/libdemo"))
    old = ImprovementName(stream, .first)
    new = ImprovementName(try #require(Stream("debian-12/amd64/libother")), .first)
  }

  @Test func `a first boot has everything, and what came up is proven`() {
    let first = BootRecord().beginning(with: [old])
    #expect(first.leftOut.isEmpty && first.tried == [old] && first.failures == 0)
    let good = first.provenGood()
    #expect(good.proven == [old] && good.tried == nil)
    #expect(good.provenGood() == good)
  }

  @Test func `after one failure the next does without what the last good one had not`() {
    let failed = BootRecord().beginning(with: [old]).provenGood().beginning(with: [old, new])
    #expect(failed.leftOut.isEmpty)
    let next = failed.beginning(with: [old, new])
    #expect(next.leftOut == [new] && next.tried == [old])
    let good = next.provenGood().borne()
    #expect(good.leftOut.isEmpty && good.proven == [old])
    // It is tried again in the next one, and left out again where that fails with it.
    #expect(good.beginning(with: [old, new]).tried == [old, new])
    #expect(good.beginning(with: [old, new]).beginning(with: [old, new]).leftOut == [new])
  }

  @Test func `what came up before is left out only after two more failures`() {
    var record = BootRecord().beginning(with: [old]).provenGood()
    var leftOut: [Set<ImprovementName>] = []
    for _ in 0..<6 {
      record = record.beginning(with: [old])
      leftOut.append(record.leftOut)
    }
    #expect(leftOut == [[], [], [], [old], [old], [old]])
    #expect(record.provenGood().borne().beginning(with: [old]).leftOut.isEmpty)
  }

  @Test func `what fails boots again and again is tried in fewer and fewer of them, and forgiven once one came up`() {
    var record = BootRecord().beginning(with: [old]).provenGood()
    var boots = ""
    for _ in 0..<40 {
      record = record.beginning(with: [old, new])
      let isTried = record.leftOut.isEmpty
      #expect(record.tried?.contains(old) == true)
      boots += isTried ? "x" : "-"
      if !isTried { record = record.provenGood().borne() }
    }
    #expect(boots.hasPrefix("x-x---x-------x---------------x--"))
    #expect(record.suspicions.keys.sorted() == [new])
    repeat { record = record.provenGood().borne().beginning(with: [old, new]) } while !record.leftOut.isEmpty
    record = record.provenGood()
    #expect(record.suspicions.isEmpty && record.proven == [old, new])
  }

  @Test func `of several that are suspected one at a time is tried, so that the innocent are cleared`() {
    let streams = ["a", "b", "c", "d"].compactMap { Stream("debian-12/amd64/lib\($0)") }
    let names = streams.map { ImprovementName($0, .first) }
    #expect(names.count == 4)
    for guilty in names {
      var record = BootRecord().beginning(with: [old]).provenGood()
      var failed = 0
      for _ in 0..<20 {
        record = record.beginning(with: Set(names + [old]))
        if record.tried?.contains(guilty) == true { failed += 1 } else { record = record.provenGood() }
      }
      #expect(record.suspicions.keys.sorted() == [guilty])
      #expect(failed <= 4, "\(guilty)")
    }
  }

  @Test func `what ends the machine when it is put back is not put back any more, and tried in fewer and fewer boots`()
  {
    var record = BootRecord().beginning(with: [old]).provenGood()
    #expect(record.again.isEmpty)
    var ends = ""
    for _ in 0..<30 {
      record = record.beginning(with: [old, new])
      guard record.leftOut.isEmpty else {
        record = record.provenGood()
        // It ends the machine whenever it stands, and nobody notes that it was borne.
        ends += record.again.contains(new) ? "p" : "-"
        continue
      }
      ends += "x"
    }
    #expect(ends.hasPrefix("xp---x-------x---------------x"))
    // Where the machine bears it, nothing comes of that.
    let failed = BootRecord().beginning(with: [old]).provenGood().beginning(with: [old, new])
    let good = failed.beginning(with: [old, new]).provenGood()
    #expect(good.again == [new] && good.leftOut.isEmpty)
    #expect(good.borne().beginning(with: [old, new]).suspicions[new]?.failures == 1)
    #expect(good.beginning(with: [old, new]).suspicions[new]?.failures == 2)
  }

  @Test func `what its owner removes is not suspected when it is put back`() {
    var record = BootRecord().beginning(with: [old]).provenGood()
    for _ in 0..<4 {
      record = record.beginning(with: [old, new])
      if !record.leftOut.isEmpty { record = record.provenGood() }
    }
    #expect(record.suspicions[new]?.isHeldBack == true && record.leftOut == [new])
    let forgotten = record.forgetting(new)
    #expect(forgotten.suspicions.isEmpty && forgotten.leftOut.isEmpty && forgotten.again.isEmpty)
    #expect(forgotten.beginning(with: [old, new]).leftOut.isEmpty)
  }

  @Test func `what is not to stand any more is not suspected any more`() {
    let failed = BootRecord().beginning(with: [old]).provenGood().beginning(with: [old, new]).beginning(with: [
      old, new,
    ])
    #expect(failed.suspicions == [new: BootRecord.Suspicion(failures: 1, waits: 1)])
    #expect(failed.provenGood().borne().beginning(with: [old]).suspicions.isEmpty)
  }

  // 3^8 ways: each boot fails, comes up, or comes up after another improvement was installed while it ran.
  @Test func `whatever happens, a boot has only what it may`() {
    for number in 0..<6_561 {
      var record = BootRecord()
      var wanted: Set<ImprovementName> = [old]
      var proven: Set<ImprovementName> = []
      var failures = 0
      // How often each failed boots in vain, and how many that come up it has still to wait.
      var failed: [ImprovementName: Int] = [:]
      var waits: [ImprovementName: Int] = [:]
      var rest = number
      for _ in 0..<8 {
        record = record.beginning(with: wanted)
        let due = failed.keys.filter { waits[$0] == 0 }.sorted { (failed[$0] ?? 0, $0) < (failed[$1] ?? 0, $1) }
        let suspected = Set(failed.keys).subtracting(due.prefix(1))
        let expected: Set<ImprovementName> =
          failures == 0
          ? wanted.subtracting(suspected)
          : failures < BootRecord.patience ? wanted.intersection(proven) : []
        #expect(
          record.tried == expected && record.leftOut == wanted.subtracting(expected) && record.failures == failures)
        switch rest % 3 {
        case 0:
          failures += 1
          for name in expected where !proven.contains(name) {
            failed[name, default: 0] += 1
            waits[name] = [1: 1, 2: 3, 3: 7, 4: 15][failed[name, default: 0]]
          }
        case let turn:
          record = record.provenGood().borne()
          proven = expected
          failures = 0
          for (name, left) in waits { waits[name] = expected.contains(name) ? nil : max(0, left - 1) }
          for name in expected { failed[name] = nil }
          if turn == 2 { wanted = [old, new] }
        }
        rest /= 3
      }
    }
  }

  @Test func `a name is read back as it was written`() {
    #expect(ImprovementName(old.description) == old)
    for text in ["", "debian-12/amd64/libdemo", "debian-12/amd64/libdemo 0", "libdemo 1", "debian-12/amd64/libdemo 1 "]
    {
      #expect(ImprovementName(text) == nil)
    }
  }
}
