internal import Basics

/// One application of a payload, piece by piece; payload and baseline are borrowed anew for each piece.
struct Rebuilding: ~Copyable {
  /// How many bytes are rebuilt at a time.
  static let pieceByteCount = 64 << 10

  private let improved: PayloadFile
  private var whole: PackedStream?
  private var delta: DeltaReader?
  private var left: Int
  private var hasher = Digest.Hasher()

  /// Checks the header against the limit and the baseline, and opens the streams.
  init(_ payload: RawSpan, _ baseline: RawSpan, outputLimit: Int) throws(PayloadError) {
    let header = try PayloadHeader(parsing: payload)
    let isDelta = header.method == .delta
    let whole =
      isDelta
      ? nil
      : try PackedStream(
        "file", range: header.byteCount..<payload.byteCount, length: header.improved.length,
        windowLog: PayloadFormat.wholeWindowLog)
    let delta = isDelta ? try DeltaReader(header, payload, baselineLength: baseline.byteCount) : nil
    guard header.improved.length <= outputLimit else {
      throw .outputLimitExceeded(declared: header.improved.length, limit: outputLimit)
    }
    if let expected = header.baseline { try Self.check(baseline, expected) }
    self.whole = whole
    self.delta = delta
    improved = header.improved
    left = header.improved.length
  }

  private static func check(_ baseline: RawSpan, _ expected: PayloadFile) throws(PayloadError) {
    guard baseline.byteCount == expected.length else {
      throw .wrongBaselineLength(expected: expected.length, found: baseline.byteCount)
    }
    let found = PayloadFile(of: baseline)
    guard found == expected else { throw .wrongBaseline(expected: expected.digest, found: found.digest) }
  }

  /// A buffer for `next`, no larger than needed.
  var buffer: [UInt8] { [UInt8](repeating: 0, count: min(left, Self.pieceByteCount)) }

  /// Rebuilds the next bytes into the front of `buffer` and says how many; 0 after the last, once everything is
  /// verified.
  mutating func next(
    _ payload: RawSpan, _ baseline: RawSpan, into buffer: inout [UInt8]
  ) throws(PayloadError) -> Int {
    let count = min(left, buffer.count)
    guard count > 0 else {
      try finish(payload)
      return 0
    }
    var span = buffer.mutableSpan
    var bytes = unsafe span.mutableBytes
    var room = bytes._mutatingExtracting(..<count)
    try whole?.fill(&room, from: payload)
    try delta?.fill(&room, from: payload, baseline)
    hasher.update(room.bytes)
    left -= count
    return count
  }

  private mutating func finish(_ payload: RawSpan) throws(PayloadError) {
    try whole?.finish(from: payload)
    try delta?.finish(from: payload)
    let found = hasher.finish()
    guard found == improved.digest else { throw .wrongResult(expected: improved.digest, found: found) }
  }
}
