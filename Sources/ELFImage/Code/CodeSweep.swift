/// Goes over code from one known start of an instruction to the next: a function's, or what the last one ended with.
///
/// Where nothing can be made of the bytes it goes on one byte later. Code without known functions is swept all the same:
/// x86-64 falls into step within a few instructions.
struct CodeSweep {
  let bytes: BorrowedBytes
  let index: ReferenceIndex
  let region: ReferenceMap.Region

  /// Hands each instruction that begins in a part to `body`, with its offset and where its function begins and ends.
  ///
  /// `start` must be where an instruction begins. What is no instruction has the length 0.
  @inline(__always)
  func each(from start: Int, to end: Int, _ body: (Int, borrowing X86Instruction, Range<Int>) -> Void) {
    let decoder = X86Decoder()
    var instruction = X86Instruction()
    var at = start
    var next = index.nextFunction(after: address(at))
    var unit = at..<unitEnd(next)
    while at < end {
      if at >= unit.upperBound {
        next = index.nextFunction(after: address(at), near: next)
        unit = at..<unitEnd(next)
      }
      if decoder.decode(bytes, at: at, end: unit.upperBound, into: &instruction) {
        body(at, instruction, unit)
        at &+= instruction.length
      } else {
        instruction.length = 0
        body(at, instruction, unit)
        at &+= 1
      }
    }
  }

  func address(_ offset: Int) -> UInt64 { region.address &+ UInt64(offset - region.fileRange.lowerBound) }

  private func unitEnd(_ next: Int) -> Int {
    guard next < index.functions.count else { return region.fileRange.upperBound }
    let distance = index.functionStart(next) &- region.address
    return distance < UInt64(region.fileRange.count)
      ? region.fileRange.lowerBound + Int(distance) : region.fileRange.upperBound
  }
}

/// Where an instruction begins in each page of 512 bytes of code, so that a sweep can begin anywhere.
struct CodePages: Sendable {
  static let byteCount = 512

  private var bases: [Int: Int] = [:]
  private var starts: [UInt8] = []

  /// Begins a part of code, whose pages follow in order.
  mutating func begin(_ region: ReferenceMap.Region) { bases[region.fileRange.lowerBound] = starts.count }

  /// Keeps where the next page's first instruction begins.
  mutating func append(_ distance: Int) { starts.append(UInt8(truncatingIfNeeded: distance)) }

  /// The last known start of an instruction at or before an offset.
  func start(before offset: Int, _ region: ReferenceMap.Region) -> Int {
    guard let base = bases[region.fileRange.lowerBound] else { return region.fileRange.lowerBound }
    var page = (offset - region.fileRange.lowerBound) / Self.byteCount
    while page > 0 {
      let start = region.fileRange.lowerBound + page * Self.byteCount + Int(starts[base + page])
      if start <= offset { return start }
      page -= 1
    }
    return region.fileRange.lowerBound
  }
}

extension ReferenceIndex {
  /// The one look over the code: where instructions begin, which stubs there are, where jump tables may lie.
  mutating func scanCode(_ bytes: BorrowedBytes, _ map: ReferenceMap, trailByteLimit: Int) {
    var found = CodeFindings(
      bytes: bytes, span: codeSpan,
      constants: AddressSpace(
        segments: map.regions.filter { $0.content == .constants }.map {
          let size = UInt64($0.fileRange.count)
          return AddressSpace.Segment(
            offset: UInt64($0.fileRange.lowerBound), address: $0.address, fileSize: size, memorySize: size)
        }))
    for region in map.regions {
      if case .stubRelocations = region.role, region.content == .relocations { plt = region.address }
    }
    let code = map.regions.filter { $0.content == .code }
    if map.machine == .x86_64 {
      trail = CodeTrail(byteLimit: trailByteLimit, codeByteCount: code.reduce(0) { $0 + $1.fileRange.count })
    }
    for region in code {
      switch map.machine {
      case .x86_64: scan(bytes, region, map.space, &found)
      case .aarch64: ArmSweep(bytes: bytes, region: region).stubs(slots, &found.stubs)
      }
    }
    stubs = SymbolPlaces(found.stubs)
    tables = found.tables(map)
  }

  private mutating func scan(
    _ bytes: BorrowedBytes, _ region: ReferenceMap.Region, _ space: AddressSpace, _ found: inout CodeFindings
  ) {
    var (pages, kept) = (code, trail)
    (code, trail) = (CodePages(), CodeTrail())
    let sweep = CodeSweep(bytes: bytes, index: self, region: region)
    var finder = X86Fields(bytes, region, self, space)
    pages.begin(region)
    kept.begin(region.fileRange)
    var page = region.fileRange.lowerBound
    sweep.each(from: region.fileRange.lowerBound, to: region.fileRange.upperBound) { offset, instruction, unit in
      if offset >= page {
        pages.append(offset - page)
        page += CodePages.byteCount
      }
      guard instruction.length > 0 else { return }
      if let field = finder.field(of: instruction, at: offset) { kept.append(field) }
      guard instruction.field == .data else { return }
      if instruction.loadsAddress {
        found.noteLoad(of: target(instruction, at: offset, sweep), sweep.address(unit.lowerBound), unit.count)
      } else if instruction.jumpsThroughMemory {
        noteStub(instruction, at: offset, sweep, &found)
      }
    }
    kept.finish()
    (code, trail) = (pages, kept)
  }

  private func target(_ instruction: borrowing X86Instruction, at offset: Int, _ sweep: CodeSweep) -> UInt64 {
    let value: UInt32 = sweep.bytes.number(offset + instruction.fieldOffset)
    return sweep.address(offset + instruction.length) &+ UInt64(bitPattern: Int64(Int32(bitPattern: value)))
  }

  /// A stub jumps through a slot; calls name the stub's start, which may be some bytes before.
  private func noteStub(
    _ instruction: borrowing X86Instruction, at offset: Int, _ sweep: CodeSweep, _ found: inout CodeFindings
  ) {
    let size: Int
    switch sweep.region.role {
    case .stubs(let bytes), .lazyStubs(let bytes): size = bytes
    default: return
    }
    let name = slots.name(at: target(instruction, at: offset, sweep))
    guard name != 0, found.stubs.count < Self.symbolLimit else { return }
    let distance = offset - sweep.region.fileRange.lowerBound
    found.stubs.append((sweep.region.address &+ UInt64(distance / size * size), name))
  }

  /// The index of the first table that ends after an offset.
  func firstTable(reaching offset: Int) -> Int {
    var (low, high) = (0, tables.count)
    while low < high {
      let middle = (low + high) / 2
      if tables[middle].end <= offset { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
