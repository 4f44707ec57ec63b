/// Reads control records through a small buffer.
struct ControlReader: ~Copyable {
  /// A record as it stands in the stream; nothing is checked but that the numbers are below 2^63.
  struct Record {
    /// How far the copy begins from the end of the copy before.
    let seek: Int
    /// How many bytes are copied out of the baseline.
    let copyLength: Int
    /// How many new bytes follow.
    let extraLength: Int
  }

  private static let bufferByteCount = 4 << 10

  private var stream: PackedStream
  private var buffer: [UInt8] = []
  private var next = 0

  init(_ stream: consuming PackedStream) {
    self.stream = stream
  }

  mutating func next(from payload: RawSpan) throws(PayloadError) -> Record {
    let seek = VariableInteger.unfold(try integer(payload))
    return Record(seek: seek, copyLength: Int(try integer(payload)), extraLength: Int(try integer(payload)))
  }

  private mutating func integer(_ payload: RawSpan) throws(PayloadError) -> UInt64 {
    var reader = VariableInteger()
    while true {
      if next == buffer.count { try refill(payload) }
      next += 1
      if let value = try reader.take(buffer[next - 1], "control record") { return value }
    }
  }

  private mutating func refill(_ payload: RawSpan) throws(PayloadError) {
    let count = min(stream.remaining, Self.bufferByteCount)
    guard count > 0 else { throw .truncated("control records") }
    var records = [UInt8](repeating: 0, count: count)
    var span = records.mutableSpan
    var room = unsafe span.mutableBytes
    try stream.fill(&room, from: payload)
    (buffer, next) = (records, 0)
  }

  /// Checks that no record is left.
  mutating func finish(from payload: RawSpan) throws(PayloadError) {
    guard next == buffer.count, stream.isDrained else { throw .lengthsDisagree("control records") }
    try stream.finish(from: payload)
  }
}
