import BinaryDelta
import DeltaEncoding
import Testing

/// Damage of every kind: a payload either rebuilds exactly the improved file or is refused; it never traps and never
/// yields anything else.
@Suite struct MutationTests {
  /// Whether applying gave the improved file; a refusal is the other allowed outcome.
  ///
  /// Where parts of other payloads were put in, the file of one of them may be what the header names now.
  static func applies(_ payload: [UInt8], _ sample: Sample, others: [Sample] = []) throws -> Bool {
    do throws(PayloadError) {
      let rebuilt = try PayloadDecoder.apply(payload, to: sample.baseline, outputLimit: 1 << 20)
      let isExact = rebuilt == sample.improved || others.contains { $0.improved == rebuilt }
      #expect(isExact, "a damaged payload gave other bytes")
      return true
    } catch {
      #expect(!error.description.isEmpty)
      return false
    }
  }

  @Test func `every flipped bit is refused or harmless`() throws {
    let sample = Sample.small
    let payload = try sample.payload()
    var harmless = 0
    for index in payload.indices where index < 64 || index % 16 == 0 {
      for bit in 0..<8 {
        var damaged = payload
        damaged[index] ^= 1 << UInt8(bit)
        if try Self.applies(damaged, sample) { harmless += 1 }
      }
    }
    // The last bits of mixed coding may be written in more than one way.
    #expect(harmless < 12, "\(harmless) of \(payload.count * 8)")
  }

  @Test func `every truncation is refused`() throws {
    for sample in [Sample.small, try Sample.named("swapped halves")] {
      let payload = try sample.payload()
      for count in payload.indices where count < 64 || count % 16 == 0 {
        #expect(try !Self.applies(Array(payload[..<count]), sample), "\(count)")
      }
      #expect(try !Self.applies(payload + [0], sample))
    }
  }

  @Test(arguments: 1...8)
  func `seeded damage is refused or harmless`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let chosen = Sample.all.filter { $0.baseline.count <= 12_000 && $0.improved.count <= 12_000 }
    let samples = [Sample.small] + chosen
    let payloads = [try Sample.small.payload()] + (try chosen.map { try $0.keptPayload() })
    for _ in 0..<100 {
      let choice = Int.random(in: samples.indices, using: &generator)
      var damaged = payloads[choice]
      for _ in 0...Int.random(in: 0...3, using: &generator) { Self.damage(&damaged, payloads, &generator) }
      _ = try Self.applies(damaged, samples[choice], others: samples)
    }
  }

  private static func damage(_ payload: inout [UInt8], _ others: [[UInt8]], _ generator: inout SeededGenerator) {
    guard !payload.isEmpty else { return }
    let index = Int.random(in: payload.indices, using: &generator)
    switch Int.random(in: 0..<7, using: &generator) {
    case 0: payload[index] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
    case 1: payload[index] = UInt8.random(in: .min ... .max, using: &generator)
    case 2: payload.removeLast(payload.count - index)
    case 3: payload.insert(contentsOf: generator.bytes(Int.random(in: 1...9, using: &generator)), at: index)
    case 4: payload.removeSubrange(index..<min(payload.count, index + Int.random(in: 1...9, using: &generator)))
    case 5: payload[index] = [0, 0x7f, 0x80, 0xff][Int.random(in: 0..<4, using: &generator)]
    default:
      let other = others[Int.random(in: others.indices, using: &generator)]
      payload = Array(payload[..<index] + other[min(index, other.count)...])
    }
  }

  @Test(arguments: 1...4)
  func `seeded damage behind the compressor is refused or harmless`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let (baseline, improved) = (HostilePayloadTests.baseline, HostilePayloadTests.improved)
    for _ in 0..<1_000 {
      var payload = HostilePayloadTests.honest
      payload.blocks = (0..<Int.random(in: 0...4, using: &generator)).map { _ in
        (
          UInt64.random(in: 0...50, using: &generator), UInt64.random(in: 0...12, using: &generator),
          Int64.random(in: -50...50, using: &generator)
        )
      }
      if Bool.random(using: &generator) {
        let produced = payload.blocks.reduce(0) { $0 + $1.copy + $1.extra }
        payload.lengthChange = Int64(produced) - Int64(baseline.count)
        payload.differences = generator.bytes(Int.random(in: 0...4, using: &generator))
        payload.skips = payload.differences.map { _ in UInt64.random(in: 0...20, using: &generator) } + [0]
        payload.extra = generator.bytes(Int(payload.blocks.reduce(0) { $0 + $1.extra }))
      }
      _ = try Self.applies(payload.bytes(), Sample(name: "crafted", baseline: baseline, improved: improved))
    }
  }
}
