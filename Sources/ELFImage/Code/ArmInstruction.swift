/// An instruction of aarch64, as far as it says where something lies or forgets it (Arm Architecture Reference Manual for
/// A-profile, C4.1, "A64 instruction set encoding").
package struct ArmInstruction: Equatable, Sendable {
  package let word: UInt32

  package init(_ word: UInt32) { self.word = word }

  /// The kind of field that the instruction is by itself; nil for `low12`, which needs a page, and for all others.
  package var kind: Reference.Kind? {
    if word & 0x7c00_0000 == 0x1400_0000 { return .branch26 }  // B, BL
    if word & 0xff00_0000 == 0x5400_0000 { return .branch19 }  // B.cond, BC.cond
    if word & 0x7e00_0000 == 0x3400_0000 { return .branch19 }  // CBZ, CBNZ
    if word & 0x7e00_0000 == 0x3600_0000 { return .branch14 }  // TBZ, TBNZ
    if word & 0x3b00_0000 == 0x1800_0000 { return .branch19 }  // LDR, LDRSW, PRFM (literal)
    if word & 0x9f00_0000 == 0x1000_0000 { return .address21 }
    if word & 0x9f00_0000 == 0x9000_0000 { return .page21 }
    return nil
  }

  /// For ADD (immediate, 64 bits, not shifted) and loads and stores with an unsigned offset: the shift of the 12 bits.
  package var lowShift: UInt8? {
    if word & 0xffc0_0000 == 0x9100_0000 { return 0 }
    guard word & 0x3b00_0000 == 0x3900_0000 else { return nil }
    let isVector = word & 0x0400_0000 != 0
    return isVector && word & 0x0080_0000 != 0 ? (word >> 30 == 0 ? 4 : nil) : UInt8(word >> 30)
  }

  /// The 12 bits, shifted, if the instruction may be the other half of an ADRP: they stay within the page then.
  var low: UInt64? {
    guard let shift = lowShift else { return nil }
    let low = UInt64(word >> 10 & 0xfff) << UInt64(shift)
    return low < 4_096 ? low : nil
  }
  /// The register that the 12 bits are added to.
  var base: Int { Int(word >> 5 & 31) }
  /// The register in the lowest bits.
  var destination: Int { Int(word & 31) }

  /// BL and BLR, after which a callee may have changed x0 to x18 and x30.
  var calls: Bool { word & 0xfc00_0000 == 0x9400_0000 || word & 0xffff_fc1f == 0xd63f_0000 }

  /// Whether it writes the register in its lowest bits, as data processing and loads of general registers do.
  var writes: Bool {
    switch word >> 25 & 15 {
    case 8, 9, 5, 13: true
    case 4, 12:
      // Loads of general registers: literal, with an offset (which has signed loads too), exclusive and pairs.
      if word & 0x3b00_0000 == 0x1800_0000 {
        true
      } else {
        word & (word & 0x3800_0000 == 0x3800_0000 ? 0x00c0_0000 : 0x0040_0000) != 0
      }
    default: false
    }
  }

  /// The instruction without the bits of its field.
  static func cleared(_ word: UInt32, of kind: Reference.Kind) -> UInt32 {
    switch kind {
    case .branch26: word & ~0x03ff_ffff
    case .branch19: word & ~0x00ff_ffe0
    case .branch14: word & ~0x0007_ffe0
    case .address21, .page21: word & ~0x60ff_ffe0
    case .low12: word & ~0x003f_fc00
    default: word
    }
  }
}

/// Which registers hold the address of a page, by the ADRP that came last.
struct ArmPages {
  /// How far an ADRP is remembered, in bytes.
  static let reach = 1_024

  private var pages: [32 of UInt64] = .init(repeating: 0)
  private var places: [32 of Int] = .init(repeating: Int.min)

  /// The page that a register holds; nil if none is remembered.
  func page(in register: Int, at place: Int) -> UInt64? {
    places[register] >= place - Self.reach ? pages[register] : nil
  }

  /// Takes note of what an instruction does to registers; `page` for an ADRP.
  mutating func note(_ instruction: ArmInstruction, at place: Int, page: UInt64?) {
    if let page {
      pages[instruction.destination] = page
      places[instruction.destination] = place
    } else if instruction.calls {
      for register in 0...18 { places[register] = Int.min }
      places[30] = Int.min
    } else if instruction.writes {
      places[instruction.destination] = Int.min
    }
  }
}

