import BinaryDelta
import Testing

/// What the library's documentation shows, line by line; the tidy test holds the two together.
@Suite struct ExampleTests {
  @Test func `the documented example rebuilds a file`() throws {
    let old = [UInt8]("the baseline's file".utf8)
    let new = [UInt8]("the improved file".utf8)
    let payload = try PayloadEncoder.encode(baseline: old, improved: new)
    let rebuilt = try PayloadDecoder.apply(payload, to: old, outputLimit: 1 << 20)
    #expect(rebuilt == new)
  }
}
