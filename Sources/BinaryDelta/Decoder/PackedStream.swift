internal import Compression

/// One packed stream of a payload: unpacked piece by piece, never past its own packed bytes, never more than declared.
struct PackedStream: ~Copyable {
  /// The name for errors.
  let name: String
  private let declared: Int
  private var left: Int
  private var position: Int
  private let end: Int
  // Neither for a stored stream.
  private var lzma: LZMADecoder?
  private var zstd: ZstandardDecoder?

  /// A stream that lies at `range` of the payload and declares `length` unpacked bytes.
  init(
    _ name: String, codec: StreamCodec, range: Range<Int>, length: Int, windowLogLimit: Int
  ) throws(PayloadError) {
    self.name = name
    declared = length
    left = length
    position = range.lowerBound
    end = range.upperBound
    guard (length == 0) == range.isEmpty else { throw .lengthsDisagree("\(name) stream's lengths") }
    guard length > 0 else { return }
    let log = PayloadFormat.windowLog(for: length, limit: windowLogLimit)
    do throws(CompressionError) {
      switch codec {
      case .stored: break
      case .lzma: lzma = try LZMADecoder(dictionaryLog: log, outputLimit: length)
      case .zstd: zstd = try ZstandardDecoder(windowLogLimit: log, outputLimit: length)
      }
    } catch {
      throw .damagedStream(name, reason: error.description)
    }
  }

  /// Whether all declared bytes have come out.
  var isDrained: Bool { left == 0 }
  /// How many declared bytes have not come out yet.
  var remaining: Int { left }

  /// Fills a room completely.
  mutating func fill(_ room: UnsafeMutableRawBufferPointer, from payload: RawSpan) throws(PayloadError) {
    guard room.count <= left else { throw .streamLengthWrong(name, declared: declared) }
    var filled = 0
    while filled < room.count {
      let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: room[filled...])
      let produced = try unsafe step(into: rest, from: payload)
      guard produced > 0 else { throw .streamLengthWrong(name, declared: declared) }
      filled += produced
    }
  }

  /// Checks that the stream ends exactly where it should: all declared bytes are out, its own end is reached, and no
  /// packed byte is left.
  mutating func finish(from payload: RawSpan) throws(PayloadError) {
    guard left == 0 else { throw .streamLengthWrong(name, declared: declared) }
    guard declared > 0 else { return }
    var spare: UInt8 = 0
    let more = try unsafe withUnsafeMutableBytes(of: &spare) { (room) throws(PayloadError) in
      try unsafe step(into: room, from: payload)
    }
    guard more == 0, lzma?.isFinished != false, zstd?.isFinished != false, position == end else {
      throw .streamLengthWrong(name, declared: declared)
    }
  }

  /// One or more steps of the decoder, until something comes out or nothing more can; gives the bytes produced.
  private mutating func step(
    into room: UnsafeMutableRawBufferPointer, from payload: RawSpan
  ) throws(PayloadError) -> Int {
    while true {
      var target = unsafe MutableRawSpan(_unsafeBytes: room)
      let packed = payload.extracting(position..<end)
      let done: DecodingStep
      do throws(CompressionError) {
        if let step = try lzma?.decode(packed, into: &target) {
          done = step
        } else if let step = try zstd?.decode(packed, into: &target) {
          done = step
        } else {
          done = Self.copy(packed, &target, limit: left)
        }
      } catch {
        throw .damagedStream(name, reason: error.description)
      }
      position += done.consumed
      left -= done.produced
      if done.produced > 0 || done.consumed == 0 { return done.produced }
    }
  }

  private static func copy(_ packed: RawSpan, _ target: inout MutableRawSpan, limit: Int) -> DecodingStep {
    let count = min(limit, packed.byteCount, target.byteCount)
    for index in 0..<count {
      unsafe target.storeBytes(
        of: packed.unsafeLoad(fromByteOffset: index, as: UInt8.self), toByteOffset: index, as: UInt8.self)
    }
    return DecodingStep(consumed: count, produced: count)
  }
}
