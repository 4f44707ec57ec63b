import Basics
import BinaryDelta
import Testing

@Suite struct RoundTripTests {
  @Test(arguments: Sample.all)
  func `a payload rebuilds the improved file`(sample: Sample) throws {
    let payload = try sample.payload()
    let rebuilt = try PayloadDecoder.apply(payload, to: sample.baseline, outputLimit: sample.improved.count)
    let isExact = rebuilt == sample.improved
    #expect(isExact)
    let header = try PayloadHeader(parsing: payload)
    #expect(header.format == 0)
    #expect(header.baseline == PayloadFile(length: sample.baseline.count, digest: Digest(of: sample.baseline)))
    #expect(header.improved == PayloadFile(length: sample.improved.count, digest: Digest(of: sample.improved)))
  }

  @Test(arguments: Sample.all)
  func `a payload without a baseline holds for any`(sample: Sample) throws {
    let payload = try PayloadEncoder.encode(baseline: nil, improved: sample.improved)
    let header = try PayloadHeader(parsing: payload)
    #expect(header.baseline == nil)
    #expect(header.method == .whole)
    for baseline in [[], sample.baseline, [1, 2, 3]] {
      let isExact = try PayloadDecoder.apply(payload, to: baseline, outputLimit: .max) == sample.improved
      #expect(isExact)
    }
  }

  @Test(arguments: Sample.all)
  func `the pieces are at most 64 KiB and come in order`(sample: Sample) throws {
    let payload = try sample.payload()
    var collected: [UInt8] = []
    var largest = 0
    try Sample.stream(payload, to: sample.baseline, outputLimit: sample.improved.count) { piece in
      largest = max(largest, piece.byteCount)
      unsafe piece.withUnsafeBytes { unsafe collected.append(contentsOf: $0) }
    }
    let isExact = collected == sample.improved
    #expect(isExact)
    #expect(largest <= 64 << 10)
  }

  @Test func `what the sink throws comes out`() throws {
    struct DiskFull: Error {}
    let payload = try Sample.small.payload()
    #expect(throws: DiskFull.self) {
      try Sample.stream(payload, to: Sample.small.baseline, outputLimit: .max) { _ in throw DiskFull() }
    }
  }

  @Test func `the smaller method is kept`() throws {
    func method(_ name: String) throws -> PayloadMethod {
      let sample = try #require(Sample.all.first { $0.name == name })
      return try PayloadHeader(parsing: sample.payload()).method
    }
    #expect(try method("shifted addresses") == .delta)
    #expect(try method("an insertion") == .delta)
    #expect(try method("unrelated noise") == .whole)
    #expect(try method("empty improved file") == .whole)
  }

  @Test(arguments: [("identical", 130), ("an insertion", 450), ("swapped halves", 150), ("zeros, longer", 140)])
  func `small changes make small payloads`(name: String, limit: Int) throws {
    let sample = try #require(Sample.all.first { $0.name == name })
    #expect(try sample.payload().count <= limit)
  }

  @Test func `addresses that moved alike cost little`() throws {
    let sample = try #require(Sample.all.first { $0.name == "shifted addresses" })
    // Every fifth byte or so differs; exact copies alone would leave thousands of literal bytes.
    #expect(try sample.payload().count < 3_500)
  }

  @Test func `the same files give the same payload`() throws {
    for sample in Sample.all { #expect(try sample.payload() == sample.payload()) }
  }

  @Test func `random edits of random files come back`() throws {
    var generator = SeededGenerator(seed: 20_261_123)
    for round in 0..<150 {
      let baseline = Sample.code(Int.random(in: 0...3_000, using: &generator), seed: UInt64(round))
      var improved = baseline
      for _ in 0..<Int.random(in: 0...6, using: &generator) {
        let start = Int.random(in: 0...improved.count, using: &generator)
        let end = min(improved.count, start + Int.random(in: 0...300, using: &generator))
        let fresh = generator.bytes(Int.random(in: 0...100, using: &generator))
        improved.replaceSubrange(start..<end, with: Bool.random(using: &generator) ? fresh : [])
      }
      let payload = try PayloadEncoder.encode(baseline: baseline, improved: improved)
      let rebuilt = try PayloadDecoder.apply(payload, to: baseline, outputLimit: improved.count)
      let isExact = rebuilt == improved
      #expect(isExact, "round \(round)")
    }
  }

  @Test(.timeLimit(.minutes(1)))
  func `long repetitions take no quadratic time`() throws {
    let zeros = [UInt8](repeating: 0, count: 300_000)
    var broken = zeros
    for index in stride(from: 0, to: zeros.count, by: 4_099) { broken[index] = 1 }
    let period = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 % 251) }
    for (baseline, improved) in [
      (zeros, broken), (broken, zeros), (period, Array(period.reversed())), (broken, period),
    ] {
      let payload = try PayloadEncoder.encode(baseline: baseline, improved: improved)
      let isExact = try PayloadDecoder.apply(payload, to: baseline, outputLimit: improved.count) == improved
      #expect(isExact)
    }
  }
}
