internal import CLZMA

/// A decompressor of one raw LZMA2 stream that comes in pieces, for bytes that nobody has vouched for.
///
/// Memory is the dictionary and some hundred KiB; output is bounded by the limit. After an error the decoder must not be
/// used again.
@safe
package struct LZMADecoder: ~Copyable {
  /// liblzma's state, which must not move.
  private let stream: UnsafeMutablePointer<lzma_stream>
  private let outputLimit: Int

  /// How many bytes have come out so far.
  package private(set) var produced = 0
  /// Whether the stream's end was reached; nothing more is taken or produced after it.
  package private(set) var isFinished = false

  /// A decoder with a dictionary of 2^`dictionaryLog` bytes, which stops at `outputLimit` bytes.
  package init(dictionaryLog: Int, outputLimit: Int) throws(CompressionError) {
    guard LZMA.dictionaryLogs.contains(dictionaryLog) else { throw .windowLogOutOfRange(dictionaryLog) }
    let stream = UnsafeMutablePointer<lzma_stream>.allocate(capacity: 1)
    unsafe stream.initialize(to: lzma_stream())
    var options = unsafe lzma_options_lzma()
    unsafe options.dict_size = UInt32(1) << UInt32(dictionaryLog)
    let result = unsafe withUnsafeMutablePointer(to: &options) { options in
      var filters = unsafe LZMA.chain(options)
      return unsafe lzma_raw_decoder(stream, &filters)
    }
    guard result == LZMA_OK else {
      unsafe lzma_end(stream)
      unsafe stream.deallocate()
      throw result == LZMA_MEM_ERROR ? .outOfMemory : .malformed(LZMA.reason(result))
    }
    unsafe self.stream = stream
    self.outputLimit = max(0, outputLimit)
  }

  deinit {
    unsafe lzma_end(stream)
    unsafe stream.deallocate()
  }

  /// Takes bytes from the front of `input` and writes to the front of `output`, as far as either reaches.
  ///
  /// A step that neither takes nor produces anything, while the output has room, means that more input is needed. A
  /// stream that holds more than the limit is refused as soon as one byte too many would come out.
  package mutating func decode(
    _ input: RawSpan, into output: inout MutableRawSpan
  ) throws(CompressionError) -> DecodingStep {
    guard !isFinished, output.byteCount > 0 else { return .init(consumed: 0, produced: 0) }
    let left = outputLimit - produced
    var oneByteTooMany: UInt8 = 0
    var consumed = 0
    var count = 0
    let result = unsafe output.withUnsafeMutableBytes { room in
      unsafe input.withUnsafeBytes { bytes in
        unsafe withUnsafeMutablePointer(to: &oneByteTooMany) { spare in
          unsafe stream.pointee.next_in = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
          unsafe stream.pointee.avail_in = bytes.count
          // With no output left under the limit the stream may only end.
          let target = unsafe left == 0 ? spare : room.baseAddress?.assumingMemoryBound(to: UInt8.self)
          let size = left == 0 ? 1 : min(room.count, left)
          unsafe stream.pointee.next_out = target
          unsafe stream.pointee.avail_out = size
          let result = unsafe lzma_code(stream, LZMA_RUN)
          unsafe consumed = bytes.count - stream.pointee.avail_in
          unsafe count = size - stream.pointee.avail_out
          unsafe (stream.pointee.next_in, stream.pointee.next_out) = (nil, nil)
          unsafe (stream.pointee.avail_in, stream.pointee.avail_out) = (0, 0)
          return result
        }
      }
    }
    switch result {
    // Nothing taken and nothing produced is liblzma's "buffer error", twice in a row; the caller sees it by the step.
    case LZMA_OK, LZMA_BUF_ERROR: break
    case LZMA_STREAM_END: isFinished = true
    case LZMA_MEM_ERROR: throw .outOfMemory
    default: throw .malformed(LZMA.reason(result))
    }
    guard left > 0 || count == 0 else { throw .outputLimitExceeded(outputLimit) }
    produced += count
    return .init(consumed: consumed, produced: count)
  }
}
