import BinaryDelta
import DeltaEncoding
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

  @Test func `the documented example rebuilds several files`() async throws {
    let bundle = try await SolidPayloadTests.solid()
    let baselines = bundle.files.map { SolidPayloadTests.pairs[$0].baseline }
    let files = try PayloadDecoder.apply(bundle.payload, toEach: baselines, outputLimit: 1 << 20)
    #expect(files == bundle.files.map { SolidPayloadTests.pairs[$0].improved })
  }
}
