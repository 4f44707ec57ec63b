extension RegionReader {
  /// Words that relocations say hold an address, and jump tables; a word that meets a table is none.
  func data(_ fields: inout [Reference]) {
    let tables = map.index.tables
    var next = map.index.firstTable(reaching: range.lowerBound)
    var place = range.lowerBound
    while true {
      let table = next < tables.count ? tables[next] : nil
      let end = table.map { Int($0.offset) } ?? .max
      while let offset = nextWord(from: place, before: min(range.upperBound, end)) {
        place = offset + 8
        guard place <= min(region.fileRange.upperBound, end) else { continue }
        let address = region.address &+ UInt64(offset - region.fileRange.lowerBound)
        add(&fields, .absolute64, at: offset, target: word(offset), symbol: name(map.index.slots, at: address))
      }
      guard let table, end < range.upperBound else { return }
      entries(of: table, &fields)
      place = table.end
      next += 1
    }
  }

  /// The next word that holds an address: because a relocation says so, or, in an image at fixed addresses, because it
  /// is that of a byte in memory.
  private func nextWord(from place: Int, before end: Int) -> Int? {
    guard map.isFixed else { return map.index.words.next(from: place, before: end) }
    let span = map.span
    var offset = (place + 7) & ~7
    while offset < end, offset + 8 <= region.fileRange.upperBound {
      let value = word(offset)
      if span.contains(value), map.space.contains(value) { return offset }
      offset += 8
    }
    return nil
  }

  private func entries(of table: JumpTable, _ fields: inout [Reference]) {
    let start = Int(table.offset)
    let base = region.address &+ UInt64(start - region.fileRange.lowerBound)
    let first = max(0, range.lowerBound - start + 3) / 4
    for place in stride(from: start + 4 * first, to: min(table.end, range.upperBound), by: 4) {
      let distance = UInt64(bitPattern: Int64(Int32(bitPattern: half(place))))
      add(&fields, .based32, at: place, target: base &+ distance, base: base)
    }
  }
}
