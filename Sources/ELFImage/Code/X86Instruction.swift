/// The length of an instruction of x86-64, and the one field in it that may say where something else lies.
package struct X86Instruction: Equatable, Sendable {
  /// What a field is.
  package enum Field: UInt8, Sendable {
    case none = 0
    /// A distance of one byte, of a jump.
    case shortJump = 1
    /// A distance of four bytes, of a jump or call.
    case jump = 2
    /// A displacement of four bytes from the instruction's end.
    case data = 3
  }

  /// The longest instruction, in bytes.
  package static let lengthLimit = 15
  /// How many bytes the decoder may look at.
  static let window = 32

  package var length = 0
  package var field = Field.none
  /// Where the field begins in the instruction.
  package var fieldOffset = 0
  /// Which opcode: the low byte, and above it 1 for those after 0F, 2 for those of any other map.
  package var opcode: UInt16 = 0
  /// The middle field of ModRM; 0 without one.
  package var extension3: UInt8 = 0

  /// LEA.
  var loadsAddress: Bool { opcode == 0x8d }
  /// An indirect jump through memory.
  var jumpsThroughMemory: Bool { opcode == 0xff && extension3 == 4 }

  /// The instruction at an offset, if there is one that ends in time; nil for what is none.
  package static func decode(_ bytes: Span<UInt8>, at offset: Int, end: Int) -> X86Instruction? {
    precondition(offset >= 0 && offset <= end && end <= bytes.count)
    let decoder = X86Decoder()
    return unsafe bytes.withUnsafeBytes { buffer in
      guard let bytes = unsafe BorrowedBytes(buffer) else { return nil }
      var instruction = X86Instruction()
      return decoder.decode(bytes, at: offset, end: end, into: &instruction) ? instruction : nil
    }
  }
}

struct X86Decoder {
  private let tables = X86Tables.shared

  /// Whether an instruction begins at an offset and ends by `end`.
  ///
  /// Groups are not looked into: an undefined member of a group has the length of the others.
  @inline(__always)
  func decode(_ bytes: BorrowedBytes, at offset: Int, end: Int, into found: inout X86Instruction) -> Bool {
    if offset &+ X86Instruction.window <= bytes.count {
      return unsafe decode(at: bytes.pointer(offset), end &- offset, &found)
    }
    guard let last = decodeLast(bytes, at: offset, end: end) else { return false }
    found = last
    return true
  }

  /// Near the end of the file: looks at a copy that zeros follow.
  @inline(never)
  private func decodeLast(_ bytes: BorrowedBytes, at offset: Int, end: Int) -> X86Instruction? {
    var copy: [32 of UInt8] = .init(repeating: 0)
    for index in offset..<bytes.count { copy[index - offset] = bytes.number(index) }
    return unsafe copy.span.withUnsafeBytes { buffer in
      var found = X86Instruction()
      guard let bytes = unsafe BorrowedBytes(buffer) else { return nil }
      return unsafe decode(at: bytes.pointer(0), end - offset, &found) ? found : nil
    }
  }

  /// What prefixes and maps say about the rest.
  private struct State {
    /// Where the opcode is.
    var at = 0
    var opcode: UInt8
    /// What follows it.
    var form: UInt8
    /// The map, as in the instruction.
    var map: UInt16 = 0
    /// 1 for the operand prefix, 2 for REX.W.
    var size: UInt8 = 0
    var hasAddressPrefix = false
    var hasRepeatNot = false
  }

