internal import CZstd

/// Whole buffers in and out of one Zstandard frame (RFC 8878).
package enum Zstandard {
  /// The compression levels that libzstd offers, fastest to smallest.
  package static let levels = 1...22
  /// The windows that may be asked for or allowed, as powers of two: 1 KiB to 8 MiB.
  ///
  /// 8 MiB is what RFC 8878 recommends every decoder to support; more would let a sender choose a receiver's memory.
  package static let windowLogs = 10...23

  /// Compresses bytes into one frame without a content size and without a checksum: both ends of a payload have
  /// digests.
  ///
  /// The same bytes, level and window give the same frame with the same libzstd.
  package static func compress(_ bytes: [UInt8], level: Int, windowLog: Int) throws(CompressionError) -> [UInt8] {
    guard levels.contains(level) else { throw .levelOutOfRange(level) }
    guard windowLogs.contains(windowLog) else { throw .windowLogOutOfRange(windowLog) }
    guard let context = unsafe ZSTD_createCCtx() else { throw .outOfMemory }
    defer { unsafe _ = ZSTD_freeCCtx(context) }
    for (parameter, value) in [
      (ZSTD_c_compressionLevel, level), (ZSTD_c_windowLog, windowLog), (ZSTD_c_contentSizeFlag, 0),
      (ZSTD_c_checksumFlag, 0),
    ] {
      let result = unsafe ZSTD_CCtx_setParameter(context, parameter, CInt(value))
      guard ZSTD_isError(result) == 0 else { throw .compressorFailed(reason(result)) }
    }
    var frame = [UInt8](repeating: 0, count: ZSTD_compressBound(bytes.count))
    let size = unsafe frame.withUnsafeMutableBytes { target in
      unsafe bytes.withUnsafeBytes { source in
        unsafe ZSTD_compress2(context, target.baseAddress, target.count, source.baseAddress, source.count)
      }
    }
    guard ZSTD_isError(size) == 0 else { throw .compressorFailed(reason(size)) }
    frame.removeLast(frame.count - size)
    return frame
  }

  /// Decompresses exactly one frame of at most `outputLimit` bytes.
  package static func decompress(
    _ bytes: [UInt8], outputLimit: Int, windowLogLimit: Int = windowLogs.upperBound
  ) throws(CompressionError) -> [UInt8] {
    var decoder = try ZstandardDecoder(windowLogLimit: windowLogLimit, outputLimit: outputLimit)
    var output: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: max(1, min(outputLimit, 64 << 10)))
    var position = 0
    while !decoder.isFinished {
      var target = piece.mutableSpan
      var room = unsafe target.mutableBytes
      let step = try unsafe decoder.decode(bytes.span.bytes.extracting(position...), into: &room)
      position += step.consumed
      output.append(contentsOf: piece[..<step.produced])
      if step.consumed == 0, step.produced == 0, !decoder.isFinished { throw .truncated }
    }
    guard position == bytes.count else { throw .trailingBytes(bytes.count - position) }
    return output
  }

  /// libzstd's own words for an error code.
  static func reason(_ code: Int) -> String {
    unsafe String(cString: ZSTD_getErrorName(code))
  }
}
