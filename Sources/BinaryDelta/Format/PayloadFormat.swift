/// The constants of payload format 0 (docs/formats/payload.md), which is unstable: a later format number replaces it.
enum PayloadFormat {
  /// The first four bytes of every payload: "SUTP".
  static let magic: [UInt8] = [0x53, 0x55, 0x54, 0x50]
  /// The format number, which follows the magic.
  static let number: UInt8 = 0

  /// The longest file on either side, in bytes: 1 TiB less one.
  ///
  /// Far above any file of an operating system and far below any overflow of the sums that are made with it.
  static let fileByteLimit = (1 << 40) - 1
  /// The largest zstd window of method 0, as a power of two: 8 MiB.
  static let wholeWindowLog = 23
  /// The largest zstd window of each of the streams of method 1, as a power of two: 4 MiB.
  static let streamWindowLog = 22
  /// The longest control record in bytes: three variable-length integers of at most 9 bytes.
  static let recordByteLimit = 27
}

/// How a payload carries the improved file.
public enum PayloadMethod: UInt8, Sendable, Hashable, CaseIterable, CustomStringConvertible {
  /// The whole improved file in one zstd frame.
  case whole = 0
  /// Copies out of the baseline with bytewise differences, and extra bytes between them.
  case delta = 1

  /// A word for people.
  public var description: String {
    switch self {
    case .whole: "whole"
    case .delta: "delta"
    }
  }
}
