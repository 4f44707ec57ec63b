extension ReferenceIndex {
  /// What relocations say about other parts: which slots stand for which symbols, which words hold an address.
  mutating func findRelocations(_ bytes: BorrowedBytes, _ map: ReferenceMap) {
    let data = map.regions.filter { $0.content == .data || $0.content == .constants }
    words = WordMap(span: (data.first?.fileRange.lowerBound ?? 0)..<(data.last?.fileRange.upperBound ?? 0))
    var places: [(address: UInt64, name: UInt32)] = []
    for region in map.regions {
      switch region.content {
      case .relocations: addRelocations(bytes, map, region, &places)
      case .packedRelocations: addPacked(bytes, map, region)
      default: break
      }
    }
    slots = SymbolPlaces(places)
  }

  private mutating func addRelocations(
    _ bytes: BorrowedBytes, _ map: ReferenceMap, _ region: ReferenceMap.Region,
    _ places: inout [(address: UInt64, name: UInt32)]
  ) {
    let range = region.fileRange
    for entry in stride(from: range.lowerBound, through: range.upperBound - 24, by: 24) {
      guard let type = RelocationType(bytes.number(entry + 8), map.machine) else { continue }
      let place: UInt64 = bytes.number(entry)
      switch type {
      case .relative, .indirect:
        // Mostly the word is 0 and the addend is all; some linkers write it there too.
        guard let offset = map.space.offset(ofAddress: place), Int(offset) <= bytes.count - 8 else { continue }
        let content: UInt64 = bytes.number(Int(offset))
        if content != 0, content == bytes.number(entry + 16) { words.insert(Int(offset)) }
      case .slot, .jumpSlot:
        let name = map.symbolName(bytes.number(entry + 12), of: region, bytes)
        if name != 0, places.count < Self.symbolLimit { places.append((place, name)) }
        guard type == .jumpSlot, let offset = map.space.offset(ofAddress: place), Int(offset) <= bytes.count - 8
        else { continue }
        // The stub that binds it when it is called first.
        if bytes.number(Int(offset)) != 0 as UInt64 { words.insert(Int(offset)) }
      case .symbol: break
      }
    }
  }

  /// RELR (System V gABI, "Relative Relocation Table"): an address, then bits for the 63 words after it, and so on.
  private mutating func addPacked(_ bytes: BorrowedBytes, _ map: ReferenceMap, _ region: ReferenceMap.Region) {
    var place: UInt64 = 0
    for entry in stride(from: region.fileRange.lowerBound, through: region.fileRange.upperBound - 8, by: 8) {
      let bits: UInt64 = bytes.number(entry)
      guard bits & 1 != 0 else {
        addWord(bytes, map, at: bits)
        place = bits &+ 8
        continue
      }
      var left = bits >> 1
      while left != 0 {
        addWord(bytes, map, at: place &+ 8 &* UInt64(left.trailingZeroBitCount))
        left &= left - 1
      }
      place &+= 63 * 8
    }
  }

  private mutating func addWord(_ bytes: BorrowedBytes, _ map: ReferenceMap, at place: UInt64) {
    guard let offset = map.space.offset(ofAddress: place), Int(offset) <= bytes.count - 8 else { return }
    let content: UInt64 = bytes.number(Int(offset))
    if content != 0, map.space.contains(content) { words.insert(Int(offset)) }
  }
}

/// Words of 8 bytes that hold an address: one bit for each word of a part of the file.
struct WordMap: Sendable {
  private let span: Range<Int>
  private var bits: [UInt64]

  init(span: Range<Int> = 0..<0) {
    // Words are aligned in the file as they are in memory.
    let start = span.lowerBound & ~7
    self.span = start..<max(start, span.upperBound)
    bits = []
  }

  var byteCount: Int { 8 * bits.count }

  /// Takes a word; one that is not aligned, or lies outside the part, is passed over.
  mutating func insert(_ offset: Int) {
    guard offset & 7 == 0, span.contains(offset) else { return }
    if bits.isEmpty { bits = [UInt64](repeating: 0, count: span.count / 512 + 1) }
    let index = (offset - span.lowerBound) / 8
    bits[index / 64] |= 1 << UInt64(index % 64)
  }

  /// The first word at or after an offset, before `end`.
  func next(from offset: Int, before end: Int) -> Int? {
    guard !bits.isEmpty else { return nil }
    var index = (max(offset, span.lowerBound) - span.lowerBound + 7) / 8
    let last = (min(end, span.upperBound) - span.lowerBound + 7) / 8
    while index < last {
      let left = bits[index / 64] >> UInt64(index % 64)
      if left != 0 {
        index += left.trailingZeroBitCount
        return index < last ? span.lowerBound + index * 8 : nil
      }
      index = (index / 64 + 1) * 64
    }
    return nil
  }
}
