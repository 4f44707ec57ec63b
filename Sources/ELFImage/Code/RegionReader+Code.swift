extension RegionReader {
  /// Fields of instructions whose targets lie where such targets can.
  func code(_ fields: inout [Reference]) {
    switch map.machine {
    case .x86_64: x86(&fields)
    case .aarch64: arm(&fields)
    }
  }

  /// What was kept of the look over the code, and what instructions say where nothing was.
  private func x86(_ fields: inout [Reference]) {
    var finder = X86Fields(bytes, region, map.index, map.space)
    var start = range.lowerBound
    if let part = map.index.trail.part(at: region.fileRange.lowerBound), part.end > start {
      map.index.trail.each(in: range.clamped(to: start..<part.end), of: part) { x86($0, finder, &fields) }
      start = part.end
    }
    guard start < range.upperBound else { return }
    let sweep = CodeSweep(bytes: bytes, index: map.index, region: region)
    sweep.each(from: map.index.code.start(before: start, region), to: range.upperBound) { offset, instruction, _ in
      guard instruction.length > 0, let field = finder.field(of: instruction, at: offset), field.place >= start,
        field.place < range.upperBound
      else { return }
      x86(field, finder, &fields)
    }
  }

  @inline(__always)
  private func x86(_ field: CodeTrail.Field, _ finder: borrowing X86Fields, _ fields: inout [Reference]) {
    var found = Reference(offset: field.place, kind: .relative32, parameter: field.reach, target: finder.target(field))
    switch field.kind {
    case .shortJump: found.kind = .relative8
    case .jump: found.symbol = name(map.index.stubs, at: found.target)
    case .other where field.reach == 0:
      found.kind = .index32
      found.parameter = 24
      found.base = finder.plt
      found.target = finder.plt &+ 24 &* UInt64(half(field.place))
    case .data, .other: found.symbol = name(map.index.slots, at: found.target)
    }
    fields.append(found)
  }
}
