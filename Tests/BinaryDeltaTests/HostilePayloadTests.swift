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
    payload.blocks = [(41, 10, 0)]
    payload.skips = [5, 0]
    payload.differences = [improved[4] &- baseline[4]]
    payload.extra = Array(improved[41...])
    return payload
  }

  static func refusal(_ change: (inout CraftedPayload) -> Void, limit: Int = 1 << 20) -> PayloadError? {
    var payload = honest
    change(&payload)
    let bytes = payload.bytes()
    return #expect(throws: PayloadError.self) {
      try PayloadDecoder.apply(bytes, to: baseline, outputLimit: limit)
    }
  }

  @Test func `the payload that the others are made of is sound`() throws {
    let rebuilt = try PayloadDecoder.apply(Self.honest.bytes(), to: Self.baseline, outputLimit: 51)
    #expect(rebuilt == Self.improved)
  }

  // MARK: The header

  @Test func `what is not a payload of this format is refused`() {
    #expect(Self.refusal { $0.magic = Array("SUV".utf8) } == .notPayload)
    #expect(Self.refusal { $0.format = 0x50 } == .unknownFormat(0x50))
    for kind: UInt8 in [0x83, 0xa9, 0xc1, 0xff] {
      #expect(Self.refusal { $0.kind = kind } == .unknownMethod(kind))
    }
    #expect(throws: PayloadError.notPayload) { try PayloadHeader(parsing: []) }
    #expect(throws: PayloadError.notPayload) { try PayloadHeader(parsing: Array("SUT".utf8)) }
  }

  @Test func `a delta that names no baseline is refused`() {
    #expect(Self.refusal { $0.kind = 0x01 } == .unknownMethod(0x01))
  }

  @Test func `another baseline of the same length is refused before any output`() throws {
    var other = Self.baseline
    other[3] ^= 1
    var pieces = 0
    let payload = Self.honest.bytes()
    let refusal = #expect(throws: PayloadError.self) {
      try Sample.stream(payload, to: other, outputLimit: 100) { _ in pieces += 1 }
    }
    #expect(refusal == .wrongBaseline(expected: Self.mark(Self.baseline), found: Self.mark(other)))
    #expect(pieces == 0)
  }

  @Test func `a baseline of another length is refused`() throws {
    let payload = Self.honest.bytes()
    for other in [[], Array(Self.baseline.dropLast()), Self.baseline + [0]] {
      #expect(throws: PayloadError.wrongBaselineLength(expected: 41, found: other.count)) {
        try PayloadDecoder.apply(payload, to: other, outputLimit: 100)
      }
    }
  }

  static func mark(_ bytes: [UInt8]) -> String { String(Digest(of: bytes).hex.prefix(16)) }

  @Test func `more than the caller allows is refused before any output`() {
    let refusal = Self.refusal { $0.lengthChange = 1 << 39 }
    #expect(refusal == .outputLimitExceeded(declared: (1 << 39) + 41, limit: 1 << 20))
    let payload = Self.honest.bytes()
    #expect(throws: PayloadError.outputLimitExceeded(declared: 51, limit: 50)) {
      try PayloadDecoder.apply(payload, to: Self.baseline, outputLimit: 50)
    }
  }

  @Test func `an improved file that is not the named one is refused at the end`() {
    let refusal = Self.refusal { $0.improvedMark = Array(Digest(of: Self.baseline).bytes.prefix(8)) }
    #expect(refusal == .wrongResult(expected: Self.mark(Self.baseline), found: Self.mark(Self.improved)))
  }

  @Test func `lengths outside the format's limits are refused`() {
    #expect(Self.refusal { $0.lengthChange = 1 << 40 } == .fileTooLarge("improved file", length: (1 << 40) + 41))
    #expect(Self.refusal { $0.lengthChange = -42 } == .fileTooLarge("improved file", length: -1))
    #expect(Self.refusal { $0.baselineLength = UInt64(Int64.max) } == .fileTooLarge("baseline", length: .max))
    // The longest number that there is, in both directions.
    for change in [Int64.max / 2, Int64.min / 2] {
      guard case .fileTooLarge("improved file", _) = Self.refusal({ $0.lengthChange = change }) else {
        Issue.record("\(change) was taken")
        continue
      }
    }
  }

  @Test func `an integer has one spelling`() {
    let start: [UInt8] = Array("SUT".utf8) + [1, 0]
    let long = start + [0x85, 0x00]
    #expect(throws: PayloadError.malformedInteger("improved file")) { try PayloadHeader(parsing: long) }
    let endless = start + [UInt8](repeating: 0xff, count: 20)
    #expect(throws: PayloadError.malformedInteger("improved file")) { try PayloadHeader(parsing: endless) }
  }

  // MARK: The streams

  private static let (copies, skips, extra) = (1, 4, 8)

  @Test func `streams must fill the payload exactly`() {
    let lengths = PayloadError.lengthsDisagree("stream lengths")
    #expect(Self.refusal { $0.trailing = [0] } == lengths)
    #expect(Self.refusal { $0.claimedLengths = [Self.extra: 11] } == lengths)
    #expect(Self.refusal { $0.claimedLengths = [Self.extra: 1 << 39] } == lengths)
    #expect(
      Self.refusal { $0.claimedLengths = [Self.copies: 1 << 41] }
        == .fileTooLarge("copy length stream", length: 1 << 41))
  }

  @Test func `a stream packed in an unknown way is refused`() {
    #expect(Self.refusal { $0.packed = [Self.extra: (3, [1, 2, 3])] } == .unknownCodec(3))
  }

  @Test(arguments: [1, 2])
  func `every way of packing is read`(codec: UInt8) throws {
    var payload = Self.honest
    payload.packed = [Self.extra: (codec, try Self.pack(payload.extra, codec))]
    #expect(try PayloadDecoder.apply(payload.bytes(), to: Self.baseline, outputLimit: 51) == Self.improved)
  }

  static func pack(_ bytes: [UInt8], _ codec: UInt8) throws -> [UInt8] {
    try codec == 1
      ? LZMA.compress(bytes, model: .text, dictionaryLog: 12) : Zstandard.compress(bytes, level: 19, windowLog: 12)
  }

  @Test(arguments: [1, 2])
  func `a stream that holds more or less than it declares is refused`(codec: UInt8) throws {
    let (more, less) = (Array(Self.improved[41...]) + [0], Array(Self.improved[41...].dropLast()))
    for wrong in [more, less] {
      let bytes = try Self.pack(wrong, codec)
      let refusal = Self.refusal {
        $0.claimedLengths = [Self.extra: 10]
        $0.packed = [Self.extra: (codec, bytes)]
      }
      switch refusal {
      case .damagedStream("extra", _), .streamLengthWrong("extra", declared: 10): break
      default: Issue.record("refused as \(String(describing: refusal))")
      }
    }
  }

  @Test(arguments: [1, 2])
  func `bytes after a stream's end are refused`(codec: UInt8) throws {
    let bytes = try Self.pack(Array(Self.improved[41...]), codec)
    #expect(
      Self.refusal { $0.packed = [Self.extra: (codec, bytes + bytes)] } == .streamLengthWrong("extra", declared: 10))
  }

  @Test func `a decompression bomb gives no more than declared`() throws {
    let zeros = [UInt8](repeating: 0x61, count: 4 << 20)
    for (codec, bomb) in [
      (UInt8(1), try LZMA.compress(zeros, model: .text, dictionaryLog: 12)),
      (2, try Zstandard.compress(zeros, level: 1, windowLog: 12)),
    ] {
      var delivered = 0
      var payload = Self.honest
      payload.claimedLengths = [Self.extra: 10]
      payload.packed = [Self.extra: (codec, bomb)]
      let bytes = payload.bytes()
      #expect(throws: PayloadError.self) {
        try Sample.stream(bytes, to: Self.baseline, outputLimit: 100) { delivered += $0.byteCount }
      }
      #expect(delivered <= 51)
    }
  }

  @Test func `a whole file's bomb gives no more than declared`() throws {
    var payload = CraftedPayload(baseline: Self.baseline, improved: Self.improved)
    payload.kind = 0x80
    payload.lengthChange = 1_000 - 41
    let bomb = try Zstandard.compress([UInt8](repeating: 0x61, count: 16 << 20), level: 1, windowLog: 12)
    let bytes = payload.header() + [2] + bomb
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

  // MARK: The blocks

  static let outside = PayloadError.copyOutsideBaseline(baselineLength: 41)

  @Test(arguments: [
    [(UInt64(41), UInt64(10), Int64(1))], [(41, 10, -1)], [(0, 51, 42)], [(42, 9, 0)],
    [(20, 0, 0), (21, 10, 22)], [(20, 0, 0), (21, 10, -21)], [(41, 10, Int64.max / 2)], [(41, 10, Int64.min / 2)],
    [(UInt64(Int64.max), 10, 0)],
  ])
  func `a copy from outside the baseline is refused`(blocks: [(UInt64, UInt64, Int64)]) {
    #expect(Self.refusal { $0.blocks = blocks.map { ($0.0, $0.1, $0.2) } } == Self.outside)
  }

  @Test func `blocks that produce nothing are refused`() {
    #expect(Self.refusal { $0.blocks = [(0, 0, 0), (41, 10, 0)] } == .emptyBlock)
    let many = [(copy: UInt64, extra: UInt64, seek: Int64)](repeating: (0, 0, 0), count: 100_000)
    #expect(Self.refusal { $0.blocks = many } == .emptyBlock)
  }

  @Test func `more blocks than a reader keeps are refused`() {
    let refusal = Self.refusal {
      $0.blocks = [(copy: UInt64, extra: UInt64, seek: Int64)](repeating: (1, 0, -1), count: (1 << 17) + 2)
      $0.blocks[0].seek = 0
      $0.lengthChange = 1 << 18
    }
    #expect(refusal == .tooManyBlocks(limit: 1 << 17))
  }

  @Test func `blocks that produce more than declared are refused`() {
    let exceed = PayloadError.blocksExceedOutput(declared: 51)
    #expect(Self.refusal { $0.blocks = [(41, 11, 0)] } == exceed)
    #expect(Self.refusal { $0.blocks = [(41, UInt64(Int64.max), 0)] } == exceed)
    #expect(Self.refusal { $0.blocks = [(41, 0, 0), (11, 0, -41)] } == exceed)
  }

  @Test func `blocks that produce less than declared are refused`() {
    #expect(Self.refusal { $0.blocks = [(41, 9, 0)] } == .truncated("copy length stream"))
    #expect(Self.refusal { $0.blocks = [] } == .truncated("copy length stream"))
  }

  @Test func `what no block uses is refused`() {
    #expect(Self.refusal { $0.blocks = [(41, 10, 0), (1, 0, 0)] } == .streamLeftOver("copy length"))
    #expect(Self.refusal { $0.blocks = [(41, 9, 0), (1, 0, -1)] } != nil)
    #expect(Self.refusal { $0.skips = [5, 40] } == .tokensLeftOver)
    #expect(Self.refusal { $0.skips = [5, 0, 0] } == .streamLeftOver("skip"))
    #expect(Self.refusal { $0.differences.append(1) } == .streamLeftOver("difference"))
    #expect(Self.refusal { $0.hits = [0] } == .streamLeftOver("hits"))
  }

  @Test func `what blocks need and is not there is refused`() {
    #expect(Self.refusal { $0.skips = [5] } == .truncated("skip stream"))
    #expect(Self.refusal { $0.differences = [] } == .truncated("difference stream"))
    #expect(Self.refusal { $0.extra.removeLast() } == .streamLengthWrong("extra", declared: 9))
  }

  @Test func `references of what is no image are not recomputed`() {
    guard
      case .baselineNotImage = Self.refusal({
        $0.kind = 0x82
        $0.layout = [1]
      })
    else {
      Issue.record("a text was taken for an image")
      return
    }
  }

  @Test func `every refusal is one sentence`() {
    let errors: [PayloadError] = [
      .notPayload, .unknownFormat(9), .unknownMethod(9), .truncated("header"), .malformedInteger("baseline"),
      .fileTooLarge("baseline", length: 5), .lengthsDisagree("stream lengths"), .unknownCodec(9),
      .damagedStream("extra", reason: "the reason"), .streamLengthWrong("extra", declared: 5), .emptyBlock,
      .streamLeftOver("skip"), .tokensLeftOver, .tooManyTokens(limit: 5), .tooManyBlocks(limit: 5),
      .tooManySegments(limit: 5), .baselineNotImage("the reason"),
      .copyOutsideBaseline(baselineLength: 5), .blocksExceedOutput(declared: 5),
      .wrongBaselineLength(expected: 1, found: 2), .wrongBaseline(expected: "01", found: "02"),
      .outputLimitExceeded(declared: 2, limit: 1), .wrongResult(expected: "01", found: "02"),
      .compressionFailed("the reason"), .selfCheckFailed("the reason"),
    ]
    for error in errors {
      let text = error.description
      #expect(text.count > 20 && !text.contains("\n") && !text.hasSuffix(".") && !text.contains("Optional"))
    }
  }
}
