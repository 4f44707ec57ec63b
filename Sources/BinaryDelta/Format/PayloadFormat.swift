/// The constants of payload format 1 (docs/formats/payload.md).
package enum PayloadFormat {
  /// The first three bytes of every payload: "SUT".
  ///
  /// The fourth is the format number.
  package static let magic: [UInt8] = [0x53, 0x55, 0x54]
  /// The format number, which follows the magic.
  package static let number: UInt8 = 1

  /// The longest file on either side, in bytes: 1 TiB less one.
  ///
  /// Far above any file of an operating system and far below any overflow of the sums that are made with it.
  package static let fileByteLimit = (1 << 40) - 1
  /// How many blocks a payload may have: a reader keeps them all.
  package static let blockLimit = 1 << 17
  /// The largest window or dictionary of a whole file, as a power of two: 8 MiB.
  package static let wholeWindowLog = 23
  /// The same for the stream of extra bytes: 4 MiB.
  package static let extraWindowLog = 22
  /// The same for each other stream: 1 MiB.
  package static let streamWindowLog = 20
  /// How many tokens a payload with mixed coding may have: a reader needs about a microsecond for each.
  package static let mixedTokenLimit = 1 << 22

  /// The window of a stream of so many bytes: the smallest power of two that holds it, within the limit.
  package static func windowLog(for count: Int, limit: Int) -> Int {
    var log = 12
    while log < limit, count > 1 << log { log += 1 }
    return log
  }
}

/// How a payload carries the improved file.
public enum PayloadMethod: UInt8, Sendable, Hashable, CaseIterable, CustomStringConvertible {
  /// The whole improved file.
  case whole = 0
  /// Blocks copied out of the baseline with differences, and extra bytes between them.
  case delta = 1
  /// The same, and the references in copied blocks of an ELF image are computed anew.
  case structured = 2

  /// A word for people.
  public var description: String {
    switch self {
    case .whole: "whole"
    case .delta: "delta"
    case .structured: "structured"
    }
  }
}

/// How the tokens of a delta are written down.
public enum PayloadCoding: UInt8, Sendable, Hashable, CaseIterable, CustomStringConvertible {
  /// A stream for each kind of token, each compressed on its own.
  case streams = 0
  /// All tokens in the order of use, each bit predicted by a mixture of models: smaller, and too slow for many tokens.
  ///
  /// The models have 2^16 slots.
  case mixed16 = 1
  /// The same with 2^18 slots.
  case mixed18 = 2
  /// The same with 2^20 slots.
  case mixed20 = 3
  /// The same with 2^22 slots, which are 16 MiB.
  case mixed22 = 4

  /// How many slots the models have, as a power of two; nil for streams.
  package var slotLog: Int? { self == .streams ? nil : 14 + 2 * Int(rawValue) }

  /// A word for people.
  public var description: String {
    switch self {
    case .streams: "streams"
    case .mixed16, .mixed18, .mixed20, .mixed22: "mixed"
    }
  }
}

/// The kinds of tokens, each of which is a stream where streams are compressed on their own.
package enum TokenKind: UInt8, Sendable, Hashable, CaseIterable, CustomStringConvertible {
  /// Numbers: where the improved image's segments lie. Only in a structured delta.
  case layout = 0
  /// Numbers: how many bytes each block copies.
  case copyLength = 1
  /// Numbers: how many extra bytes follow each block.
  case extraLength = 2
  /// Signed numbers: how far each block begins from the end of the block before.
  case seek = 3
  /// Numbers: how many copied bytes stay as they are before the next that differs; 0 for no more, else one more.
  case skip = 4
  /// Bytes: what is added to each copied byte that differs.
  case difference = 5
  /// Numbers: how many references are as predicted before the next that is not; 0 for no more, else one more.
  case hits = 6
  /// Signed numbers: what is added to the predicted value of each such reference.
  case correction = 7
  /// Bytes: those that are copied from nowhere.
  case extra = 8

  /// A name for people and errors.
  package var description: String {
    switch self {
    case .layout: "layout"
    case .copyLength: "copy length"
    case .extraLength: "extra length"
    case .seek: "seek"
    case .skip: "skip"
    case .difference: "difference"
    case .hits: "hits"
    case .correction: "correction"
    case .extra: "extra"
    }
  }
}

/// How the bytes of one stream are packed.
package enum StreamCodec: UInt8, Sendable, Hashable, CaseIterable {
  /// As they are.
  case stored = 0
  /// Raw LZMA2.
  case lzma = 1
  /// One Zstandard frame.
  case zstd = 2
}
