import Basics
import Testing

@Suite struct UTCTimeTests {
  @Test(arguments: [
    ("1970-01-01T00:00:00Z", 0), ("2026-11-23T20:54:00Z", 1_795_467_240), ("2000-02-29T23:59:59Z", 951_868_799),
    ("1969-12-31T23:59:59Z", -1), ("0001-01-01T00:00:00Z", -62_135_596_800), ("9999-12-31T23:59:59Z", 253_402_300_799),
  ])
  func `text and seconds agree both ways`(text: String, seconds: Int64) throws {
    let time = try #require(UTCTime(text))
    #expect(time.secondsSinceEpoch == seconds)
    #expect(UTCTime(secondsSinceEpoch: seconds).description == text)
  }

  @Test(arguments: [
    "", "2026-11-23", "2026-11-23 20:54:00Z", "2026-11-23T20:54:00+00:00", "2026-13-01T00:00:00Z",
    "2026-02-29T00:00:00Z", "2026-11-31T00:00:00Z", "2026-11-23T24:00:00Z", "2026-11-23T20:60:00Z",
    "2026-11-23T20:54:60Z", "2026-11-23T20:54:00.5Z", "0000-01-01T00:00:00Z", "+026-11-23T20:54:00Z",
    "2026-11-23T20:54:00z", "２026-11-23T20:54:0Z",
  ])
  func `anything else is refused`(text: String) {
    #expect(UTCTime(text) == nil)
  }

  @Test func `every day of four centuries survives the round trip`() {
    for day in Int64(0)..<146_097 {
      let time = UTCTime(secondsSinceEpoch: day * 86_400)
      guard UTCTime(time.description) == time else {
        Issue.record("\(time)")
        return
      }
    }
  }

  @Test func `time stops at the edges instead of overflowing`() {
    #expect(UTCTime(secondsSinceEpoch: .max).advanced(by: .seconds(Int64.max)).description == "9999-12-31T23:59:59Z")
    #expect(UTCTime(secondsSinceEpoch: .min).description == "0001-01-01T00:00:00Z")
  }
}
