/// What follows each opcode of x86-64, as far as the length of an instruction depends on it.
///
/// One letter an opcode, 16 a row. Sources: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2,
/// appendix A (tables A-2 to A-6: one-byte, 0F, 0F 38 and 0F 3A maps) and section 2.1 to 2.7 (formats, VEX, EVEX); AMD64
/// Architecture Programmer's Manual, volume 3, appendix A (SSE4a, 3DNow!, moves of control registers) and volume 6 (XOP).
///
/// | letter | follows |
/// |---|---|
/// | `.` | nothing |
/// | `m` | ModRM, and what it asks for |
/// | `r` | ModRM that always names a register |
/// | `b` `w` `z` `v` | an immediate of 1, of 2, of 2 or 4 (operand size), of 2, 4 or 8 bytes |
/// | `e` | an immediate of 2 and one of 1 byte |
/// | `o` | an address of 8 bytes, or 4 |
/// | `j` `J` | a distance of 1, of 4 bytes, from the instruction's end |
/// | `B` `Z` | ModRM and an immediate as `b`, as `z` |
/// | `g` `G` | ModRM, and an immediate as `b`, as `z`, if its middle field is 0 or 1 (group 3) |
/// | `X` | as `Z`, which is a distance if the middle field is 7 (XBEGIN) |
/// | `q` | ModRM, and two immediates of 1 byte after 66 or F2 (SSE4a) |
/// | `p` `R` | a prefix; REX |
/// | `E` | another map: 0F, VEX, EVEX, or XOP |
/// | `x` | undefined in 64-bit mode |
enum X86Opcodes {
  static let oneByte: StaticString = """
    mmmmbzxxmmmmbzxE\
    mmmmbzxxmmmmbzxx\
    mmmmbzpxmmmmbzpx\
    mmmmbzpxmmmmbzpx\
    RRRRRRRRRRRRRRRR\
    ................\
    xxEmppppzZbB....\
    jjjjjjjjjjjjjjjj\
    BZxBmmmmmmmmmmmE\
    ..........x.....\
    oooo....bz......\
    bbbbbbbbvvvvvvvv\
    BBw.EEBXe.w..bx.\
    mmmmxxx.mmmmmmmm\
    jjjjbbbbJJxj....\
    p.pp..gG......mm
    """

  /// 0F.
  static let twoByte: StaticString = """
    mmmmx.....x.xm.B\
    mmmmmmmmmmmmmmmm\
    rrrrxxxxmmmmmmmm\
    ......x.ExExxxxx\
    mmmmmmmmmmmmmmmm\
    mmmmmmmmmmmmmmmm\
    mmmmmmmmmmmmmmmm\
    BBBBmmm.qmxxmmmm\
    JJJJJJJJJJJJJJJJ\
    mmmmmmmmmmmmmmmm\
    ...mBmmm...mBmmm\
    mmmmmmmmmmBmmmmm\
    mmBmBBBm........\
    mmmmmmmmmmmmmmmm\
    mmmmmmmmmmmmmmmm\
    mmmmmmmmmmmmmmmm
    """

  /// VEX and EVEX, map 1.
  static let vectorOne: StaticString = """
    mmmmmmmmmmmmmmmm\
    mmmmmmmmmmmmmmmm\
    mmmmmmmmmmmmmmmm\
    mmmmmmmmmmmmmmmm\
    mmmmmmmmmmmmmmmm\
    mmmmmmmmmmmmmmmm\
    mmmmmmmmmmmmmmmm\
    BBBBmmm.mmmmmmmm\
    mmmmmmmmmmmmmmmm\
    mmmmmmmmmmmmmmmm\
    mmmmmmmmmmmmmmmm\
    mmmmmmmmmmmmmmmm\
    mmBmBBBmmmmmmmmm\
    mmmmmmmmmmmmmmmm\
    mmmmmmmmmmmmmmmm\
    mmmmmmmmmmmmmmmm
    """
}

/// The tables as the decoder reads them: one byte an opcode, made once and kept for ever.
@safe struct X86Tables: @unchecked Sendable {
  /// ModRM follows.
  static let modRM: UInt8 = 0x01
  /// ModRM names a register, whatever it says.
  static let register: UInt8 = 0x02
  /// The low four bits of what is left: see `Tail`.
  static let tailShift: UInt8 = 2
  /// A prefix, another map, or undefined.
  static let special: UInt8 = 0x80
  static let undefined: UInt8 = 0xff

  /// What comes after ModRM.
  enum Tail {
    static let none: UInt8 = 0
    static let byte: UInt8 = 1
    static let two: UInt8 = 2
    static let operand: UInt8 = 3
    static let wide: UInt8 = 4
    static let enter: UInt8 = 5
    static let address: UInt8 = 6
    static let shortJump: UInt8 = 7
    static let jump: UInt8 = 8
    static let groupByte: UInt8 = 9
    static let groupOperand: UInt8 = 10
    static let pair: UInt8 = 11
    static let begin: UInt8 = 12
  }

  /// After ModRM: a displacement that counts from the instruction's end.
  static let nearData: UInt8 = 0x84
  /// After ModRM: a scaled index whose base may be none.
  static let scaled: UInt8 = 0x41

