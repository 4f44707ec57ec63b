/// Go's table of functions and lines (.gopclntab), as the runtime of Go 1.18 and later reads it: runtime/symtab.go
/// (pcHeader, functab, _func, moduledata).
///
/// It is full of distances: of functions from the start of the code, of their records from the table's start, of names
/// and numbers from the parts that hold them.
struct GoTable: Sendable, Hashable {
  /// Bytes of the header.
  static let headerByteCount = 72
  /// The most numbers of one function's record that are read.
  private static let numberLimit = 256

  let range: Range<Int>
  let address: UInt64
  /// Where code begins, from which functions count.
  let textStart: UInt64
  /// Bytes of a record before its numbers.
  private let recordByteCount: Int
  // Where the parts begin in the file: names, units, files, steps, and functions with their records.
  private let names: Int
  let units: Int
  let files: Int
  private let steps: Int
  let functions: Int
  /// How many functions there are.
  let count: Int
  /// How many of them have records in order, which are those that are read.
  private(set) var recordCount = 0
  /// Where the data of functions count from, and the types; 0 where that was not found.
  private(set) var functionData: UInt64 = 0
  private(set) var types: UInt64 = 0

  /// The table of a section; nil for what is none.
  init?(_ bytes: BorrowedBytes, _ range: Range<Int>, address: UInt64) {
    guard range.count >= Self.headerByteCount else { return nil }
    func number(_ at: Int) -> UInt64 { bytes.number(range.lowerBound + at) }
    let magic: UInt32 = bytes.number(range.lowerBound)
    guard magic == 0xffff_fff0 || magic == 0xffff_fff1, bytes.number(range.lowerBound + 7) == 8 as UInt8 else {
      return nil
    }
    // Since 1.20 a record has the line where the function begins.
    recordByteCount = magic == 0xffff_fff0 ? 40 : 44
    let places = stride(from: 32, through: 64, by: 8).map(number)
    guard zip(places, places.dropFirst() + [UInt64(range.count)]).allSatisfy(<=),
      places[0] >= UInt64(Self.headerByteCount), number(8) <= (UInt64(range.count) - places[4]) / 8,
      8 * number(8) + 4 <= UInt64(range.count) - places[4]
    else { return nil }
    self.range = range
    self.address = address
    textStart = number(24)
    let starts = places.map { range.lowerBound + Int($0) }
    (names, units, files, steps, functions) = (starts[0], starts[1], starts[2], starts[3], starts[4])
    count = Int(number(8))
    recordCount = orderedRecords(bytes)
  }

  func address(of offset: Int) -> UInt64 { address &+ UInt64(offset - range.lowerBound) }

  /// The distance of a function from the start of the code; of one more than there are, that of the code's end.
  func distance(_ index: Int, _ bytes: BorrowedBytes) -> UInt32 { bytes.number(functions + 8 * index) }

  /// Where a function's record begins.
  private func record(_ index: Int, _ bytes: BorrowedBytes) -> Int {
    functions + Int(bytes.number(functions + 8 * index + 4, as: UInt32.self))
  }

  /// Where a record ends; nil if it makes no sense or reaches beyond the table.
  private func end(ofRecord start: Int, _ bytes: BorrowedBytes) -> Int? {
    guard start <= range.upperBound - recordByteCount else { return nil }
    let steps = Int(bytes.number(start + 28, as: UInt32.self))
    let data = Int(bytes.number(start + recordByteCount - 1, as: UInt8.self))
    guard steps <= Self.numberLimit else { return nil }
    let end = start + recordByteCount + 4 * (steps + data)
    return end <= range.upperBound ? end : nil
  }

  /// How many records follow one another, the first after the list of functions.
  private func orderedRecords(_ bytes: BorrowedBytes) -> Int {
    var last = functions + 8 * count + 4
    for index in 0..<count {
      let start = record(index, bytes)
      guard start >= last, let end = end(ofRecord: start, bytes) else { return index }
      last = end
    }
    return count
  }

