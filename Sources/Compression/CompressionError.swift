/// Why bytes could not be compressed or were refused by the decompressor.
package enum CompressionError: Error, Sendable, Equatable, CustomStringConvertible {
  /// A compression level outside `Zstandard.levels`.
  case levelOutOfRange(Int)
  /// A window limit outside `Zstandard.windowLogs`.
  case windowLogOutOfRange(Int)
  /// libzstd could not allocate its working memory.
  case outOfMemory
  /// The compressor gave up, in libzstd's words.
  case compressorFailed(String)
  /// The bytes do not begin with the magic number of a Zstandard frame.
  case notZstandard
  /// The frame asks for a larger window than the limit allows; the limit is a power of two.
  case windowTooLarge(limitLog: Int)
  /// The frame is not valid, in libzstd's words.
  case malformed(String)
  /// The bytes end before the frame does.
  case truncated
  /// The frame holds more than the limit, in bytes.
  case outputLimitExceeded(Int)
  /// There are bytes after the end of the frame.
  case trailingBytes(Int)

  /// One sentence for people.
  package var description: String {
    switch self {
    case .levelOutOfRange(let level):
      "zstd compression level \(level) is outside \(Zstandard.levels.lowerBound) to \(Zstandard.levels.upperBound)"
    case .windowLogOutOfRange(let log):
      "zstd window of 2^\(log) bytes is outside 2^\(Zstandard.windowLogs.lowerBound) to "
        + "2^\(Zstandard.windowLogs.upperBound)"
    case .outOfMemory:
      "zstd could not allocate its working memory"
    case .compressorFailed(let reason):
      "zstd could not compress: \(reason)"
    case .notZstandard:
      "the compressed bytes do not begin with a Zstandard frame"
    case .windowTooLarge(let limitLog):
      "the Zstandard frame asks for a window of more than 2^\(limitLog) bytes"
    case .malformed(let reason):
      "the Zstandard frame is damaged: \(reason)"
    case .truncated:
      "the compressed bytes end before the Zstandard frame does"
    case .outputLimitExceeded(let limit):
      "the Zstandard frame holds more than the allowed \(limit) bytes"
    case .trailingBytes(let count):
      "\(count) bytes follow the end of the Zstandard frame"
    }
  }
}
