import BinaryDelta
import DeltaEncoding
import Testing

/// A small generator of numbers that a seed repeats (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }

  mutating func bytes(_ count: Int) -> [UInt8] {
    (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) }
  }
}

/// Pairs of files to make payloads of.
struct Sample: Sendable, CustomTestStringConvertible {
  let name: String
  let baseline: [UInt8]
  let improved: [UInt8]

  var testDescription: String { name }

  /// Something like machine code: few opcodes, operands that count up.
  static func code(_ count: Int, seed: UInt64, shift: UInt8 = 0) -> [UInt8] {
    var generator = SeededGenerator(seed: seed)
    var bytes: [UInt8] = []
    while bytes.count < count {
      bytes.append([0x48, 0x89, 0xe8, 0x0f, 0x55, 0xc3][Int(generator.next() % 6)])
      bytes.append(UInt8(truncatingIfNeeded: bytes.count >> 6) &+ shift)
      bytes += generator.bytes(Int(generator.next() % 5))
    }
    return Array(bytes.prefix(count))
  }

  static let all: [Sample] = {
    var generator = SeededGenerator(seed: 1)
    let code = Self.code(12_000, seed: 2)
    let noise = generator.bytes(6_000)
    let zeros = [UInt8](repeating: 0, count: 30_000)
    var sprinkled = zeros
    for index in stride(from: 700, to: zeros.count, by: 997) { sprinkled[index] = UInt8(truncatingIfNeeded: index) }
    return [
      Sample(name: "both empty", baseline: [], improved: []),
      Sample(name: "empty baseline", baseline: [], improved: Array("improved".utf8)),
      Sample(name: "empty improved file", baseline: code, improved: []),
      Sample(name: "one byte each", baseline: [7], improved: [8]),
      Sample(name: "identical", baseline: code, improved: code),
      Sample(name: "identical noise", baseline: noise, improved: noise),
      Sample(name: "unrelated noise", baseline: noise, improved: generator.bytes(3_000)),
      Sample(name: "shifted addresses", baseline: code, improved: Self.code(12_000, seed: 2, shift: 4)),
      Sample(
        name: "an insertion", baseline: code, improved: code[..<7_000] + generator.bytes(300) + code[7_000...]),
      Sample(name: "a deletion", baseline: code, improved: Array(code[..<7_000] + code[9_000...])),
      Sample(name: "swapped halves", baseline: code, improved: Array(code[6_000...] + code[..<6_000])),
      Sample(name: "repetition", baseline: code, improved: code + code + code),
      Sample(name: "a prefix", baseline: code, improved: Array(code[..<100])),
      Sample(name: "a suffix", baseline: code, improved: Array(code[11_900...])),
      Sample(name: "zeros, shorter", baseline: zeros, improved: Array(zeros[..<29_999])),
      Sample(name: "zeros, longer", baseline: zeros, improved: zeros + zeros + [1]),
      Sample(name: "zeros, sprinkled", baseline: zeros, improved: sprinkled),
      Sample(name: "pieces above 64 KiB", baseline: noise, improved: noise + zeros + zeros + noise + code),
    ]
  }()

  /// A pair whose payload is small, uses the delta and has all three streams.
  static let small: Sample = {
    let baseline = code(600, seed: 5)
    var improved = code(600, seed: 5, shift: 1)
    improved.insert(contentsOf: "a few bytes that are new to the file".utf8, at: 300)
    return Sample(name: "small", baseline: baseline, improved: improved)
  }()

  /// Applies a payload piece by piece.
  static func stream(
    _ payload: [UInt8], to baseline: [UInt8], outputLimit: Int, sink: (RawSpan) throws -> Void
  ) throws {
    try unsafe PayloadDecoder.apply(
      payload.span.bytes, to: baseline.span.bytes, outputLimit: outputLimit, sink: sink)
  }

  func payload() throws -> [UInt8] { try PayloadEncoder.encode(baseline: baseline, improved: improved) }

  private static let payloads = all.map { sample in (sample.name, Result { try sample.payload() }) }

  /// The payload of one of `all`, made once for all tests: that takes seconds without optimisation.
  func keptPayload() throws -> [UInt8] {
    try #require(Self.payloads.first { $0.0 == name }).1.get()
  }

  /// The one of `all` with a name.
  static func named(_ name: String) throws -> Sample { try #require(all.first { $0.name == name }) }
}
