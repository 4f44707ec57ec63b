import BinaryDelta
import DeltaEncoding
import Testing

/// What the library's documentation shows, line by line; the tidy test holds the two together.
@Suite struct ExampleTests {
  @Test func `the documented example makes a payload`() throws {
    let old = [UInt8]("the baseline's file".utf8)
    let new = [UInt8]("the improved file".utf8)
    let payload = try PayloadEncoder.encode(baseline: old, improved: new)
    #expect(try PayloadDecoder.apply(payload, to: old, outputLimit: new.count) == new)
  }

  @Test func `the documented example makes payloads of a component's files`() async throws {
    let old = [UInt8]("the baseline's file".utf8)
    let new = [UInt8]("the improved file".utf8)
    let bundles = try await PayloadEncoder.encode([FilePair(baseline: old, improved: new)])
    #expect(bundles.count == 1)
  }
}
