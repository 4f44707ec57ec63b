import CanonicalJSON
import Improvements
import TestSupport
import Testing

@testable import DeviceEngine

/// How far a download is, is said now and then, and only where it takes time.
@Suite struct FetchMeterTests {
  @Test func `a quick fetch is not worth a word, and a long one is told every half second`() throws {
    let start = ContinuousClock().now
    let stream = try #require(Stream("debian-12/amd64/libdemo"))
    var meter = FetchMeter(stream, total: 1_000, since: start)
    let early = meter.add(100, at: start.advanced(by: .milliseconds(499)))
    #expect(early == nil)
    let told = meter.add(100, at: start.advanced(by: .milliseconds(500)))
    let first = try #require(told)
    #expect(first.station == .fetching && first.stream == stream)
    #expect(first.facts == ["bytes": 200, "of": 1_000] && first.microseconds == 500_000)
    let soon = meter.add(100, at: start.advanced(by: .milliseconds(999)))
    #expect(soon == nil)
    let last = meter.add(700, at: start.advanced(by: .milliseconds(1_000)))
    #expect(last?.facts["bytes"] == 1_000)
  }
}
