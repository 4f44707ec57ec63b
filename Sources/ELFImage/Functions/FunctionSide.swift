/// One of the two images: its functions, their references, and their bytes without them.
struct FunctionSide {
  let map: ReferenceMap
  let functions: [ELFFunction]
  /// Each function's bytes with 0 for every field that is a reference, and then which fields those are.
  let masked: [[UInt8]]
  let references: [[Reference]]
  /// Code between functions, if it is more than padding.
  let gaps: [(function: ELFFunction, masked: [UInt8])]

  init(_ bytes: Span<UInt8>) throws(ELFError) {
    let map = try ReferenceMap(of: bytes)
    functions = map.functions(of: bytes)
    let parts = functions.map { Self.part($0.fileRange, map, bytes) }
    masked = parts.map(\.masked)
    references = parts.map(\.references)
    self.map = map
    var gaps: [(function: ELFFunction, masked: [UInt8])] = []
    let inside = functions.map(\.fileRange).sorted { $0.lowerBound < $1.lowerBound }
    var next = 0
    for region in map.regions where region.content == .code {
      var start = region.fileRange.lowerBound
      func addGap(before end: Int) {
        guard start < end, !Self.isPadding(start..<end, map.machine, bytes) else { return }
        let address = region.address &+ UInt64(start - region.fileRange.lowerBound)
        let function = ELFFunction(name: nil, address: address, fileRange: start..<end)
        gaps.append((function, Self.part(start..<end, map, bytes).masked))
      }
      while next < inside.count, inside[next].lowerBound < region.fileRange.upperBound {
        addGap(before: inside[next].lowerBound)
        start = max(start, inside[next].upperBound)
        next += 1
      }
      addGap(before: region.fileRange.upperBound)
    }
    self.gaps = gaps
  }

  /// The bytes of a function with 0 for every field that is a reference.
  func code(_ index: Int) -> ArraySlice<UInt8> { masked[index].prefix(functions[index].fileRange.count) }

  private static func part(
    _ range: Range<Int>, _ map: ReferenceMap, _ bytes: Span<UInt8>
  ) -> (masked: [UInt8], references: [Reference]) {
    var masked = range.map { bytes[$0] }
    let references = map.references(in: range, of: bytes).filter { $0.offset + $0.byteCount <= range.upperBound }
    for field in references {
      // On aarch64 a field shares its bytes with the instruction, which stays.
      for index in 0..<field.byteCount {
        masked[field.offset - range.lowerBound + index] =
          UInt8(truncatingIfNeeded: field.instruction >> UInt32(8 * (index & 3)))
      }
    }
    // Which fields there are is part of what must be equal.
    for field in references {
      let place = UInt32(field.offset - range.lowerBound)
      masked += [field.kind.rawValue, UInt8(truncatingIfNeeded: place), UInt8(truncatingIfNeeded: place >> 8)]
      masked += [UInt8(truncatingIfNeeded: place >> 16), UInt8(truncatingIfNeeded: place >> 24)]
    }
    masked += [UInt8(truncatingIfNeeded: references.count), UInt8(truncatingIfNeeded: references.count >> 8)]
    masked += [UInt8(truncatingIfNeeded: references.count >> 16), UInt8(truncatingIfNeeded: references.count >> 24)]
    return (masked, references)
  }

  /// Whether there is nothing but what fills up to the next function: NOPs, traps and zeros.
  private static func isPadding(_ range: Range<Int>, _ machine: ELFMachine, _ bytes: Span<UInt8>) -> Bool {
    var at = range.lowerBound
    while at < range.upperBound {
      if bytes[at] == 0 {
        at += 1
        continue
      }
      switch machine {
      case .x86_64:
        guard let instruction = X86Instruction.decode(bytes, at: at, end: range.upperBound),
          [0x90, 0xcc, 0x11f].contains(instruction.opcode)
        else { return false }
        at += instruction.length
      case .aarch64:
        guard at + 4 <= range.upperBound, bytes[at] == 0x1f, bytes[at + 1] == 0x20, bytes[at + 2] == 0x03,
          bytes[at + 3] == 0xd5
        else { return false }
        at += 4
      }
    }
    return true
  }
}
