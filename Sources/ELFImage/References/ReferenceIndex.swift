/// What a map keeps of its one look over the file.
///
/// All of it is bounded: by a limit, or by a small fraction of the file's size.
struct ReferenceIndex: Sendable {
  /// The most functions that are kept.
  static let functionLimit = 1 << 20
  /// The most symbols of slots and stubs that are kept.
  static let symbolLimit = 1 << 17
  /// The most jump tables that are kept.
  static let tableLimit = 1 << 18
  /// Every so many records of call frame information, one is kept to begin from.
  static let recordStride = 64

  /// Where the fields of version tables that hold a name begin in the file, in order.
  var versionNames: [UInt32] = []
  /// The addresses that sections of code span, from the lowest to the end of the highest.
  var codeSpan: Range<UInt64> = 0..<0
  /// Functions in order: the distance from the start of the code's span above 32 bits of size.
  var functions: [UInt64] = []
  /// Where records of call frame information begin, every so many, in order.
  var records: [UInt32] = []
  /// Where the types of one function's exceptions lie, in order: the start above 32 bits of the end.
  var types: [UInt64] = []
  /// Go's table of functions, if there is one.
  var goTable: GoTable?
  /// The address of .rela.plt; 0 if there is none.
  var plt: UInt64 = 0
  /// Slots that the dynamic linker fills with a symbol's address.
  var slots = SymbolPlaces()
  /// Stubs that jump through such a slot.
  var stubs = SymbolPlaces()
  /// Words of data whose content is an address.
  var words = WordMap()
  /// Where instructions begin.
  var code = CodePages()
  /// Where their fields stand.
  var trail = CodeTrail()
  /// Where jump tables begin, in order, and how many entries each has.
  var tables: [JumpTable] = []

  init() {}

  /// Looks over the file; where fields stand in code is kept as far as all takes no more than `byteLimit`.
  init(_ bytes: BorrowedBytes, _ map: ReferenceMap, byteLimit: Int) {
    findVersions(bytes, map)
    let code = map.regions.filter { $0.content == .code }
    codeSpan = Self.span(code)
    findFrames(bytes, map)
    findRelocations(bytes, map)
    scanCode(bytes, map, trailByteLimit: max(0, byteLimit - byteCount))
  }

  /// How many bytes that takes which grows with the file, without what is kept of code.
  private var byteCount: Int {
    8 * (functions.count + types.count) + 4 * records.count + 12 * slots.addresses.count + words.byteCount
  }

  private static func span(_ code: [ReferenceMap.Region]) -> Range<UInt64> {
    var span: Range<UInt64>?
    for region in code {
      let (end, overflow) = region.address.addingReportingOverflow(UInt64(region.fileRange.count))
      guard !overflow else { continue }
      let lower = min(span?.lowerBound ?? region.address, region.address)
      span = lower..<max(span?.upperBound ?? end, end)
    }
    return span ?? 0..<0
  }

  // MARK: - Call frames

  private mutating func findFrames(_ bytes: BorrowedBytes, _ map: ReferenceMap) {
    var exceptions: [UInt32] = []
    for region in map.regions where region.content == .frames {
      let frames = FrameReader(bytes: bytes, region: region.fileRange, address: region.address)
      var start = region.fileRange.lowerBound
      var number = 0
      var known: (start: Int, common: FrameReader.Common)?
      while let record = frames.record(at: start) {
        if number % Self.recordStride == 0 { records.append(UInt32(start)) }
        number += 1
        start = record.end
        guard let common = record.common else { continue }
        if known?.start != common {
          guard common >= region.fileRange.lowerBound, let record = frames.record(at: common), record.common == nil
          else { continue }
          known = (common, frames.common(record))
        }
        if let known, let function = frames.function(record, known.common) { add(function, frames, map, &exceptions) }
      }
    }
    findGoFunctions(bytes, map)
    functions.sort()
    exceptions.sort()
    findTypes(bytes, map, exceptions)
  }

