internal import CZstd

/// A decompressor of one Zstandard frame that comes in pieces, for bytes that nobody has vouched for.
///
/// Memory is bounded by the window limit (plus libzstd's constant of about 160 KiB), output by the output limit. The
/// frame's claim about its content size is not used. After an error the decoder must not be used again.
@safe
package struct ZstandardDecoder: ~Copyable {
  /// The first four bytes of every frame (RFC 8878, 3.1.1), which skippable frames and legacy formats do not have.
  private static let magic: [UInt8] = [0x28, 0xb5, 0x2f, 0xfd]

  private let context: OpaquePointer
  private let windowLogLimit: Int
  private let outputLimit: Int
  private var magicSeen = 0

  /// How many bytes have come out so far.
  package private(set) var produced = 0
  /// Whether the end of the frame was reached; nothing more is taken or produced after it.
  package private(set) var isFinished = false

  /// A decoder that refuses frames with a window of more than 2^`windowLogLimit` bytes and stops at `outputLimit`
  /// bytes.
  package init(windowLogLimit: Int, outputLimit: Int) throws(CompressionError) {
    guard Zstandard.windowLogs.contains(windowLogLimit) else { throw .windowLogOutOfRange(windowLogLimit) }
    guard let context = unsafe ZSTD_createDCtx() else { throw .outOfMemory }
    let result = unsafe ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, CInt(windowLogLimit))
    guard ZSTD_isError(result) == 0 else {
      unsafe _ = ZSTD_freeDCtx(context)
      throw .malformed(Zstandard.reason(result))
    }
    unsafe self.context = context
    self.windowLogLimit = windowLogLimit
    self.outputLimit = max(0, outputLimit)
  }

  deinit {
    unsafe _ = ZSTD_freeDCtx(context)
  }

  /// Takes bytes from the front of `input` and writes to the front of `output`, as far as either reaches.
  ///
  /// A step that neither takes nor produces anything, while the output has room, means that more input is needed. A
  /// frame that holds more than the limit is refused as soon as one byte too many would come out.
  package mutating func decode(
    _ input: RawSpan, into output: inout MutableRawSpan
  ) throws(CompressionError) -> DecodingStep {
    guard !isFinished, output.byteCount > 0 else { return DecodingStep(consumed: 0, produced: 0) }
    try checkMagic(input)
    let left = outputLimit - produced
    if left == 0 { return try finish(input) }
    var source = unsafe ZSTD_inBuffer()
    var target = unsafe ZSTD_outBuffer()
    let result = unsafe output.withUnsafeMutableBytes { room in
      unsafe input.withUnsafeBytes { bytes in
        unsafe source = ZSTD_inBuffer(src: bytes.baseAddress, size: bytes.count, pos: 0)
        unsafe target = ZSTD_outBuffer(dst: room.baseAddress, size: min(room.count, left), pos: 0)
        return unsafe ZSTD_decompressStream(context, &target, &source)
      }
    }
    return try unsafe account(result, consumed: source.pos, produced: target.pos)
  }

  /// With no output left under the limit: the frame may only end now.
  private mutating func finish(_ input: RawSpan) throws(CompressionError) -> DecodingStep {
    var source = unsafe ZSTD_inBuffer()
    var target = unsafe ZSTD_outBuffer()
    var oneByteTooMany: UInt8 = 0
    let result = unsafe withUnsafeMutableBytes(of: &oneByteTooMany) { room in
      unsafe input.withUnsafeBytes { bytes in
        unsafe source = ZSTD_inBuffer(src: bytes.baseAddress, size: bytes.count, pos: 0)
        unsafe target = ZSTD_outBuffer(dst: room.baseAddress, size: room.count, pos: 0)
        return unsafe ZSTD_decompressStream(context, &target, &source)
      }
    }
    guard unsafe target.pos == 0 else { throw .outputLimitExceeded(outputLimit) }
    return try unsafe account(result, consumed: source.pos, produced: 0)
  }

  private mutating func account(
    _ result: Int, consumed: Int, produced count: Int
  ) throws(CompressionError) -> DecodingStep {
    guard ZSTD_isError(result) == 0 else {
      switch ZSTD_getErrorCode(result) {
      case ZSTD_error_frameParameter_windowTooLarge: throw .windowTooLarge(limitLog: windowLogLimit)
      case ZSTD_error_memory_allocation: throw .outOfMemory
      default: throw .malformed(Zstandard.reason(result))
      }
    }
    produced += count
    isFinished = result == 0
    return DecodingStep(consumed: consumed, produced: count)
  }

  private mutating func checkMagic(_ input: RawSpan) throws(CompressionError) {
    var offset = 0
    while magicSeen < Self.magic.count, offset < input.byteCount {
      guard unsafe input.unsafeLoad(fromByteOffset: offset, as: UInt8.self) == Self.magic[magicSeen] else {
        throw .notZstandard
      }
      offset += 1
      magicSeen += 1
    }
  }
}
