import Basics
import Compression

/// A payload put together by hand from docs/formats/payload.md, so that every field can lie.
struct CraftedPayload {
  var magic: [UInt8] = Array("SUT".utf8)
  var format: UInt8 = 1
  /// Baseline mark, coding and method in one byte: a delta in streams.
  var kind: UInt8 = 0x81
  var baselineLength: UInt64
  var baselineMark: [UInt8]
  var lengthChange: Int64
  var improvedMark: [UInt8]
  /// Copy length, extra length and seek of each block.
  var blocks: [(copy: UInt64, extra: UInt64, seek: Int64)] = []
  /// The other streams.
  var layout: [UInt64] = []
  var skips: [UInt64] = [0]
  var differences: [UInt8] = []
  var hits: [UInt64] = []
  var corrections: [Int64] = []
  var extra: [UInt8] = []
  /// What is claimed of the streams instead of the truth, by the stream's index.
  var claimedLengths: [Int: UInt64] = [:]
  var claimedPackedLengths: [Int: UInt64] = [:]
  /// A codec and packed bytes instead of stored bytes.
  var packed: [Int: (codec: UInt8, bytes: [UInt8])] = [:]
  var trailing: [UInt8] = []

  /// Rebuilds `improved` from `baseline`, with blocks and streams still to be given.
  init(baseline: [UInt8], improved: [UInt8]) {
    baselineLength = UInt64(baseline.count)
    baselineMark = Array(Digest(of: baseline).bytes.prefix(8))
    lengthChange = Int64(improved.count - baseline.count)
    improvedMark = Array(Digest(of: improved).bytes.prefix(8))
  }

  static func integer(_ value: UInt64) -> [UInt8] {
    var rest = value
    var bytes: [UInt8] = []
    repeat {
      bytes.append(UInt8(rest & 0x7f) | (rest > 0x7f ? 0x80 : 0))
      rest >>= 7
    } while rest > 0
    return bytes
  }

  /// Signed numbers alternate: 0, -1, 1, -2 are 0, 1, 2, 3.
  static func signed(_ value: Int64) -> [UInt8] {
    integer(value < 0 ? UInt64(-(value + 1)) * 2 + 1 : UInt64(value) * 2)
  }

  var streams: [[UInt8]] {
    [
      layout.flatMap(Self.integer), blocks.flatMap { Self.integer($0.copy) }, blocks.flatMap { Self.integer($0.extra) },
      blocks.flatMap { Self.signed($0.seek) }, skips.flatMap(Self.integer), differences, hits.flatMap(Self.integer),
      corrections.flatMap(Self.signed), extra,
    ]
  }

  func header() -> [UInt8] {
    var bytes = magic + [format, kind]
    if kind & 0x80 != 0 { bytes += Self.integer(baselineLength) + Self.signed(lengthChange) + baselineMark }
    return bytes + improvedMark
  }

  func bytes() -> [UInt8] {
    var table: [UInt8] = []
    var body: [UInt8] = []
    for (index, stream) in streams.enumerated() {
      let length = claimedLengths[index] ?? UInt64(stream.count)
      table += Self.integer(length)
      guard length > 0 || packed[index] != nil else { continue }
      let chosen = packed[index] ?? (0, stream)
      table.append(chosen.codec)
      if chosen.codec != 0 { table += Self.integer(claimedPackedLengths[index] ?? UInt64(chosen.bytes.count)) }
      body += chosen.bytes
    }
    return header() + table + body + trailing
  }
}