  /// One-byte, 0F, and VEX map 1, 256 each; then what follows each ModRM; then how many bytes each plain tail has, 16
  /// without prefixes, 16 with the operand prefix, 32 with REX.W.
  private let start: UnsafeMutablePointer<UInt8>

  /// What nearly every opcode of the first two maps says, so that it is known at one look.
  ///
  /// The low four bits are how many bytes follow, ModRM among them, without those that it asks for.
  enum Plain {
    /// Two bits above: the field that is no data's.
    static let fieldShift: UInt16 = 4
    /// Four bytes more with REX.W, this bit's place.
    static let wideShift: UInt16 = 6
    /// It is not so simple.
    static let none: UInt16 = 0x80
    /// ModRM follows: ones in all eight bits from here on.
    static let modRMShift: UInt16 = 8
  }

  /// 256 for each map.
  private let plains: UnsafeMutablePointer<UInt16>

  static let shared = X86Tables()

  private init() {
    unsafe start = .allocate(capacity: 1_088)
    unsafe plains = .allocate(capacity: 512)
    for (map, letters) in [X86Opcodes.oneByte, X86Opcodes.twoByte, X86Opcodes.vectorOne].enumerated() {
      precondition(letters.utf8CodeUnitCount == 256)
      for opcode in 0..<256 { unsafe start[map * 256 + opcode] = Self.code(letters.utf8Start[opcode]) }
    }
    for opcode in 0..<512 { unsafe plains[opcode] = Self.plain(start[opcode]) }
    for byte in UInt8.min...UInt8.max { unsafe start[768 + Int(byte)] = Self.displacement(byte) }
    for size in 0..<4 {
      for tail in 0..<16 { unsafe start[1_024 + size * 16 + tail] = Self.byteCount(UInt8(tail), UInt8(size)) }
    }
  }

  private static func plain(_ form: UInt8) -> UInt16 {
    guard form & (special | register) == 0 else { return Plain.none }
    let tail = form >> tailShift
    let modRM: UInt16 = form & Self.modRM == 0 ? 0 : 0xff << Plain.modRMShift | 1
    switch tail {
    case Tail.shortJump: return 1 | UInt16(X86Instruction.Field.shortJump.rawValue) << Plain.fieldShift
    case Tail.jump: return 4 | UInt16(X86Instruction.Field.jump.rawValue) << Plain.fieldShift
    case Tail.wide: return 4 | 1 << Plain.wideShift
    default:
      let count = byteCount(tail, 0)
      return count & special == 0 ? modRM &+ UInt16(count) : Plain.none
    }
  }

  @inline(__always)
  func plain(_ opcode: UInt16) -> UInt16 { unsafe plains[Int(opcode)] }

  @inline(__always)
  func afterModRM(_ byte: UInt8) -> UInt8 { unsafe start[768 &+ Int(byte)] }

  @inline(__always)
  func afterTail(_ tail: UInt8, _ size: UInt8) -> UInt8 { unsafe start[1_024 &+ Int(size << 4 | tail)] }

  private static func displacement(_ modRM: UInt8) -> UInt8 {
    switch (modRM >> 6, modRM & 7) {
    case (3, _): 0
    case (0, 5): nearData
    case (0, 4): scaled
    case (0, _): 0
    case (1, let register): register == 4 ? 2 : 1
    default: modRM & 7 == 4 ? 5 : 4
    }
  }

  private static func byteCount(_ tail: UInt8, _ size: UInt8) -> UInt8 {
    switch tail {
    case Tail.none: 0
    case Tail.byte: 1
    case Tail.two: 2
    case Tail.operand: size == 1 ? 2 : 4
    case Tail.wide: size & 2 != 0 ? 8 : size == 1 ? 2 : 4
    case Tail.enter: 3
    default: special
    }
  }

  @inline(__always)
  subscript(map: Int, opcode: UInt8) -> UInt8 { unsafe start[map &* 256 &+ Int(opcode)] }

  private static func code(_ letter: UInt8) -> UInt8 {
    func tail(_ tail: UInt8, _ flags: UInt8 = 0) -> UInt8 { tail << tailShift | flags }
    switch Character(Unicode.Scalar(letter)) {
    case ".": return 0
    case "m": return modRM
    case "r": return modRM | register
    case "b": return tail(Tail.byte)
    case "w": return tail(Tail.two)
    case "z": return tail(Tail.operand)
    case "v": return tail(Tail.wide)
    case "e": return tail(Tail.enter)
    case "o": return tail(Tail.address)
    case "j": return tail(Tail.shortJump)
    case "J": return tail(Tail.jump)
    case "B": return tail(Tail.byte, modRM)
    case "Z": return tail(Tail.operand, modRM)
    case "X": return tail(Tail.begin, modRM)
    case "g": return tail(Tail.groupByte, modRM)
    case "G": return tail(Tail.groupOperand, modRM)
    case "q": return tail(Tail.pair, modRM)
    case "p", "R", "E": return special
    default: return undefined
    }
  }
}