  /// Without a branch on what hardly anything can be told of beforehand, for nearly all there is: REX and 0F, ModRM, and
  /// plain immediates.
  @inline(__always)
  private func decode(at code: UnsafePointer<UInt8>, _ limit: Int, _ found: inout X86Instruction) -> Bool {
    let word = unsafe UnsafeRawPointer(code).loadUnaligned(as: UInt64.self).littleEndian
    let prefix: UInt64 = word & 0xf0 == 0x40 ? 1 : 0
    var rest = word >> (prefix << 3)
    var at = 1 &+ Int(truncatingIfNeeded: prefix)
    var opcode = UInt16(truncatingIfNeeded: rest & 0xff)
    if opcode == 0x0f {
      rest >>= 8
      at &+= 1
      opcode = 0x100 | UInt16(truncatingIfNeeded: rest & 0xff)
    }
    let plain = tables.plain(opcode)
    guard plain & X86Tables.Plain.none == 0 else { return unsafe decodeAny(at: code, limit, &found) }
    let modRM = UInt8(truncatingIfNeeded: rest >> 8)
    // All ones where there is a ModRM.
    let mask = UInt8(truncatingIfNeeded: plain >> X86Tables.Plain.modRMShift)
    let more = tables.afterModRM(modRM) & mask
    let isNear = Int(more >> 7)
    // A base of 5 without a displacement means one of four bytes and no base.
    let isBare = Int(more >> 6 & 1) & (rest >> 16 & 7 == 5 ? 1 : 0)
    let isWide = Int(truncatingIfNeeded: UInt64(plain >> X86Tables.Plain.wideShift & 1) & prefix & word >> 3)
    found.opcode = opcode
    found.extension3 = modRM >> 3 & 7 & mask
    let field = UInt8(truncatingIfNeeded: plain >> X86Tables.Plain.fieldShift & 3)
    found.field = isNear != 0 ? .data : X86Instruction.Field(rawValue: field) ?? .none
    found.fieldOffset = found.field == .none ? 0 : at &+ isNear
    found.length = at &+ Int(plain & 15) &+ Int(more & 7) &+ isBare << 2 &+ isWide << 2
    return found.length <= min(limit, X86Instruction.lengthLimit)
  }

  /// The same for every instruction.
  @inline(never)
  func decodeAny(at code: UnsafePointer<UInt8>, _ limit: Int, _ found: inout X86Instruction) -> Bool {
    let first = unsafe code[0]
    var state = State(opcode: first, form: tables[0, first])
    if first & 0xf0 == 0x40 {
      state.size = first >> 2 & 2
      state.at = 1
      state.opcode = unsafe code[1]
      state.form = tables[0, state.opcode]
    }
    if state.form & X86Tables.special != 0 {
      let next = unsafe code[state.at &+ 1]
      if state.opcode == 0x0f, next & 0xfd != 0x38 {
        state.at &+= 1
        state.opcode = next
        state.form = tables[1, next]
        state.map = 0x100
        if state.form == X86Tables.undefined { return false }
      } else {
        guard let other = unsafe prefixed(code, State(opcode: first, form: 0)) else { return false }
        state = other
      }
    }
    var at = state.at &+ 1
    found.opcode = state.map | UInt16(state.opcode)
    found.field = .none
    found.fieldOffset = 0
    found.extension3 = 0
    if state.form & X86Tables.modRM != 0 {
      let byte = unsafe code[at]
      at &+= 1
      found.extension3 = byte >> 3 & 7
      let more = state.form & X86Tables.register == 0 ? tables.afterModRM(byte) : 0
      if more == X86Tables.nearData {
        found.field = .data
        found.fieldOffset = at
      } else if more == X86Tables.scaled, unsafe code[at] & 7 == 5 {
        // A base of 5 without a displacement means one of four bytes and no base.
        at &+= 4
      }
      at &+= Int(more & 7)
    }
    let tail = state.form >> X86Tables.tailShift
    let size = tables.afterTail(tail, state.size)
    if size < X86Tables.special { at &+= Int(size) } else { special(tail, state, &at, &found) }
    found.length = at
    return at <= min(limit, X86Instruction.lengthLimit)
  }