/// Goes over code of aarch64, whose instructions have four bytes each.
struct ArmSweep {
  /// How many instructions after an ADRP its other half is looked for.
  static let window = 16

  let bytes: BorrowedBytes
  let region: ReferenceMap.Region

  func address(_ offset: Int) -> UInt64 { region.address &+ UInt64(offset - region.fileRange.lowerBound) }

  /// Where the sweep begins for what is asked of an offset: far enough before it for every page that counts.
  func start(before offset: Int) -> Int {
    let distance = max(0, offset - 3 - ArmPages.reach - region.fileRange.lowerBound)
    return region.fileRange.lowerBound + distance & ~3
  }

  /// Hands each field that begins in a part to `body`, in order.
  @inline(__always)
  func each(from start: Int, to end: Int, _ body: (Reference) -> Void) {
    var pages = ArmPages()
    let last = min(end, region.fileRange.upperBound - 3)
    for offset in stride(from: start, to: last, by: 4) {
      let instruction = ArmInstruction(bytes.number(offset))
      var page: UInt64?
      if let kind = instruction.kind {
        var field = Reference(
          offset: offset, kind: kind, instruction: ArmInstruction.cleared(instruction.word, of: kind), target: 0)
        field.target = field.target(of: UInt64(instruction.word), place: address(offset), base: 0, predicted: 0)
        if kind == .page21 {
          page = field.target
          field.target = whole(field.target, instruction.destination, after: offset)
        }
        body(field)
      } else if let low = instruction.low, let page = pages.page(in: instruction.base, at: offset) {
        body(
          Reference(
            offset: offset, kind: .low12, parameter: instruction.lowShift ?? 0,
            instruction: ArmInstruction.cleared(instruction.word, of: .low12), target: page &+ low))
      }
      pages.note(instruction, at: offset, page: page)
    }
  }

  /// What an ADRP and the first instruction that adds to it say together; the page alone if there is none near.
  private func whole(_ page: UInt64, _ register: Int, after offset: Int) -> UInt64 {
    let end = min(offset + 4 * (Self.window + 1), region.fileRange.upperBound - 3)
    for next in stride(from: offset + 4, to: end, by: 4) {
      let instruction = ArmInstruction(bytes.number(next))
      if let low = instruction.low, instruction.base == register { return page &+ low }
      let forgets = instruction.calls && (register <= 18 || register == 30)
      if forgets || instruction.writes && instruction.destination == register { return page }
    }
    return page
  }

  /// Stubs load their slot through an ADRP, which is their start, or follows a BTI that is.
  func stubs(_ slots: SymbolPlaces, _ found: inout [(address: UInt64, name: UInt32)]) {
    switch region.role {
    case .stubs, .lazyStubs: break
    default: return
    }
    var start: Int?
    each(from: region.fileRange.lowerBound, to: region.fileRange.upperBound) { field in
      if field.kind == .page21 { start = field.offset }
      guard field.kind == .low12, let place = start, found.count < ReferenceIndex.symbolLimit else { return }
      start = nil
      let name = slots.name(at: field.target)
      guard name != 0 else { return }
      let hasLanding = place >= region.fileRange.lowerBound + 4 && bytes.number(place - 4) == 0xd503_245f as UInt32
      found.append((address(place) &- (hasLanding ? 4 : 0), name))
    }
  }
}

extension RegionReader {
  func arm(_ fields: inout [Reference]) {
    let sweep = ArmSweep(bytes: bytes, region: region)
    sweep.each(from: sweep.start(before: range.lowerBound), to: range.upperBound) { found in
      guard range.contains(found.offset) else { return }
      var field = found
      switch field.kind {
      case .branch26, .branch19, .branch14:
        guard map.space.contains(field.target) else { return }
        if field.kind == .branch26 { field.symbol = name(map.index.stubs, at: field.target) }
      default:
        guard map.space.contains(field.target) else { return }
        field.symbol = name(map.index.slots, at: field.target)
      }
      fields.append(field)
    }
  }
}
