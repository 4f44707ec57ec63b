/// Codes bits, each with a probability that both sides know.
package protocol BinaryCoder {
  /// Codes one bit that is 1 with a probability of `probability` in 65,536, from 1 to 65,535.
  ///
  /// A writer writes `bit` and gives it back; a reader gives the bit that it reads.
  mutating func code(_ bit: Int, _ probability: UInt32) -> Int
}

/// Writes bits (a carry-less range coder, docs/formats/payload.md, "Mixed coding").
package struct BinaryEncoder: BinaryCoder {
  private var low: UInt32 = 0
  private var high: UInt32 = .max
  private var bytes: [UInt8] = []

  package init() {}

  /// How many bytes are written for good.
  package var byteCount: Int { bytes.count }

  package mutating func code(_ bit: Int, _ probability: UInt32) -> Int {
    let middle = low &+ UInt32(truncatingIfNeeded: (UInt64(high &- low) &* UInt64(probability)) >> 16)
    if bit != 0 { high = middle } else { low = middle &+ 1 }
    while (low ^ high) >> 24 == 0 {
      bytes.append(UInt8(truncatingIfNeeded: high >> 24))
      low <<= 8
      high = high << 8 | 0xff
    }
    return bit
  }

  /// What was written, as few bytes as will do: a reader finds zeros after them.
  package consuming func finish() -> [UInt8] {
    var mask: UInt32 = .max
    // The value between low and high with the most zeros at its end; 0 itself needs no byte at all.
    while mask != 0, low != 0 {
      let shorter = mask << 8
      let (value, overflow) = low.addingReportingOverflow(~shorter)
      guard !overflow, value & shorter <= high else { break }
      mask = shorter
    }
    let value = low == 0 ? 0 : (mask == .max ? low : (low &+ ~mask) & mask)
    for shift in [24, 16, 8, 0] as [UInt32] { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
    while bytes.last == 0 { bytes.removeLast() }
    return bytes
  }
}

/// Reads what `BinaryEncoder` wrote; any bytes give some bits.
package struct BinaryDecoder: BinaryCoder {
  private var low: UInt32 = 0
  private var high: UInt32 = .max
  private var value: UInt32 = 0
  private let bytes: [UInt8]
  private var position = 0

  package init(_ bytes: [UInt8]) {
    self.bytes = bytes
    for _ in 0..<4 { shift() }
  }

  @inline(__always)
  private mutating func shift() {
    let byte = position < bytes.count ? bytes[position] : 0
    position &+= 1
    value = value << 8 | UInt32(byte)
  }

  /// What was read so far, in 256ths of a bit: the bytes taken in, less what the range still leaves open.
  package var spent: Int {
    let range = UInt64(high - low) + 1
    // The logarithm, with straight lines between the powers of two: what is wrong with it does not add up.
    let zeros = range.leadingZeroBitCount
    let logarithm = (63 - zeros) << 8 | Int((range << UInt64(zeros)) >> 55 & 0xff)
    return position << 11 - logarithm
  }

  package mutating func code(_ bit: Int, _ probability: UInt32) -> Int {
    let middle = low &+ UInt32(truncatingIfNeeded: (UInt64(high &- low) &* UInt64(probability)) >> 16)
    let found: Int
    if value <= middle {
      high = middle
      found = 1
    } else {
      low = middle &+ 1
      found = 0
    }
    while (low ^ high) >> 24 == 0 {
      low <<= 8
      high = high << 8 | 0xff
      shift()
    }
    return found
  }
}
