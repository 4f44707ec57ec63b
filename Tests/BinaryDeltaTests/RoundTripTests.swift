import Basics
import BinaryDelta
import DeltaEncoding
import Testing

@Suite struct RoundTripTests {
  @Test(arguments: Sample.all)
  func `a payload rebuilds the improved file`(sample: Sample) throws {
    let payload = try sample.keptPayload()
    let rebuilt = try PayloadDecoder.apply(payload, to: sample.baseline, outputLimit: sample.improved.count)
    let isExact = rebuilt == sample.improved
    #expect(isExact)
    let header = try PayloadHeader(parsing: payload)
    #expect(header.format == 1)
    #expect(
      header.isMade(for: [
        (
          PayloadFile(length: sample.baseline.count, digest: Digest(of: sample.baseline)),
          PayloadFile(length: sample.improved.count, digest: Digest(of: sample.improved))
        )
      ]))
  }

  /// Files up to 65,536 bytes are tried in mixed coding, which is slow without optimisation: few of them, and longer ones.
  @Test(arguments: Sample.all.filter { $0.improved.count <= 6_000 || $0.improved.count > 1 << 16 })
  func `a payload without a baseline holds for any`(sample: Sample) throws {
    let payload = try PayloadEncoder.encode(baseline: nil, improved: sample.improved)
    let header = try PayloadHeader(parsing: payload)
    #expect(header.baselineMark == nil)
    #expect(header.parts.map(\.method) == [.whole])
    for baseline in [[], sample.baseline, [1, 2, 3]] {
      let isExact = try PayloadDecoder.apply(payload, to: baseline, outputLimit: .max) == sample.improved
      #expect(isExact)
    }
  }

  @Test(arguments: Sample.all)
  func `the pieces are at most 64 KiB and come in order`(sample: Sample) throws {
    let payload = try sample.keptPayload()
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
      try PayloadHeader(parsing: Sample.named(name).keptPayload()).parts[0].method
    }
    #expect(try method("swapped halves") == .delta)
    #expect(try method("an insertion") == .delta)
    #expect(try method("unrelated noise") == .whole)
    #expect(try method("empty improved file") == .whole)
  }

  @Test(arguments: [("identical", 130), ("an insertion", 450), ("swapped halves", 150), ("zeros, longer", 140)])
  func `small changes make small payloads`(name: String, limit: Int) throws {
    #expect(try Sample.named(name).keptPayload().count <= limit)
  }

  @Test func `addresses that moved alike cost little`() throws {
    // Every fifth byte or so differs; exact copies alone would leave thousands of literal bytes.
    #expect(try Sample.named("shifted addresses").keptPayload().count < 1_400)
  }

  @Test func `the same files give the same payload`() throws {
    for sample in Sample.all { #expect(try sample.payload() == sample.keptPayload()) }
  }

  @Test func `random edits of random files come back`() throws {
    var generator = SeededGenerator(seed: 20_261_123)
    for round in 0..<24 {
      let baseline = Sample.code(Int.random(in: 0...1_500, using: &generator), seed: UInt64(round))
      var improved = baseline
      for _ in 0..<Int.random(in: 0...6, using: &generator) {
        let start = Int.random(in: 0...improved.count, using: &generator)
        let end = min(improved.count, start + Int.random(in: 0...150, using: &generator))
        let fresh = generator.bytes(Int.random(in: 0...50, using: &generator))
        improved.replaceSubrange(start..<end, with: Bool.random(using: &generator) ? fresh : [])
      }
      let payload = try PayloadEncoder.encode(baseline: baseline, improved: improved)
      let rebuilt = try PayloadDecoder.apply(payload, to: baseline, outputLimit: improved.count)
      let isExact = rebuilt == improved
      #expect(isExact, "round \(round)")
    }
  }

  @Test(.timeLimit(.minutes(10)))
  func `long repetitions take no quadratic time`() throws {
    let zeros = [UInt8](repeating: 0, count: 100_000)
    var broken = zeros
    for index in stride(from: 0, to: zeros.count, by: 4_099) { broken[index] = 1 }
    let period = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 % 251) }
    for (baseline, improved) in [
      (zeros, broken), (broken, zeros), (period, Array(period.reversed())), (broken, period),
    ] {
      let payload = try PayloadEncoder.encode(baseline: baseline, improved: improved)
      let isExact = try PayloadDecoder.apply(payload, to: baseline, outputLimit: improved.count) == improved
      #expect(isExact)
    }
  }
}
