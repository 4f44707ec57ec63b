import Basics
import BinaryDelta
import Compression
import Testing

@Suite struct HostilePayloadTests {
  static let baseline = Array("the baseline that the distribution sealed".utf8)
  static let improved = Array("the Baseline that the distribution sealed, improved".utf8)

  /// One copy with one difference, and ten extra bytes.
  static var honest: CraftedPayload {
    var payload = CraftedPayload(baseline: baseline, improved: improved)
    payload.records = [(0, 41, 10)]
    payload.difference = zip(improved, baseline).map { $0 &- $1 }
    payload.extra = Array(improved[41...])
    return payload
  }

  static func refusal(
    _ change: (inout CraftedPayload) -> Void, limit: Int = 1 << 20
  ) throws -> PayloadError? {
    var payload = honest
    change(&payload)
    let bytes = try payload.bytes()
    return #expect(throws: PayloadError.self) {
      try PayloadDecoder.apply(bytes, to: baseline, outputLimit: limit)
    }
  }

  @Test func `the payload that the others are made of is sound`() throws {
    let rebuilt = try PayloadDecoder.apply(Self.honest.bytes(), to: Self.baseline, outputLimit: 51)
    #expect(rebuilt == Self.improved)
  }

  // MARK: The header

  @Test func `what is not a payload of this format is refused`() throws {
    #expect(try Self.refusal { $0.magic = Array("SUTQ".utf8) } == .notPayload)
    #expect(try Self.refusal { $0.format = 1 } == .unknownFormat(1))
    #expect(try Self.refusal { $0.method = 2 } == .unknownMethod(2))
    #expect(try Self.refusal { $0.baselineMark = 2 } == .malformedBaselineMark(2))
    #expect(throws: PayloadError.notPayload) { try PayloadHeader(parsing: []) }
    #expect(throws: PayloadError.notPayload) { try PayloadHeader(parsing: Array("SUT".utf8)) }
  }

  @Test func `a delta that names no baseline is refused`() throws {
    #expect(try Self.refusal { $0.baselineMark = 0 } == .malformedBaselineMark(0))
  }

  @Test func `another baseline of the same length is refused before any output`() throws {
    var other = Self.baseline
    other[3] ^= 1
    var pieces = 0
    let payload = try Self.honest.bytes()
    let refusal = #expect(throws: PayloadError.self) {
      try Sample.stream(payload, to: other, outputLimit: 100) { _ in pieces += 1 }
    }
    #expect(refusal == .wrongBaseline(expected: Digest(of: Self.baseline), found: Digest(of: other)))
    #expect(pieces == 0)
  }

  @Test func `a baseline of another length is refused`() throws {
    let payload = try Self.honest.bytes()
    for other in [[], Array(Self.baseline.dropLast()), Self.baseline + [0]] {
      #expect(throws: PayloadError.wrongBaselineLength(expected: 41, found: other.count)) {
        try PayloadDecoder.apply(payload, to: other, outputLimit: 100)
      }
    }
  }

  @Test func `more than the caller allows is refused before any output`() throws {
    let declared = UInt64(1) << 39
    #expect(
      try Self.refusal { $0.improvedLength = declared } == .lengthsDisagree("difference and extra bytes"))
    let payload = try Self.honest.bytes()
    #expect(throws: PayloadError.outputLimitExceeded(declared: 51, limit: 50)) {
      try PayloadDecoder.apply(payload, to: Self.baseline, outputLimit: 50)
    }
  }

  @Test func `an improved file that is not the named one is refused at the end`() throws {
    let found = Digest(of: Self.improved)
    let claimed = Digest(of: Self.baseline)
    #expect(
      try Self.refusal { $0.improvedDigest = claimed } == .wrongResult(expected: claimed, found: found))
  }

  @Test func `lengths above the format's limit are refused`() throws {
    #expect(
      try Self.refusal { $0.improvedLength = 1 << 40 } == .fileTooLarge("improved file", length: 1 << 40))
    #expect(
      try Self.refusal { $0.baselineLength = UInt64(Int64.max) }
        == .fileTooLarge("baseline", length: .max))
  }

  @Test func `an integer has one spelling`() {
    let start: [UInt8] = Array("SUTP".utf8) + [0, 0, 0]
    let long = start + [0x85, 0x00]
    #expect(throws: PayloadError.malformedInteger("improved file")) { try PayloadHeader(parsing: long) }
    let endless = start + [UInt8](repeating: 0xff, count: 20)
    #expect(throws: PayloadError.malformedInteger("improved file")) { try PayloadHeader(parsing: endless) }
  }

  // MARK: The streams

  @Test func `streams must fill the payload exactly`() throws {
    let lengths = PayloadError.lengthsDisagree("stream lengths")
    #expect(try Self.refusal { $0.trailing = [0] } == lengths)
    #expect(try Self.refusal { $0.claimedPackedLengths = [0: 1] } == lengths)
    #expect(try Self.refusal { $0.claimedPackedLengths = [2: 1 << 39] } == lengths)
    #expect(try Self.refusal { $0.claimedLengths = [1: 42] } == .lengthsDisagree("difference and extra bytes"))
    // The sum is right, so this shows only when the stream is read: it has 41 bytes, not 42.
    let refusal = try Self.refusal {
      $0.claimedLengths = [1: 42, 2: 9]
      $0.records = [(0, 41, 0), (-1, 1, 9)]
    }
    #expect(refusal == .streamLengthWrong("difference", declared: 42))
  }

  @Test func `a stream that holds more than it declares is refused`() throws {
    let refusal = try Self.refusal {
      $0.claimedLengths = [1: 41]
      $0.difference.append(0)
    }
    guard case .damagedStream("difference", _) = refusal else {
      Issue.record("refused as \(String(describing: refusal))")
      return
    }
  }

  @Test func `a stream that holds less than it declares is refused`() throws {
    #expect(
      try Self.refusal {
        $0.claimedLengths = [1: 41]
        $0.difference.removeLast()
      } == .streamLengthWrong("difference", declared: 41))
  }

  @Test func `bytes after a stream's frame are refused`() throws {
    var payload = Self.honest
    let frame = try Zstandard.compress(payload.extra, level: 3, windowLog: 20)
    payload.frames = [2: frame + frame]
    let bytes = try payload.bytes()
    #expect(throws: PayloadError.streamLengthWrong("extra", declared: 10)) {
      try PayloadDecoder.apply(bytes, to: Self.baseline, outputLimit: 100)
    }
  }

  @Test func `an empty stream has no frame`() throws {
    let empty = try Zstandard.compress([], level: 3, windowLog: 20)
    let refusal = try Self.refusal {
      $0.records = [(0, 41, 0)]
      $0.improvedLength = 41
      $0.extra = []
      $0.frames = [2: empty]
    }
    #expect(refusal == .lengthsDisagree("extra stream's lengths"))
  }

  @Test func `a decompression bomb gives no more than declared`() throws {
    let bomb = try Zstandard.compress([UInt8](repeating: 0x61, count: 64 << 20), level: 1, windowLog: 20)
    var delivered = 0
    var payload = Self.honest
    payload.frames = [2: bomb]
    let bytes = try payload.bytes()
    #expect(throws: PayloadError.self) {
      try Sample.stream(bytes, to: Self.baseline, outputLimit: 100) { delivered += $0.byteCount }
    }
    #expect(delivered <= 51)
  }

  @Test func `a whole file's bomb gives no more than declared`() throws {
    var payload = CraftedPayload(baseline: Self.baseline, improved: Self.improved)
    payload.method = 0
    payload.improvedLength = 1_000
    let bomb = try Zstandard.compress([UInt8](repeating: 0x61, count: 64 << 20), level: 1, windowLog: 20)
    let bytes = payload.header() + bomb
    var delivered = 0
    let refusal = #expect(throws: PayloadError.self) {
      try Sample.stream(bytes, to: Self.baseline, outputLimit: 2_000) { delivered += $0.byteCount }
    }
    #expect(delivered <= 1_000)
    guard case .damagedStream("file", _) = refusal else {
      Issue.record("refused as \(String(describing: refusal))")
      return
    }
  }

  // MARK: The records

  static let outside = PayloadError.copyOutsideBaseline(baselineLength: 41)

  @Test(arguments: [
    [(Int64(1), UInt64(41), UInt64(10))], [(-1, 41, 10)], [(42, 0, 51)], [(0, 42, 9)],
    [(0, 20, 0), (22, 21, 10)], [(0, 20, 0), (-21, 21, 10)], [(Int64.max / 2, 41, 10)], [(Int64.min / 2, 41, 10)],
    [(0, UInt64(Int64.max), 10)],
  ])
  func `a copy from outside the baseline is refused`(records: [(Int64, UInt64, UInt64)]) throws {
    #expect(try Self.refusal { $0.records = records } == Self.outside)
  }

  @Test func `records that produce nothing are refused`() throws {
    #expect(try Self.refusal { $0.records = [(0, 0, 0), (0, 41, 10)] } == .emptyRecord)
    let many = [(seek: Int64, copy: UInt64, extra: UInt64)](repeating: (0, 0, 0), count: 1_000_000)
    #expect(try Self.refusal { $0.records = many } == .emptyRecord)
  }

  @Test func `records that produce more than declared are refused`() throws {
    let exceed = PayloadError.recordsExceedOutput(declared: 51)
    #expect(try Self.refusal { $0.records = [(0, 41, 11)] } == exceed)
    #expect(try Self.refusal { $0.records = [(0, 41, UInt64(Int64.max))] } == exceed)
    #expect(try Self.refusal { $0.records = [(0, 41, 0), (-41, 11, 0)] } == exceed)
  }

  @Test func `records that produce less than declared are refused`() throws {
    #expect(try Self.refusal { $0.records = [(0, 41, 9)] } == .truncated("control records"))
    #expect(try Self.refusal { $0.records = [] } == .truncated("control records"))
  }

  @Test func `records after the end are refused`() throws {
    #expect(
      try Self.refusal { $0.records = [(0, 41, 10), (0, 1, 0)] } == .lengthsDisagree("control records"))
  }

  @Test func `copies and extra bytes must match their streams`() throws {
    #expect(
      try Self.refusal { $0.records = [(0, 40, 11)] } == .streamLengthWrong("extra", declared: 10))
    #expect(
      try Self.refusal { $0.records = [(0, 41, 0), (-41, 10, 0)] } == .streamLengthWrong("difference", declared: 41))
  }

  @Test func `every refusal is one sentence`() {
    let digest = Digest(of: [])
    let errors: [PayloadError] = [
      .notPayload, .unknownFormat(9), .unknownMethod(9), .truncated("header"), .malformedInteger("baseline"),
      .malformedBaselineMark(7), .fileTooLarge("baseline", length: 5), .lengthsDisagree("stream lengths"),
      .damagedStream("extra", reason: "the reason"), .streamLengthWrong("extra", declared: 5), .emptyRecord,
      .copyOutsideBaseline(baselineLength: 5), .recordsExceedOutput(declared: 5),
      .wrongBaselineLength(expected: 1, found: 2), .wrongBaseline(expected: digest, found: digest),
      .outputLimitExceeded(declared: 2, limit: 1), .wrongResult(expected: digest, found: digest),
      .compressionFailed("the reason"), .selfCheckFailed("the reason"),
    ]
    for error in errors {
      let text = error.description
      #expect(text.count > 20 && !text.contains("\n") && !text.hasSuffix(".") && !text.contains("Optional"))
    }
  }
}
