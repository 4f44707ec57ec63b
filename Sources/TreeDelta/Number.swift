/// Numbers as payloads have them: unsigned LEB128 in its shortest form, at most 2^63 − 1.
enum Number {
  private static let byteLimit = 9

  static func append(_ value: Int, to bytes: inout [UInt8]) {
    var rest = UInt64(value)
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  /// Takes a number off the front.
  static func take(from bytes: inout ArraySlice<UInt8>, _ part: String) throws(TreeError) -> Int {
    var value: UInt64 = 0
    for count in 0..<byteLimit {
      guard let byte = bytes.popFirst() else { throw .truncated(part) }
      value |= UInt64(byte & 0x7f) << UInt64(7 * count)
      if byte & 0x80 == 0 {
        guard byte != 0 || count == 0 else { break }
        return Int(value)
      }
    }
    throw .malformedNumber(part)
  }
}
