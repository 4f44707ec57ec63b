import Basics
import Compression

/// A payload put together by hand from docs/formats/payload.md, so that every field can lie.
struct CraftedPayload {
  var magic: [UInt8] = Array("SUTP".utf8)
  var format: UInt8 = 0
  var method: UInt8 = 1
  var baselineMark: UInt8 = 1
  var baselineLength: UInt64
  var baselineDigest: Digest
  var improvedLength: UInt64
  var improvedDigest: Digest
  /// Seek, copy length, extra length of each record.
  var records: [(seek: Int64, copy: UInt64, extra: UInt64)] = []
  var difference: [UInt8] = []
  var extra: [UInt8] = []
  /// What is claimed of the streams instead of the truth: unpacked length by stream index.
  var claimedLengths: [Int: UInt64] = [:]
  /// What is claimed of the packed streams instead of the truth.
  var claimedPackedLengths: [Int: UInt64] = [:]
  /// Bytes instead of a stream's frame.
  var frames: [Int: [UInt8]] = [:]
  var trailing: [UInt8] = []

  /// Rebuilds `improved` from `baseline`, with records and streams still to be given.
  init(baseline: [UInt8], improved: [UInt8]) {
    baselineLength = UInt64(baseline.count)
    baselineDigest = Digest(of: baseline)
    improvedLength = UInt64(improved.count)
    improvedDigest = Digest(of: improved)
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

  var control: [UInt8] {
    records.flatMap { Self.signed($0.seek) + Self.integer($0.copy) + Self.integer($0.extra) }
  }

  func header() -> [UInt8] {
    var bytes = magic + [format, method, baselineMark]
    if baselineMark == 1 { bytes += Self.integer(baselineLength) + baselineDigest.bytes }
    return bytes + Self.integer(improvedLength) + improvedDigest.bytes
  }

  func bytes() throws -> [UInt8] {
    let streams = [control, difference, extra]
    let packed = try streams.enumerated().map { index, stream in
      try frames[index] ?? (stream.isEmpty ? [] : Zstandard.compress(stream, level: 19, windowLog: 20))
    }
    var table: [UInt8] = []
    for index in streams.indices {
      table += Self.integer(claimedLengths[index] ?? UInt64(streams[index].count))
      table += Self.integer(claimedPackedLengths[index] ?? UInt64(packed[index].count))
    }
    return header() + table + packed.flatMap(\.self) + trailing
  }
}