  /// Goes over prefixes to the opcode; nil for what is undefined.
  @inline(never)
  private func prefixed(_ code: UnsafePointer<UInt8>, _ start: State) -> State? {
    var state = start
    while state.at < X86Instruction.lengthLimit {
      state.opcode = unsafe code[state.at]
      state.form = tables[0, state.opcode]
      if state.form & X86Tables.special == 0 { return state }
      switch state.opcode {
      case 0x66: state.size |= 1
      case 0x67: state.hasAddressPrefix = true
      case 0xf2: state.hasRepeatNot = true
      case 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0xf0, 0xf3: break
      case 0x40...0x4f:
        // REX counts only where the opcode follows at once.
        state.size = state.size & 1 | state.opcode >> 2 & 2
        state.at &+= 1
        continue
      case 0x0f: return unsafe escaped(code, state)
      case 0xc4, 0xc5, 0x62, 0x8f: return unsafe vector(code, state)
      default: return nil
      }
      state.size &= 1
      state.at &+= 1
    }
    return nil
  }

  /// After 0F.
  private func escaped(_ code: UnsafePointer<UInt8>, _ start: State) -> State? {
    var state = start
    state.at &+= 1
    state.opcode = unsafe code[state.at]
    if state.opcode == 0x38 || state.opcode == 0x3a {
      let tail = state.opcode == 0x3a ? X86Tables.Tail.byte : X86Tables.Tail.none
      state.form = tail << X86Tables.tailShift | X86Tables.modRM
      state.map = 0x200
      state.at &+= 1
      state.opcode = unsafe code[state.at]
      return state
    }
    state.map = 0x100
    state.form = tables[1, state.opcode]
    return state.form == X86Tables.undefined ? nil : state
  }

  /// After C4, C5 (VEX), 62 (EVEX) or 8F (XOP, or POP).
  private func vector(_ code: UnsafePointer<UInt8>, _ start: State) -> State? {
    var state = start
    let escape = state.opcode
    let first = unsafe code[state.at &+ 1]
    var map: UInt8 = 1
    state.map = 0x200
    // In these the operand size is the prefix's own business: no immediate depends on it.
    state.size = 0
    switch escape {
    case 0xc5: state.at &+= 2
    case 0xc4:
      map = first & 31
      state.at &+= 3
    case 0x62:
      map = first & 7
      state.at &+= 4
    default:
      // XOP's maps begin at 8, which no ModRM of POP has.
      guard first & 31 >= 8 else {
        state.map = 0
        state.form = X86Tables.modRM
        return first & 0x38 == 0 ? state : nil
      }
      map = first & 31
      state.at &+= 3
    }
    state.opcode = unsafe code[state.at]
    switch (escape, map) {
    case (0xc4, 1), (0xc5, 1): state.form = tables[2, state.opcode]
    case (0x62, 1) where state.opcode != 0x77: state.form = tables[2, state.opcode]
    case (0xc4, 2), (0x62, 2), (0x62, 5), (0x62, 6), (0x8f, 9): state.form = X86Tables.modRM
    case (0xc4, 3), (0x62, 3), (0x8f, 8): state.form = X86Tables.Tail.byte << X86Tables.tailShift | X86Tables.modRM
    case (0x8f, 10): state.form = X86Tables.Tail.operand << X86Tables.tailShift | X86Tables.modRM
    default: return nil
    }
    return state
  }

  /// What follows and is no plain immediate.
  @inline(__always)
  private func special(_ tail: UInt8, _ state: State, _ at: inout Int, _ found: inout X86Instruction) {
    let operand = state.size == 1 ? 2 : 4
    switch tail {
    case X86Tables.Tail.shortJump:
      found.field = .shortJump
      found.fieldOffset = at
      at &+= 1
    case X86Tables.Tail.jump:
      found.field = .jump
      found.fieldOffset = at
      at &+= 4
    case X86Tables.Tail.begin:
      if found.extension3 == 7, operand == 4 {
        found.field = .jump
        found.fieldOffset = at
      }
      at &+= operand
    case X86Tables.Tail.address: at &+= state.hasAddressPrefix ? 4 : 8
    case X86Tables.Tail.groupByte: at &+= found.extension3 < 2 ? 1 : 0
    case X86Tables.Tail.groupOperand: at &+= found.extension3 < 2 ? operand : 0
    case X86Tables.Tail.pair: at &+= state.size & 1 != 0 || state.hasRepeatNot ? 2 : 0
    default: break
    }
  }
}
