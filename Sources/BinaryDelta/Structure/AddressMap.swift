package import ELFImage

/// Where the baseline's bytes and addresses went in the improved file, as the blocks say
/// (docs/formats/payload.md, "The address map").
package struct AddressMap: Sendable {
  /// A part of the baseline that stands in the improved file as a whole.
  struct Piece: Sendable, Hashable {
    var old: Int
    var new: Int
    var length: Int
    /// The address of its first byte in the improved file, if all of it is mapped there by one segment; else 0.
    var address: UInt64 = 0
    var oldEnd: Int { old &+ length }
  }

  /// In the order of the baseline, none meeting another.
  let pieces: [Piece]
  /// For each page of the baseline, the first piece that ends after the page's start.
  private let pages: [UInt32]
  private static let pageLog = 12

  let old: AddressSpace
  let new: AddressSpace
  /// How far what lies behind the last byte of the file in memory (.bss) has moved.
  private let unmappedShift: UInt64

  /// A map of blocks in the improved file's order.
  package init(_ blocks: [DeltaBlock], baselineLength: Int, old: AddressSpace, new: AddressSpace) {
    pieces = Self.disjoint(blocks).map { piece in
      var piece = piece
      if let segment = new.segment(ofOffset: UInt64(piece.new)) {
        let start = UInt64(piece.new) - segment.offset
        if UInt64(piece.length) <= segment.fileSize - start { piece.address = segment.address &+ start }
      }
      return piece
    }
    self.old = old
    self.new = new
    unmappedShift = Self.end(of: new) &- Self.end(of: old)
    var pages: [UInt32] = []
    pages.reserveCapacity(baselineLength >> Self.pageLog + 1)
    var next = 0
    for page in 0...baselineLength >> Self.pageLog {
      while next < pieces.count, pieces[next].oldEnd <= page << Self.pageLog { next += 1 }
      pages.append(UInt32(next))
    }
    self.pages = pages
  }

  private static func end(of space: AddressSpace) -> UInt64 {
    space.segments.max { $0.address < $1.address }.map { $0.address &+ $0.fileSize } ?? 0
  }

  /// Where two blocks copy the same bytes, the longer one says where they went; of equal ones the first.
  private static func disjoint(_ blocks: [DeltaBlock]) -> [Piece] {
    var start = 0
    var sorted: [Piece] = []
    sorted.reserveCapacity(blocks.count)
    for block in blocks {
      if block.copyLength > 0 { sorted.append(Piece(old: block.baselineStart, new: start, length: block.copyLength)) }
      start += block.copyLength + block.extraLength
    }
    sorted.sort { ($0.old, $1.length, $0.new) < ($1.old, $0.length, $1.new) }
    var kept: [Piece] = []
    kept.reserveCapacity(sorted.count)
    for piece in sorted {
      var rest = piece
      while let last = kept.last, last.oldEnd > rest.old {
        if last.length >= rest.length {
          let cut = min(last.oldEnd - rest.old, rest.length)
          rest = Piece(old: rest.old + cut, new: rest.new + cut, length: rest.length - cut)
          break
        }
        if rest.old <= last.old {
          kept.removeLast()
          continue
        }
        kept[kept.count - 1].length = rest.old - last.old
        break
      }
      if rest.length > 0 { kept.append(rest) }
    }
    return kept
  }

  /// The first piece that ends after an offset.
  @inline(__always)
  private func firstPiece(after offset: Int) -> Int {
    let page = min(max(offset, 0) >> Self.pageLog, pages.count &- 1)
    var (low, high) = (Int(pages[page]), page &+ 1 < pages.count ? Int(pages[page &+ 1]) : pieces.count)
    while low < high {
      let middle = (low &+ high) >> 1
      if pieces[middle].oldEnd <= offset { low = middle &+ 1 } else { high = middle }
    }
    return low
  }

  /// Where a byte of the baseline went; exact only if a block copies it, else as what stands nearest.
  package func offset(_ offset: Int) -> (offset: Int, isExact: Bool) {
    guard !pieces.isEmpty else { return (offset, false) }
    let low = firstPiece(after: offset)
    if low < pieces.count {
      let next = pieces[low]
      if next.old <= offset { return (offset &- next.old &+ next.new, true) }
      if low == 0 { return (offset &- next.old &+ next.new, false) }
      let before = pieces[low - 1]
      if next.old - offset < offset - before.oldEnd { return (offset &- next.old &+ next.new, false) }
    }
    guard low > 0 else { return (offset, false) }
    let before = pieces[low - 1]
    return (offset &- before.old &+ before.new, false)
  }

  /// A run of addresses of the baseline that went to where they are exactly known to be, all by the same shift.
  struct Stretch: Sendable {
    var first: UInt64 = 0
    var count: UInt64 = 0
    var shift: UInt64 = 0
  }

  /// The run around an address; nil if it is not exactly known where that went.
  func stretch(around address: UInt64) -> Stretch? {
    guard let from = old.segment(ofAddress: address) else { return nil }
    let place = from.offset &+ (address &- from.address)
    let low = firstPiece(after: Int(place))
    guard low < pieces.count, pieces[low].old <= Int(place) else { return nil }
    // What is exact is a piece; what moves by one shift is what both images map by one segment.
    let (start, moved, length) = (UInt64(pieces[low].old), UInt64(pieces[low].new), UInt64(pieces[low].length))
    guard let to = new.segment(ofOffset: place &- start &+ moved) else { return nil }
    let lower = max(start &+ (max(moved, to.offset) &- moved), from.offset)
    let upper = min(start &+ (min(moved &+ length, to.offset &+ to.fileSize) &- moved), from.offset &+ from.fileSize)
    let first = from.address &+ (lower &- from.offset)
    return Stretch(
      first: first, count: upper &- lower,
      shift: to.address &+ (lower &- start &+ moved &- to.offset) &- first)
  }

  /// Where an address of the baseline went.
  @inline(__always)
  package func address(_ address: UInt64) -> (address: UInt64, isExact: Bool) {
    guard let place = old.offset(ofAddress: address) else { return (address &+ unmappedShift, false) }
    let low = firstPiece(after: Int(place))
    if low < pieces.count {
      let piece = pieces[low]
      if piece.address != 0, piece.old <= Int(place) { return (piece.address &+ (place &- UInt64(piece.old)), true) }
    }
    let (moved, isExact) = offset(Int(place))
    guard moved >= 0, let found = new.address(ofOffset: UInt64(moved)) else { return (address, false) }
    return (found, isExact)
  }
}
