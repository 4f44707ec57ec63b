/// Reads method 1: records say what to copy and what to add.
struct DeltaReader: ~Copyable {
  private let declared: Int
  private let baselineLength: Int
  private var control: ControlReader
  private var difference: PackedStream
  private var extra: PackedStream
  private var position = 0
  private var copyLeft = 0
  private var extraLeft = 0
  private var produced = 0

  /// Opens the three streams, whose lengths must fill the payload exactly and add up to the improved file.
  init(_ header: borrowing PayloadHeader, _ payload: RawSpan, baselineLength: Int) throws(PayloadError) {
    var cursor = ByteCursor(position: header.byteCount)
    var sizes: [(length: Int, packed: Int)] = []
    for name in ["control", "difference", "extra"] {
      let length = try cursor.length(of: payload, "\(name) stream")
      sizes.append((length, try cursor.length(of: payload, "\(name) stream")))
    }
    let start = cursor.position
    let (controlEnd, differenceEnd) = (start + sizes[0].packed, start + sizes[0].packed + sizes[1].packed)
    guard differenceEnd + sizes[2].packed == payload.byteCount else { throw .lengthsDisagree("stream lengths") }
    guard sizes[1].length + sizes[2].length == header.improved.length else {
      throw .lengthsDisagree("difference and extra bytes")
    }
    let window = PayloadFormat.streamWindowLog
    let control = try PackedStream(
      "control", range: start..<controlEnd, length: sizes[0].length, windowLog: window)
    let difference = try PackedStream(
      "difference", range: controlEnd..<differenceEnd, length: sizes[1].length, windowLog: window)
    let extra = try PackedStream(
      "extra", range: differenceEnd..<payload.byteCount, length: sizes[2].length, windowLog: window)
    self.control = ControlReader(control)
    self.difference = difference
    self.extra = extra
    self.baselineLength = baselineLength
    declared = header.improved.length
  }

  /// Fills `room`, which is never larger than what is left of the improved file.
  mutating func fill(
    _ room: inout MutableRawSpan, from payload: RawSpan, _ baseline: RawSpan
  ) throws(PayloadError) {
    var filled = 0
    while filled < room.byteCount {
      if copyLeft == 0, extraLeft == 0 { try nextRecord(payload) }
      let count = min(copyLeft > 0 ? copyLeft : extraLeft, room.byteCount - filled)
      var target = room._mutatingExtracting(filled..<filled + count)
      if copyLeft > 0 {
        try difference.fill(&target, from: payload)
        target.add(baseline.extracting(position..<position + count))
        position += count
        copyLeft -= count
      } else {
        try extra.fill(&target, from: payload)
        extraLeft -= count
      }
      filled += count
    }
  }

  /// Takes the next record and checks all of it before any byte moves.
  private mutating func nextRecord(_ payload: RawSpan) throws(PayloadError) {
    let record = try control.next(from: payload)
    // Each number is below 2^63, so each comparison comes before the sum that it makes safe.
    guard record.seek >= -position, record.seek <= baselineLength - position else {
      throw .copyOutsideBaseline(baselineLength: baselineLength)
    }
    position += record.seek
    guard record.copyLength <= baselineLength - position else {
      throw .copyOutsideBaseline(baselineLength: baselineLength)
    }
    guard record.copyLength > 0 || record.extraLength > 0 else { throw .emptyRecord }
    guard record.copyLength <= declared - produced,
      record.extraLength <= declared - produced - record.copyLength
    else { throw .recordsExceedOutput(declared: declared) }
    copyLeft = record.copyLength
    extraLeft = record.extraLength
    produced += record.copyLength + record.extraLength
  }

  /// Checks that records and streams end together with the improved file.
  mutating func finish(from payload: RawSpan) throws(PayloadError) {
    guard copyLeft == 0, extraLeft == 0 else { throw .lengthsDisagree("control records") }
    try control.finish(from: payload)
    try difference.finish(from: payload)
    try extra.finish(from: payload)
  }
}

extension MutableRawSpan {
  /// Adds other bytes to these, each modulo 256; both have the same count.
  fileprivate mutating func add(_ other: RawSpan) {
    precondition(byteCount == other.byteCount)
    unsafe withUnsafeMutableBytes { left in
      unsafe other.withUnsafeBytes { right in
        let low: UInt64 = 0x7f7f_7f7f_7f7f_7f7f
        var offset = 0
        // Eight bytes at a time: the low seven bits of each cannot carry into the next byte; the high bit is added
        // apart.
        while offset + 8 <= left.count {
          let (a, b) = unsafe (
            left.loadUnaligned(fromByteOffset: offset, as: UInt64.self),
            right.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
          )
          let sum = ((a & low) &+ (b & low)) ^ ((a ^ b) & ~low)
          unsafe left.storeBytes(of: sum, toByteOffset: offset, as: UInt64.self)
          offset += 8
        }
        while offset < left.count {
          unsafe left[offset] = unsafe left[offset] &+ right[offset]
          offset += 1
        }
      }
    }
  }
}
