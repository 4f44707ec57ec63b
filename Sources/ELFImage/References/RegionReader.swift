/// Finds the fields that begin in one part of one region; each content's rule is a method, in file order.
struct RegionReader {
  let bytes: BorrowedBytes
  let map: ReferenceMap
  let region: ReferenceMap.Region
  /// The part that is asked for, within the region.
  let range: Range<Int>
  /// Whether it is asked for which symbols are meant.
  let hasSymbols: Bool

  /// The name of a stub or slot at an address, if symbols are asked for.
  @inline(__always)
  func name(_ places: @autoclosure () -> SymbolPlaces, at address: UInt64) -> UInt32 {
    hasSymbols ? places().name(at: address) : 0
  }

  /// Appends a field if it begins in the part, and lies in the region.
  func add(
    _ fields: inout [Reference], _ kind: Reference.Kind, at offset: Int, target: UInt64, base: UInt64 = 0,
    parameter: UInt8 = 0, symbol: UInt32 = 0
  ) {
    guard range.contains(offset), offset + kind.byteCount <= region.fileRange.upperBound else { return }
    fields.append(
      Reference(offset: offset, kind: kind, parameter: parameter, symbol: symbol, target: target, base: base))
  }

  /// The entries of a table of `size` bytes each that meet the part, and lie in the region whole.
  func entries(of size: Int) -> StrideTo<Int> {
    let first = (range.lowerBound - region.fileRange.lowerBound) / size
    let end = min(range.upperBound, region.fileRange.upperBound - size + 1)
    return stride(from: region.fileRange.lowerBound + first * size, to: end, by: size)
  }

  func word(_ offset: Int) -> UInt64 { bytes.number(offset) }
  func half(_ offset: Int) -> UInt32 { bytes.number(offset) }

  // MARK: - Headers

  /// e_entry and e_shoff; e_phoff never moves.
  func header(_ fields: inout [Reference]) {
    if word(0x18) != 0 { add(&fields, .absolute64, at: 0x18, target: word(0x18)) }
    if word(0x28) != 0 { add(&fields, .fileOffset64, at: 0x28, target: word(0x28)) }
  }

  /// p_offset, p_vaddr and p_paddr of segments that have an address.
  func segments(_ fields: inout [Reference]) {
    for entry in entries(of: ELFSegment.byteCount) where word(entry + 16) != 0 {
      add(&fields, .fileOffset64, at: entry + 8, target: word(entry + 8))
      add(&fields, .absolute64, at: entry + 16, target: word(entry + 16))
      add(&fields, .absolute64, at: entry + 24, target: word(entry + 24))
    }
  }

  /// sh_addr and sh_offset where they are not 0.
  func sections(_ fields: inout [Reference]) {
    for entry in entries(of: ELFSection.byteCount) {
      if word(entry + 16) != 0 { add(&fields, .absolute64, at: entry + 16, target: word(entry + 16)) }
      if word(entry + 24) != 0 { add(&fields, .fileOffset64, at: entry + 24, target: word(entry + 24)) }
    }
  }
}
