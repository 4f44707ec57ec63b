extension RegionReader {
  /// Fields of instructions whose targets lie where such targets can.
  func code(_ fields: inout [Reference]) {
    switch map.machine {
    case .x86_64:
      let sweep = CodeSweep(bytes: bytes, index: map.index, region: region)
      let start = map.index.code.start(before: range.lowerBound, region)
      sweep.each(from: start, to: range.upperBound) { offset, instruction, _ in
        if instruction.length > 0 { x86(instruction, at: offset, &fields) }
      }
    case .aarch64: arm(&fields)
    }
  }

  @inline(__always)
  private func x86(_ instruction: borrowing X86Instruction, at offset: Int, _ fields: inout [Reference]) {
    let place = offset &+ instruction.fieldOffset
    let end = region.address &+ UInt64(offset &+ instruction.length &- region.fileRange.lowerBound)
    let distance = UInt8(truncatingIfNeeded: instruction.length &- instruction.fieldOffset)
    switch instruction.field {
    case .none:
      // A lazy stub pushes which relocation is its own.
      if instruction.opcode == 0x68, instruction.length == 5, map.index.plt != 0, case .lazyStubs = region.role {
        add(
          &fields, .index32, at: offset + 1, target: map.index.plt &+ 24 &* UInt64(half(offset + 1)),
          base: map.index.plt, parameter: 24)
      }
    case .shortJump:
      let value = Int8(bitPattern: bytes.number(place))
      let target = end &+ UInt64(bitPattern: Int64(value))
      guard target &- region.address < UInt64(region.fileRange.count) else { return }
      add(&fields, .relative8, at: place, target: target, parameter: distance)
    case .jump:
      let target = end &+ UInt64(bitPattern: Int64(Int32(bitPattern: half(place))))
      guard map.index.codeSpan.contains(target) else { return }
      add(
        &fields, .relative32, at: place, target: target, parameter: distance, symbol: name(map.index.stubs, at: target))
    case .data:
      let target = end &+ UInt64(bitPattern: Int64(Int32(bitPattern: half(place))))
      guard map.space.contains(target) else { return }
      add(
        &fields, .relative32, at: place, target: target, parameter: distance, symbol: name(map.index.slots, at: target))
    }
  }
}
