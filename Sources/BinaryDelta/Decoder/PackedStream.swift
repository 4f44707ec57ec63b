internal import Compression

/// One zstd stream of a payload: unpacked piece by piece, never past its own packed bytes, never more than declared.
struct PackedStream: ~Copyable {
  /// The name for errors.
  let name: String
  private let declared: Int
  private var left: Int
  private var position: Int
  private let end: Int
  private var decoder: ZstandardDecoder?

  /// A stream that lies at `range` of the payload and declares `length` unpacked bytes.
  ///
  /// An empty stream has no packed bytes at all, and only an empty one.
  init(_ name: String, range: Range<Int>, length: Int, windowLog: Int) throws(PayloadError) {
    self.name = name
    declared = length
    left = length
    position = range.lowerBound
    end = range.upperBound
    guard (length == 0) == range.isEmpty else { throw .lengthsDisagree("\(name) stream's lengths") }
    if length > 0 {
      do throws(CompressionError) {
        decoder = try ZstandardDecoder(windowLogLimit: windowLog, outputLimit: length)
      } catch {
        throw .damagedStream(name, reason: error.description)
      }
    }
  }

  /// Whether all declared bytes have come out.
  var isDrained: Bool { left == 0 }
  /// How many declared bytes have not come out yet.
  var remaining: Int { left }

  /// Fills `target` completely.
  mutating func fill(_ target: inout MutableRawSpan, from payload: RawSpan) throws(PayloadError) {
    guard target.byteCount <= left else { throw .streamLengthWrong(name, declared: declared) }
    var filled = 0
    while filled < target.byteCount {
      var room = target._mutatingExtracting(filled..<target.byteCount)
      let produced = try step(into: &room, from: payload)
      guard produced > 0 else { throw .streamLengthWrong(name, declared: declared) }
      filled += produced
    }
  }

  /// Checks that the stream ends exactly where it should: all declared bytes are out, the frame is over, and no packed
  /// byte is left.
  mutating func finish(from payload: RawSpan) throws(PayloadError) {
    guard left == 0 else { throw .streamLengthWrong(name, declared: declared) }
    guard decoder != nil else { return }
    var spare: [UInt8] = [0]
    var span = spare.mutableSpan
    var room = unsafe span.mutableBytes
    while try step(into: &room, from: payload) > 0 { throw .streamLengthWrong(name, declared: declared) }
    guard decoder?.isFinished == true, position == end else {
      throw .streamLengthWrong(name, declared: declared)
    }
  }

  /// One or more steps of the decoder, until something comes out or nothing more can; gives the bytes produced.
  private mutating func step(into room: inout MutableRawSpan, from payload: RawSpan) throws(PayloadError) -> Int {
    while true {
      do throws(CompressionError) {
        guard let done = try decoder?.decode(payload.extracting(position..<end), into: &room) else { return 0 }
        position += done.consumed
        left -= done.produced
        if done.produced > 0 || done.consumed == 0 { return done.produced }
      } catch {
        throw .damagedStream(name, reason: error.description)
      }
    }
  }
}