  /// Go's functions have no call frames; the first table counts.
  private mutating func findGoFunctions(_ bytes: BorrowedBytes, _ map: ReferenceMap) {
    for region in map.regions where region.content == .goTable && goTable == nil {
      goTable = GoTable(bytes, region.fileRange, address: region.address)
    }
    goTable?.findModule(bytes, map.regions)
    guard let table = goTable else { return }
    for index in 0..<table.count {
      let (distance, end) = (table.distance(index, bytes), table.distance(index + 1, bytes))
      add(start: table.textStart &+ UInt64(distance), size: UInt64(end > distance ? end - distance : 0))
    }
  }

  private mutating func add(start: UInt64, size: UInt64) {
    let distance = start &- codeSpan.lowerBound
    if codeSpan.contains(start), distance <= UInt32.max, functions.count < Self.functionLimit {
      functions.append(distance << 32 | size)
    }
  }

  private mutating func add(
    _ function: FrameReader.Function, _ frames: FrameReader, _ map: ReferenceMap, _ exceptions: inout [UInt32]
  ) {
    add(start: function.start, size: function.size)
    if let place = function.exceptions, let offset = map.space.offset(ofAddress: frames.target(at: place)),
      exceptions.count < Self.functionLimit
    {
      exceptions.append(UInt32(offset))
    }
  }

  /// Where to begin reading records so as not to miss any that reaches an offset.
  func frameStart(before offset: Int, _ region: ReferenceMap.Region) -> Int {
    let next = records.firstIndex(notBelow: offset + 1)
    return next == 0 ? region.fileRange.lowerBound : max(Int(records[next - 1]), region.fileRange.lowerBound)
  }

  // MARK: - Functions

  /// The index of the first function that begins after an address.
  func nextFunction(after address: UInt64) -> Int {
    guard address >= codeSpan.lowerBound else { return 0 }
    guard address - codeSpan.lowerBound <= UInt32.max else { return functions.count }
    let key = (address - codeSpan.lowerBound) << 32 | 0xffff_ffff
    var (low, high) = (0, functions.count)
    while low < high {
      let middle = (low + high) / 2
      if functions[middle] <= key { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// The same, looked for first right after the one before.
  @inline(__always)
  func nextFunction(after address: UInt64, near before: Int) -> Int {
    let next = before &+ 1
    guard next < functions.count, address >= codeSpan.lowerBound, functionStart(before) <= address,
      address < functionStart(next)
    else { return nextFunction(after: address) }
    return next
  }

  func functionStart(_ index: Int) -> UInt64 { codeSpan.lowerBound + functions[index] >> 32 }
}

/// A table of distances from its own start to places in code.
struct JumpTable: Sendable, Hashable {
  /// Where it begins in the file.
  let offset: UInt32
  var count: UInt32 = 0

  var end: Int { Int(offset) + 4 * Int(count) }
}

/// Symbols by an address that stands for them.
struct SymbolPlaces: Sendable {
  private(set) var addresses: [UInt64] = []
  private var names: [UInt32] = []

  /// Keeps the first name of each address.
  init(_ places: [(address: UInt64, name: UInt32)] = []) {
    let order = places.indices.sorted { (places[$0].address, $0) < (places[$1].address, $1) }
    for index in order where addresses.last != places[index].address {
      addresses.append(places[index].address)
      names.append(places[index].name)
    }
  }

  /// Where the name begins in the file; 0 if nothing is known of the address.
  func name(at address: UInt64) -> UInt32 {
    guard let first = addresses.first, let last = addresses.last, address >= first, address <= last else { return 0 }
    var (low, high) = (0, addresses.count)
    while low < high {
      let middle = (low + high) / 2
      if addresses[middle] < address { low = middle + 1 } else { high = middle }
    }
    return low < addresses.count && addresses[low] == address ? names[low] : 0
  }
}

extension [UInt32] {
  /// The index of the first element that is not below a value, in a sorted array.
  func firstIndex(notBelow value: Int) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if Int(self[middle]) < value { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
