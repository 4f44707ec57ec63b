/// An image's build ID, and the place where its digits stand again: the name of its file of debugging information
/// (docs/formats/payload.md, "The name of the debug link").
package struct IdentityName: Sendable {
  /// A name is the digits of the build ID without its first byte.
  static let buildIDByteCount = 20
  private static let nameByteCount = 2 * (buildIDByteCount - 1)

  /// Where the build ID lies in the baseline.
  let buildID: Range<Int>
  /// Where its digits lie.
  package let name: Range<Int>

  /// Looks for both in a baseline, which may be anything.
  package init?(in baseline: RawSpan) {
    guard baseline.byteCount >= 64, baseline.number32(0) == 0x464c_457f, let buildID = Self.findBuildID(baseline),
      let name = Self.findName(baseline, buildID)
    else { return nil }
    self.buildID = buildID
    self.name = name
  }

  /// The first note of type 3 and name "GNU" with 20 bytes, in the first program header of type 4 that has one.
  private static func findBuildID(_ bytes: RawSpan) -> Range<Int>? {
    guard let table = bytes.offset64(32) else { return nil }
    for index in 0..<bytes.number16(56) {
      let entry = table + index * 56
      guard entry + 56 <= bytes.byteCount else { return nil }
      guard bytes.number32(entry) == 4, let start = bytes.offset64(entry + 8), let size = bytes.offset64(entry + 32),
        size <= 4_096, start + size <= bytes.byteCount
      else { continue }
      var place = start
      while start + size - place >= 36 {
        let (name, content) = (bytes.number32(place), bytes.number32(place + 4))
        if name == 4, content == buildIDByteCount, bytes.number32(place + 8) == 3,
          bytes.number32(place + 12) == 0x0055_4e47
        {
          return place + 16..<place + 16 + buildIDByteCount
        }
        guard name <= 4_096, content <= 4_096 else { break }
        place += 12 + ((name + 3) & ~3) + ((content + 3) & ~3)
      }
    }
    return nil
  }

  /// The last place of the digits in the last 65,536 bytes before the section headers, or before the file's end where those
  /// are not within it.
  private static func findName(_ bytes: RawSpan, _ buildID: Range<Int>) -> Range<Int>? {
    let digits = digits(buildID.dropFirst().map { bytes.byte($0) })
    let table = bytes.offset64(40) ?? 0
    let end = table > 0 && table <= bytes.byteCount ? table : bytes.byteCount
    var start = end - nameByteCount
    while start >= max(0, end - 65_536) {
      var index = 0
      while index < nameByteCount, bytes.byte(start + index) == digits[index] { index += 1 }
      if index == nameByteCount { return start..<start + nameByteCount }
      start -= 1
    }
    return nil
  }

  /// Where the build ID stands in the improved file: in the first block that copies all of it.
  package func place(in blocks: [DeltaBlock]) -> Range<Int>? {
    var produced = 0
    for block in blocks {
      if block.baselineStart <= buildID.lowerBound, buildID.upperBound <= block.baselineStart + block.copyLength {
        let start = produced + buildID.lowerBound - block.baselineStart
        return start..<start + buildID.count
      }
      produced += block.copyLength + block.extraLength
    }
    return nil
  }

  /// The name that goes with an improved build ID.
  package static func name(of buildID: [UInt8]) -> [UInt8] { digits(buildID.dropFirst()) }

  private static func digits(_ bytes: some Sequence<UInt8>) -> [UInt8] {
    let digits = Array("0123456789abcdef".utf8)
    return bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
  }
}

/// Little-endian numbers; the caller has checked that they lie within.
extension RawSpan {
  fileprivate func byte(_ offset: Int) -> UInt8 { unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self) }

  fileprivate func number16(_ offset: Int) -> Int {
    unsafe Int(UInt16(littleEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self)))
  }

  fileprivate func number32(_ offset: Int) -> Int {
    unsafe Int(UInt32(littleEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self)))
  }

  /// An offset or a size; nil for one of 2^40 or more.
  fileprivate func offset64(_ offset: Int) -> Int? {
    let value = unsafe UInt64(littleEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
    return value <= UInt64(PayloadFormat.fileByteLimit) ? Int(value) : nil
  }
}
