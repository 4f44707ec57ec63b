/// What the look over the code finds for other parts.
struct CodeFindings {
  /// The fewest entries of a jump table.
  static let entryCount = 3

  let bytes: BorrowedBytes
  let span: Range<UInt64>
  /// Data that the program only reads.
  let constants: AddressSpace
  /// Stubs by their addresses, and the names of what they call.
  var stubs: [(address: UInt64, name: UInt32)] = []
  private var candidates: [UInt32] = []

  init(bytes: BorrowedBytes, span: Range<UInt64>, constants: AddressSpace) {
    self.bytes = bytes
    self.span = span
    self.constants = constants
  }

  private func entry(_ index: Int, of table: UInt64, at offset: Int) -> UInt64 {
    let value: UInt32 = bytes.number(offset + 4 * index)
    return table &+ UInt64(bitPattern: Int64(Int32(bitPattern: value)))
  }

  /// Code loads an address: of a jump table, if distances from there lie in code, and one of the first in its function.
  mutating func noteLoad(of table: UInt64, _ function: UInt64, _ size: Int) {
    guard table & 3 == 0, let place = constants.offset(ofAddress: table), candidates.count < ReferenceIndex.tableLimit
    else { return }
    let offset = Int(place)
    guard offset <= bytes.count - 4 * Self.entryCount else { return }
    var isOwn = false
    for index in 0..<Self.entryCount {
      let target = entry(index, of: table, at: offset)
      guard span.contains(target) else { return }
      isOwn = isOwn || target &- function < UInt64(size)
    }
    if isOwn { candidates.append(UInt32(offset)) }
  }

  /// Jump tables in order: each ends where the next begins, where its part of the file does, or at the first distance
  /// that leads to no code.
  func tables(_ map: ReferenceMap) -> [JumpTable] {
    var found: [JumpTable] = []
    for offset in candidates.sorted() where found.last?.offset != offset { found.append(JumpTable(offset: offset)) }
    for index in found.indices {
      let start = Int(found[index].offset)
      let number = map.firstRegion(reaching: start)
      guard number < map.regions.count, map.regions[number].fileRange.contains(start) else { continue }
      let region = map.regions[number]
      let next = index + 1 < found.count ? Int(found[index + 1].offset) : .max
      let end = min(region.fileRange.upperBound, next)
      let table = region.address &+ UInt64(start - region.fileRange.lowerBound)
      var count = 0
      while start + 4 * count + 4 <= end, span.contains(entry(count, of: table, at: start)) { count += 1 }
      found[index].count = UInt32(count)
    }
    return found.filter { $0.count >= Self.entryCount }
  }
}