  /// Looks for what the runtime keeps of its module, which begins with the table's address, and for what stands there.
  mutating func findModule(_ bytes: BorrowedBytes, _ regions: [ReferenceMap.Region]) {
    let isOld = recordByteCount == 40
    let (data, types) = isOld ? (38, 35) : (40, 37)
    for region in regions where region.content == .data || region.content == .constants {
      let end = region.fileRange.upperBound - 8 * (data + 1)
      for place in stride(from: region.fileRange.lowerBound, through: end, by: 8)
      where bytes.number(place) == address && bytes.number(place + 8) == address(of: names)
        && bytes.number(place + 8 * 22) == textStart
      {
        functionData = bytes.number(place + 8 * data)
        self.types = bytes.number(place + 8 * types)
        return
      }
    }
  }
}

extension GoTable {
  /// Hands over every field that begins in a part, in order: its place, from where its value counts, and how many
  /// bytes each of it stands for.
  func each(in part: Range<Int>, _ bytes: BorrowedBytes, _ body: (Int, UInt64, UInt8) -> Void) {
    for place in Self.words(units..<files, part) { body(place, address(of: files), 1) }
    let list = functions..<functions + 8 * count + 4
    for place in Self.words(list, part) {
      body(place, (place - functions) & 4 == 0 ? textStart : address(of: functions), 1)
    }
    // The first record that ends after the part's start.
    var (low, high) = (0, recordCount)
    while low < high {
      let middle = (low + high) / 2
      let isBefore = (end(ofRecord: record(middle, bytes), bytes) ?? 0) <= part.lowerBound
      if isBefore { low = middle + 1 } else { high = middle }
    }
    while low < recordCount {
      let start = record(low, bytes)
      guard start < part.upperBound, let end = end(ofRecord: start, bytes) else { return }
      low += 1
      body(start, textStart, 1)
      body(start + 4, address(of: names), 1)
      for place in [16, 20, 24] { body(start + place, address(of: steps), 1) }
      body(start + 32, address(of: units), 4)
      let numbers = start + recordByteCount
      let data = numbers + 4 * Int(bytes.number(start + 28, as: UInt32.self))
      for place in stride(from: numbers, to: data, by: 4) { body(place, address(of: steps), 1) }
      if functionData != 0 { for place in stride(from: data, to: end, by: 4) { body(place, functionData, 1) } }
    }
  }

  private static func words(_ words: Range<Int>, _ part: Range<Int>) -> StrideTo<Int> {
    let first = max(0, part.lowerBound - words.lowerBound + 3) / 4
    return stride(from: words.lowerBound + 4 * first, to: min(words.upperBound - 3, part.upperBound), by: 4)
  }
}

extension RegionReader {
  /// Go's table: its header, and distances that are neither 0 nor all ones.
  func goTable(_ fields: inout [Reference]) {
    guard let table = map.index.goTable, table.range == region.fileRange else { return }
    let start = region.fileRange.lowerBound
    if word(start + 24) != 0 { add(&fields, .absolute64, at: start + 24, target: word(start + 24)) }
    for place in stride(from: start + 32, through: start + 64, by: 8) {
      add(&fields, .based64, at: place, target: region.address &+ word(place), base: region.address)
    }
    table.each(in: range, bytes) { place, base, stride in
      let distance = half(place)
      guard distance != 0, distance != .max else { return }
      add(
        &fields, stride == 1 ? .based32 : .index32, at: place, target: base &+ UInt64(distance) &* UInt64(stride),
        base: base, parameter: stride == 1 ? 0 : stride)
    }
  }

  /// Go's list of types, as distances from where types begin.
  func goTypeLinks(_ fields: inout [Reference]) {
    guard let table = map.index.goTable, table.types != 0 else { return }
    for place in entries(of: 4) {
      add(&fields, .based32, at: place, target: table.types &+ UInt64(half(place)), base: table.types)
    }
  }
}
