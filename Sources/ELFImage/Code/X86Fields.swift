/// The rule for code of x86-64: which field of an instruction says where something lies, and where
/// (docs/formats/references.md).
struct X86Fields {
  let bytes: BorrowedBytes
  let region: ReferenceMap.Region
  let codeSpan: Range<UInt64>
  let space: AddressSpace
  /// The address of .rela.plt; 0 if there is none.
  let plt: UInt64
  /// Mapped addresses, from the first on, where data was found last: the next lie there too, mostly.
  private var mapped: (first: UInt64, distance: UInt64)?

  init(_ bytes: BorrowedBytes, _ region: ReferenceMap.Region, _ index: ReferenceIndex, _ space: AddressSpace) {
    self.bytes = bytes
    self.region = region
    self.space = space
    codeSpan = index.codeSpan
    plt = index.plt
  }

  /// The address of an offset in the region.
  @inline(__always)
  func address(_ offset: Int) -> UInt64 {
    region.address &+ UInt64(bitPattern: Int64(offset &- region.fileRange.lowerBound))
  }

  /// What a field of an instruction's leads to.
  @inline(__always)
  func target(_ field: CodeTrail.Field) -> UInt64 {
    let distance: Int32 =
      field.kind == .shortJump
      ? Int32(bytes.number(field.place, as: Int8.self)) : bytes.number(field.place, as: Int32.self)
    return address(field.place) &+ UInt64(field.reach) &+ UInt64(bitPattern: Int64(distance))
  }

  /// The field of an instruction, if its target lies where such targets can.
  @inline(__always)
  mutating func field(of instruction: borrowing X86Instruction, at offset: Int) -> CodeTrail.Field? {
    let place = offset &+ instruction.fieldOffset
    let reach = UInt8(truncatingIfNeeded: instruction.length &- instruction.fieldOffset)
    switch instruction.field {
    case .none:
      // A lazy stub pushes which relocation is its own.
      guard instruction.opcode == 0x68, instruction.length == 5, plt != 0, case .lazyStubs = region.role else {
        return nil
      }
      return CodeTrail.Field(place: offset &+ 1, kind: .other, reach: 0)
    case .shortJump:
      let field = CodeTrail.Field(place: place, kind: .shortJump, reach: 1)
      return target(field) &- region.address < UInt64(region.fileRange.count) ? field : nil
    case .jump:
      let field = CodeTrail.Field(place: place, kind: .jump, reach: 4)
      return codeSpan.contains(target(field)) ? field : nil
    case .data:
      let field = CodeTrail.Field(place: place, kind: reach == 4 ? .data : .other, reach: reach)
      return isMapped(target(field)) ? field : nil
    }
  }

  @inline(__always)
  private mutating func isMapped(_ target: UInt64) -> Bool {
    if let mapped, target &- mapped.first <= mapped.distance { return true }
    guard let extent = space.extent(around: target) else { return false }
    mapped = extent
    return true
  }
}
