internal import Compression

/// The streams of a body, one for each kind of token, each read through a small buffer.
struct StreamSet: ~Copyable {
  // One for each kind, in the order of the kinds' numbers.
  private var readers: [StreamReader] = []

  /// Reads the table and opens every stream; together they must fill the payload exactly.
  init(_ payload: RawSpan, from start: Int) throws(PayloadError) {
    var cursor = ByteCursor(position: start)
    let streams = try PayloadStream.table(&cursor, payload)
    var position = cursor.position
    for stream in streams {
      guard stream.packedByteCount <= payload.byteCount - position else { throw .lengthsDisagree("stream lengths") }
      readers.append(
        try StreamReader(
          stream.kind.description, codec: stream.codec, range: position..<position + stream.packedByteCount,
          length: stream.byteCount,
          windowLogLimit: stream.kind == .extra ? PayloadFormat.extraWindowLog : PayloadFormat.streamWindowLog))
      position += stream.packedByteCount
    }
    guard position == payload.byteCount else { throw .lengthsDisagree("stream lengths") }
  }

  /// Opens the one stream of a payload that carries a whole file: its codec, then the file packed.
  init(file payload: RawSpan, from start: Int, length: Int) throws(PayloadError) {
    var cursor = ByteCursor(position: start)
    let number = try cursor.byte(of: payload, "file")
    guard let codec = StreamCodec(rawValue: number) else { throw .unknownCodec(number) }
    for kind in TokenKind.allCases {
      let isFile = kind == .extra
      readers.append(
        try StreamReader(
          isFile ? "file" : kind.description, codec: isFile ? codec : .stored,
          range: isFile ? cursor.position..<payload.byteCount : 0..<0, length: isFile ? length : 0,
          windowLogLimit: PayloadFormat.wholeWindowLog))
    }
  }

  mutating func number(_ kind: TokenKind, _ payload: RawSpan) throws(PayloadError) -> UInt64 {
    var reader = VariableInteger()
    let stream = readers[Int(kind.rawValue)]
    while true {
      if let value = try reader.take(stream.byte(payload), kind.description) { return value }
    }
  }

  mutating func byte(_ kind: TokenKind, _ payload: RawSpan) throws(PayloadError) -> UInt8 {
    try readers[Int(kind.rawValue)].byte(payload)
  }

  mutating func fill(_ kind: TokenKind, _ room: UnsafeMutableRawBufferPointer, _ payload: RawSpan) throws(PayloadError)
  {
    try unsafe readers[Int(kind.rawValue)].fill(room, payload)
  }

  mutating func finish(_ payload: RawSpan) throws(PayloadError) {
    for reader in readers { try reader.finish(payload) }
  }
}

/// One stream, unpacked as it is read.
@safe
final class StreamReader {
  private static let bufferByteCount = 16 << 10

  private var stream: PackedStream
  private let buffer: UnsafeMutableRawBufferPointer
  private var next = 0
  private var end = 0

  init(
    _ name: String, codec: StreamCodec, range: Range<Int>, length: Int, windowLogLimit: Int
  ) throws(PayloadError) {
    stream = try PackedStream(name, codec: codec, range: range, length: length, windowLogLimit: windowLogLimit)
    unsafe buffer = .allocate(byteCount: min(length, Self.bufferByteCount), alignment: 1)
  }

  deinit {
    unsafe buffer.deallocate()
  }

  @inline(__always)
  func byte(_ payload: RawSpan) throws(PayloadError) -> UInt8 {
    if next == end { try refill(payload) }
    next += 1
    return unsafe buffer[next - 1]
  }

  func fill(_ room: UnsafeMutableRawBufferPointer, _ payload: RawSpan) throws(PayloadError) {
    let ready = min(room.count, end - next)
    unsafe room.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[next..<next + ready]))
    next += ready
    guard ready < room.count else { return }
    try unsafe stream.fill(UnsafeMutableRawBufferPointer(rebasing: room[ready...]), from: payload)
  }

  private func refill(_ payload: RawSpan) throws(PayloadError) {
    let count = unsafe min(stream.remaining, buffer.count)
    guard count > 0 else { throw .truncated("\(stream.name) stream") }
    try unsafe stream.fill(UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]), from: payload)
    (next, end) = (0, count)
  }

  /// Checks that all bytes were taken and that the stream ends there.
  func finish(_ payload: RawSpan) throws(PayloadError) {
    guard next == end, stream.isDrained else { throw .streamLeftOver(stream.name) }
    try stream.finish(from: payload)
  }
}
