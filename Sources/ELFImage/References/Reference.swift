/// A field of an image whose value says where something else lies.
///
/// When code or data moves, such fields change although nothing was edited. Whoever knows where the target went can
/// compute the field anew: `encoded` gives the value for a place, a target and a base, `target` the way back.
public struct Reference: Sendable, Hashable {
  /// How a field says where its target lies.
  public enum Kind: UInt8, Sendable, Hashable, CaseIterable {
    /// 4 bytes: target − (place + parameter). Calls, jumps, data of x86-64 code; frames.
    case relative32 = 1
    /// 1 byte: target − (place + parameter). Short jumps of x86-64 code.
    case relative8 = 2
    /// 8 bytes: the target.
    case absolute64 = 3
    /// 4 bytes: the target.
    case absolute32 = 4
    /// 4 bytes: target − base.
    case based32 = 5
    /// 8 bytes: target − base.
    case based64 = 6
    /// 4 bytes: place − target.
    case backward32 = 7
    /// 4 bytes: (target − base) ÷ parameter.
    case index32 = 8
    /// 8 bytes: the target, which is an offset in the file, not an address.
    case fileOffset64 = 9
    /// aarch64, B and BL: bits 0–25 are (target − place) ÷ 4.
    case branch26 = 16
    /// aarch64, B.cond, CBZ, CBNZ, LDR (literal): bits 5–23 are (target − place) ÷ 4.
    case branch19 = 17
    /// aarch64, TBZ and TBNZ: bits 5–18 are (target − place) ÷ 4.
    case branch14 = 18
    /// aarch64, ADR: bits 29–30 and 5–23 are target − place.
    case address21 = 19
    /// aarch64, ADRP: bits 29–30 and 5–23 are target ÷ 4096 − place ÷ 4096.
    case page21 = 20
    /// aarch64, ADD, loads and stores: bits 10–21 are the target's low 12 bits, shifted right by parameter.
    case low12 = 21

    /// How many bytes the field has.
    @inlinable
    public var byteCount: Int {
      switch self {
      case .relative8: 1
      case .absolute64, .based64, .fileOffset64: 8
      default: 4
      }
    }
  }

  /// Where the field begins in the file.
  public var offset: Int
  /// How it says where its target lies.
  public var kind: Kind
  /// What the kind makes of it: a distance, a stride, a shift.
  public var parameter: UInt8
  /// For kinds of aarch64, the instruction without the bits that say where the target lies; else 0.
  public var instruction: UInt32
  /// Where the name of the symbol that is meant begins in the file; 0 if no symbol is.
  public var symbol: UInt32
  /// What is referred to: an address, but an offset in the file for `fileOffset64`.
  public var target: UInt64
  /// The address from which kinds with a base count; else 0.
  public var base: UInt64

  init(
    offset: Int, kind: Kind, parameter: UInt8 = 0, instruction: UInt32 = 0, symbol: UInt32 = 0, target: UInt64,
    base: UInt64 = 0
  ) {
    self.offset = offset
    self.kind = kind
    self.parameter = parameter
    self.instruction = instruction
    self.symbol = symbol
    self.target = target
    self.base = base
  }

  /// How many bytes the field has.
  @inlinable
  public var byteCount: Int { kind.byteCount }
}

extension Reference {
  /// The field's value, in its low bytes, for a field at the address `place` that refers to `target`.
  ///
  /// What does not fit the field is cut off, so that every place, target and base give some value.
  @inlinable
  public func encoded(place: UInt64, target: UInt64, base: UInt64) -> UInt64 {
    switch kind {
    case .relative32: (target &- (place &+ UInt64(parameter))) & 0xffff_ffff
    case .relative8: (target &- (place &+ UInt64(parameter))) & 0xff
    case .absolute64, .fileOffset64: target
    case .absolute32: target & 0xffff_ffff
    case .based32: (target &- base) & 0xffff_ffff
    case .based64: target &- base
    case .backward32: (place &- target) & 0xffff_ffff
    case .index32: ((target &- base) / UInt64(max(parameter, 1))) & 0xffff_ffff
    case .branch26: word((target &- place) >> 2, 26, at: 0)
    case .branch19: word((target &- place) >> 2, 19, at: 5)
    case .branch14: word((target &- place) >> 2, 14, at: 5)
    case .address21: split21(target &- place)
    case .page21: split21((target >> 12) &- (place >> 12))
    case .low12: word((target & 0xfff) >> UInt64(parameter & 15), 12, at: 10)
    }
  }

  /// What a field at the address `place` refers to if its low bytes are `value`.
  ///
  /// Kinds that hold only a part of the target (`page21`, `low12`) take the rest from `predicted`.
  public func target(of value: UInt64, place: UInt64, base: UInt64, predicted: UInt64) -> UInt64 {
    switch kind {
    case .relative32: place &+ UInt64(parameter) &+ Self.signed(value, 32)
    case .relative8: place &+ UInt64(parameter) &+ Self.signed(value, 8)
    case .absolute64, .fileOffset64: value
    case .absolute32: value & 0xffff_ffff
    case .based32: base &+ Self.signed(value, 32)
    case .based64: base &+ value
    case .backward32: place &- (value & 0xffff_ffff)
    case .index32: base &+ (value & 0xffff_ffff) &* UInt64(max(parameter, 1))
    case .branch26: place &+ Self.signed(value, 26) << 2
    case .branch19: place &+ Self.signed(value >> 5, 19) << 2
    case .branch14: place &+ Self.signed(value >> 5, 14) << 2
    case .address21: place &+ Self.joined21(value)
    case .page21: ((place >> 12) &+ Self.joined21(value)) << 12 | predicted & 0xfff
    case .low12: predicted & ~0xfff | ((value >> 10 & 0xfff) << UInt64(parameter & 15)) & 0xfff
    }
  }

  @usableFromInline
  func word(_ value: UInt64, _ width: UInt64, at shift: UInt64) -> UInt64 {
    UInt64(instruction) | (value & ((1 << width) - 1)) << shift
  }

  @usableFromInline
  func split21(_ value: UInt64) -> UInt64 {
    UInt64(instruction) | (value & 3) << 29 | (value >> 2 & 0x7_ffff) << 5
  }

  private static func joined21(_ value: UInt64) -> UInt64 {
    signed((value >> 5 & 0x7_ffff) << 2 | value >> 29 & 3, 21)
  }

  /// The low `width` bits as a signed number, in two's complement.
  private static func signed(_ value: UInt64, _ width: UInt64) -> UInt64 {
    let shift = 64 - width
    return UInt64(bitPattern: Int64(bitPattern: value << shift) >> Int64(shift))
  }
}
