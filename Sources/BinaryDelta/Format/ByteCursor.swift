/// A position in untrusted bytes that never leaves them.
struct ByteCursor {
  private(set) var position: Int

  init(position: Int = 0) {
    self.position = position
  }

  mutating func byte(of bytes: RawSpan, _ part: String) throws(PayloadError) -> UInt8 {
    guard position < bytes.byteCount else { throw .truncated(part) }
    defer { position += 1 }
    return unsafe bytes.unsafeLoad(fromByteOffset: position, as: UInt8.self)
  }

  mutating func take(_ count: Int, of bytes: RawSpan, _ part: String) throws(PayloadError) -> [UInt8] {
    guard count >= 0, count <= bytes.byteCount - position else { throw .truncated(part) }
    defer { position += count }
    return unsafe bytes.extracting(position..<position + count).withUnsafeBytes { unsafe Array($0) }
  }

  /// A variable-length integer of at most 9 bytes, which is at most 2^63 - 1.
  mutating func integer(of bytes: RawSpan, _ part: String) throws(PayloadError) -> Int {
    var reader = VariableInteger()
    while true {
      if let value = try reader.take(byte(of: bytes, part), part) { return Int(value) }
    }
  }

  /// The length of a file, held to the format's limit.
  mutating func length(of bytes: RawSpan, _ part: String) throws(PayloadError) -> Int {
    let value = try integer(of: bytes, part)
    guard value <= PayloadFormat.fileByteLimit else { throw .fileTooLarge(part, length: value) }
    return value
  }
}

/// LEB128: seven bits a byte, least significant first, the high bit says that more follow; only the shortest form, at
/// most 9 bytes, so that one value has one spelling and fits 63 bits.
package struct VariableInteger {
  static let byteLimit = 9

  private var value: UInt64 = 0
  private var count = 0

  /// Takes the next byte; gives the value when it is complete.
  mutating func take(_ byte: UInt8, _ part: String) throws(PayloadError) -> UInt64? {
    value |= UInt64(byte & 0x7f) << UInt64(7 * count)
    count += 1
    if byte & 0x80 != 0 {
      guard count < Self.byteLimit else { throw .malformedInteger(part) }
      return nil
    }
    guard byte != 0 || count == 1 else { throw .malformedInteger(part) }
    return value
  }

  /// How many bytes a value below 2^63 takes.
  static func byteCount(of value: UInt64) -> Int { max(1, (70 - (value | 1).leadingZeroBitCount) / 7) }

  /// Appends a value below 2^63.
  package static func append(_ value: UInt64, to bytes: inout [UInt8]) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  /// Folds a signed number so that small magnitudes become small unsigned ones: 0, -1, 1, -2 become 0, 1, 2, 3.
  package static func fold(_ value: Int) -> UInt64 {
    UInt64(bitPattern: Int64(value << 1)) ^ UInt64(bitPattern: Int64(value >> 63))
  }

  /// The inverse of `fold`.
  package static func unfold(_ value: UInt64) -> Int {
    Int(value >> 1) ^ -Int(value & 1)
  }
}
