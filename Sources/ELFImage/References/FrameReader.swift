/// Call frame information: .eh_frame as the Linux Standard Base describes it (Exception Frames), with DWARF's pointer
/// encodings.
///
/// Only distances of four bytes from the field's own place are read; that is what compilers write for code that is
/// mapped anywhere.
struct FrameReader {
  /// DW_EH_PE_pcrel and DW_EH_PE_sdata4; the highest bit says that the target holds the address.
  static let nearPointer: UInt8 = 0x1b
  /// The longest augmentation that is read, in bytes.
  static let augmentationLimit = 8

  let bytes: BorrowedBytes
  let region: Range<Int>
  let address: UInt64

  /// A record: common (CIE) or of one function (FDE).
  struct Record {
    /// Where it begins, its length included.
    let start: Int
    let end: Int
    /// Where the common record begins that it refers to; nil if it is one.
    let common: Int?
  }

  /// What a common record says about the records that refer to it.
  struct Common {
    var hasNearFunctions = false
    var hasNearData = false
    var hasSizes = false
    /// Where the personality's distance lies.
    var personality: Int?
  }

  /// What the record of one function says.
  struct Function {
    let start: UInt64
    let size: UInt64
    /// Where the distance to the data of exceptions lies.
    let exceptions: Int?
  }

  /// The record at an offset; nil at the end, and at what is no record.
  func record(at start: Int) -> Record? {
    guard start <= region.upperBound - 4 else { return nil }
    let length = Int(bytes.number(start, as: UInt32.self))
    guard length >= 4, length < 0xffff_fff0, length <= region.upperBound - start - 4 else { return nil }
    let distance = Int(bytes.number(start + 4, as: UInt32.self))
    return Record(start: start, end: start + 4 + length, common: distance == 0 ? nil : start + 4 - distance)
  }

  /// The address of an offset in the region.
  func address(of offset: Int) -> UInt64 { address &+ UInt64(offset - region.lowerBound) }

  func target(at offset: Int) -> UInt64 {
    address(of: offset) &+ UInt64(bitPattern: Int64(Int32(bitPattern: bytes.number(offset, as: UInt32.self))))
  }

  /// What a common record says; nothing of it is believed if it makes no sense.
  func common(_ record: Record) -> Common {
    var found = Common()
    var at = record.start + 9
    var letters: [UInt8] = []
    while at < record.end, letters.count <= Self.augmentationLimit {
      let letter: UInt8 = bytes.number(at)
      at += 1
      if letter == 0 { break }
      letters.append(letter)
    }
    guard letters.first == 0x7a, letters.count <= Self.augmentationLimit else { return found }
    // Alignments of code and data, the register of return, the length of what follows.
    for _ in 0..<4 where !skipNumber(&at, record.end) { return Common() }
    found.hasSizes = true
    for letter in letters.dropFirst() {
      switch letter {
      case 0x52, 0x4c:  // R, L
        guard at < record.end else { return Common() }
        let isNear = bytes.number(at, as: UInt8.self) & 0x7f == Self.nearPointer
        if letter == 0x52 { found.hasNearFunctions = isNear } else { found.hasNearData = isNear }
        at += 1
      case 0x50:  // P
        guard at < record.end else { return Common() }
        let encoding: UInt8 = bytes.number(at)
        let size = [0: 8, 2: 2, 3: 4, 4: 8, 10: 2, 11: 4, 12: 8][encoding & 15] ?? 0
        guard size > 0, at + 1 + size <= record.end else { return Common() }
        if encoding & 0x7f == Self.nearPointer { found.personality = at + 1 }
        at += 1 + size
      case 0x53, 0x42, 0x47: break  // S, B, G
      default: return found
      }
    }
    return found
  }

  /// What the record of one function says; nil if its distances are of another kind.
  func function(_ record: Record, _ common: Common) -> Function? {
    guard common.hasNearFunctions, record.end - record.start >= 16 else { return nil }
    var exceptions: Int?
    var at = record.start + 16
    if common.hasNearData, common.hasSizes, skipNumber(&at, record.end), at <= record.end - 4,
      bytes.number(at, as: UInt32.self) != 0
    {
      exceptions = at
    }
    return Function(
      start: target(at: record.start + 8), size: UInt64(bytes.number(record.start + 12, as: UInt32.self)),
      exceptions: exceptions)
  }

  /// Goes over a number in LEB128 of at most ten bytes.
  private func skipNumber(_ at: inout Int, _ end: Int) -> Bool {
    for _ in 0..<10 {
      guard at < end else { return false }
      at += 1
      if bytes.number(at - 1, as: UInt8.self) & 0x80 == 0 { return true }
    }
    return false
  }
}

extension RegionReader {
  private var frameReader: FrameReader {
    FrameReader(bytes: bytes, region: region.fileRange, address: region.address)
  }

  /// The place of the common record, the function, the data of exceptions; in common records, the personality.
  func frames(_ fields: inout [Reference]) {
    let frames = frameReader
    var start = map.index.frameStart(before: range.lowerBound, region)
    var known: (start: Int, common: FrameReader.Common)?
    while start < range.upperBound, let record = frames.record(at: start) {
      start = record.end
      guard record.end > range.lowerBound else { continue }
      guard let common = record.common else {
        if let place = frames.common(record).personality { near(&fields, frames, place) }
        continue
      }
      let place = frames.address(of: record.start + 4)
      add(&fields, .backward32, at: record.start + 4, target: place &- UInt64(half(record.start + 4)))
      if known?.start != common {
        guard common >= region.fileRange.lowerBound, let record = frames.record(at: common), record.common == nil
        else { continue }
        known = (common, frames.common(record))
      }
      guard let known, let function = frames.function(record, known.common) else { continue }
      near(&fields, frames, record.start + 8)
      if let place = function.exceptions { near(&fields, frames, place) }
    }
  }

  private func near(_ fields: inout [Reference], _ frames: FrameReader, _ place: Int) {
    add(&fields, .relative32, at: place, target: frames.target(at: place))
  }

  /// The place of the frames, and each line of the table, counted from its own place (.eh_frame_hdr).
  func frameTable(_ fields: inout [Reference]) {
    let start = region.fileRange.lowerBound
    guard region.fileRange.count >= 12, half(start) == 0x3b03_1b01 else { return }
    add(&fields, .relative32, at: start + 4, target: frameReader.target(at: start + 4))
    let end = min(region.fileRange.upperBound - 3, start + 12 + 8 * Int(half(start + 8)), range.upperBound)
    let first = max(0, range.lowerBound - start - 12 + 3) / 4
    for offset in stride(from: start + 12 + 4 * first, to: end, by: 4) {
      let distance = UInt64(bitPattern: Int64(Int32(bitPattern: half(offset))))
      add(&fields, .based32, at: offset, target: region.address &+ distance, base: region.address)
    }
  }
}
