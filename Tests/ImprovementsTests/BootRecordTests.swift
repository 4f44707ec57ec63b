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
    let good = next.provenGood()
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
    #expect(record.provenGood().beginning(with: [old]).leftOut.isEmpty)
  }

  // 3^8 ways: each boot fails, comes up, or comes up after another improvement was installed while it ran.
  @Test func `whatever happens, a boot has only what it may`() {
    for number in 0..<6_561 {
      var record = BootRecord()
      var wanted: Set<ImprovementName> = [old]
      var proven: Set<ImprovementName> = []
      var failures = 0
      var rest = number
      for _ in 0..<8 {
        record = record.beginning(with: wanted)
        let expected: Set<ImprovementName> =
          failures == 0 ? wanted : failures < BootRecord.patience ? wanted.intersection(proven) : []
        #expect(
          record.tried == expected && record.leftOut == wanted.subtracting(expected) && record.failures == failures)
        switch rest % 3 {
        case 0: failures += 1
        case let turn:
          record = record.provenGood()
          proven = expected
          failures = 0
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
