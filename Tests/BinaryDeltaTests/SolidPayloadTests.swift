import Basics
import BinaryDelta
import DeltaEncoding
import Testing

/// One payload for several files.
@Suite struct SolidPayloadTests {
  /// Two files with the same change, one without any, one that is new as a whole.
  static let pairs: [FilePair] = {
    let code = Sample.code(6_000, seed: 7)
    let other = Sample.code(4_000, seed: 8)
    let fix = Sample.code(400, seed: 9)
    var generator = SeededGenerator(seed: 10)
    return [
      FilePair(baseline: code, improved: code[..<2_000] + fix + code[2_000...]),
      FilePair(baseline: other, improved: other[..<1_000] + fix + other[1_000...]),
      FilePair(baseline: code, improved: code),
      FilePair(baseline: [], improved: generator.bytes(50)),
    ]
  }()

  static func solid() async throws -> PayloadBundle {
    let bundles = try await PayloadEncoder.encode(pairs)
    return try #require(bundles.first { $0.files.count > 1 })
  }

  @Test func `files that share a change take fewer bytes together than apart`() async throws {
    let bundles = try await PayloadEncoder.encode(Self.pairs)
    let apart = try Self.pairs.reduce(0) {
      try $0 + PayloadEncoder.encode(baseline: $1.baseline, improved: $1.improved).count
    }
    let together = bundles.reduce(0) { $0 + $1.payload.count }
    #expect(together < apart * 3 / 4, "\(together) bytes together, \(apart) apart")
    #expect(bundles.flatMap(\.files).sorted() == Array(Self.pairs.indices))
    for bundle in bundles {
      #expect(bundle.shares.reduce(0, +) == bundle.payload.count)
      let files = bundle.files.map { Self.pairs[$0] }
      let rebuilt = try PayloadDecoder.apply(bundle.payload, toEach: files.map(\.baseline), outputLimit: 1 << 20)
      #expect(rebuilt == files.map(\.improved))
    }
  }

  @Test func `what one file teaches around a place says nothing of that place in the next`() async throws {
    let fix = Sample.code(400, seed: 9)
    let pairs = [UInt64(21), 22].map { seed in
      let code = Sample.code(4_000, seed: seed)
      return FilePair(baseline: code, improved: code[..<2_000] + fix + code[2_000...])
    }
    let bundle = try #require(await PayloadEncoder.encode(pairs).first)
    #expect(bundle.files == [0, 1])
    let rebuilt = try PayloadDecoder.apply(bundle.payload, toEach: pairs.map(\.baseline), outputLimit: 1 << 20)
    #expect(rebuilt == pairs.map(\.improved))
  }

  @Test func `the same files give the same payloads, however many are matched at a time`() async throws {
    let first = try await PayloadEncoder.encode(Self.pairs, concurrency: 1)
    let second = try await PayloadEncoder.encode(Self.pairs, concurrency: 4)
    #expect(first == second)
  }

  @Test func `one file's payload is the same alone and in a list`() async throws {
    let pair = Self.pairs[0]
    let bundles = try await PayloadEncoder.encode([pair])
    #expect(try bundles.map(\.payload) == [PayloadEncoder.encode(baseline: pair.baseline, improved: pair.improved)])
    #expect(try await PayloadEncoder.encode([]).isEmpty)
  }

  @Test func `other baselines, too few or in another order are refused before any output`() async throws {
    let bundle = try await Self.solid()
    let baselines = bundle.files.map { Self.pairs[$0].baseline }
    let count = baselines.count
    #expect(throws: PayloadError.wrongBaselineCount(expected: count, found: 1)) {
      try PayloadDecoder.apply(bundle.payload, to: baselines[0], outputLimit: 1 << 20)
    }
    #expect(throws: PayloadError.wrongBaselineCount(expected: count, found: count + 1)) {
      try PayloadDecoder.apply(bundle.payload, toEach: baselines + [[]], outputLimit: 1 << 20)
    }
    #expect(throws: PayloadError.wrongBaselineLength(expected: 6_000, found: 4_000)) {
      try PayloadDecoder.apply(
        bundle.payload, toEach: [baselines[1], baselines[0]] + baselines[2...], outputLimit: 1 << 20)
    }
    var damaged = baselines
    damaged[1][17] ^= 1
    let refusal = #expect(throws: PayloadError.self) {
      try PayloadDecoder.apply(bundle.payload, toEach: damaged, outputLimit: 1 << 20)
    }
    guard case .wrongBaseline = refusal else {
      Issue.record("\(String(describing: refusal))")
      return
    }
  }

  @Test func `the limit counts all files together`() async throws {
    let bundle = try await Self.solid()
    let total = bundle.files.reduce(0) { $0 + Self.pairs[$1].improved.count }
    let baselines = bundle.files.map { Self.pairs[$0].baseline }
    #expect(try PayloadDecoder.apply(bundle.payload, toEach: baselines, outputLimit: total).count == baselines.count)
    #expect(throws: PayloadError.outputLimitExceeded(declared: total, limit: total - 1)) {
      try PayloadDecoder.apply(bundle.payload, toEach: baselines, outputLimit: total - 1)
    }
  }

  @Test func `a header of several files that lies is refused`() throws {
    let start: [UInt8] = Array("SUT".utf8) + [1, 0xc0]
    #expect(throws: PayloadError.tooManyParts(limit: 4_096)) { try PayloadHeader(parsing: start + [0xff, 0x1f]) }
    #expect(throws: PayloadError.unknownMethod(3)) { try PayloadHeader(parsing: start + [0, 3, 0]) }
    #expect(throws: PayloadError.truncated("baseline")) { try PayloadHeader(parsing: start + [0, 1, 0]) }
    // A method beside those of the files, and several files without baselines.
    for kind: UInt8 in [0xc1, 0x40] {
      #expect(throws: PayloadError.unknownMethod(kind)) {
        try PayloadHeader(parsing: Array("SUT".utf8) + [1, kind, 0, 0, 0, 0, 0] + [UInt8](repeating: 0, count: 16))
      }
    }
  }

  @Test(arguments: 1...4)
  func `seeded damage of a payload of several files is refused`(seed: UInt64) async throws {
    let bundle = try await Self.solid()
    let files = bundle.files.map { Self.pairs[$0] }
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<60 {
      var damaged = bundle.payload
      damaged[Int.random(in: damaged.indices, using: &generator)] ^= 1 << UInt8.random(in: 0...7, using: &generator)
      do throws(PayloadError) {
        let rebuilt = try PayloadDecoder.apply(damaged, toEach: files.map(\.baseline), outputLimit: 1 << 20)
        #expect(rebuilt == files.map(\.improved), "a damaged payload gave other bytes")
      } catch {
        #expect(!error.description.isEmpty)
      }
    }
  }
}
