internal import BinaryDelta
internal import ELFImage

/// An image for matching only: every reference is replaced by a sign of what it means, so that code that moved looks as if
/// it had not.
enum NormalizedImage {
  /// Fields are found for so many bytes at a time.
  private static let partByteCount = 1 << 20

  /// Replaces fields by `sign`, which gives a number for each; its low bytes are taken, four at most.
  static func make(_ bytes: [UInt8], _ map: ReferenceMap, sign: (Reference) -> UInt64) -> [UInt8] {
    var result = bytes
    var fields: [Reference] = []
    for start in stride(from: 0, to: bytes.count, by: partByteCount) {
      fields.removeAll(keepingCapacity: true)
      map.appendReferences(in: start..<min(start + partByteCount, bytes.count), of: bytes.span, to: &fields)
      unsafe result.withUnsafeMutableBufferPointer { result in
        for field in fields {
          var rest = sign(field)
          for index in 0..<field.byteCount {
            unsafe result[field.offset + index] = index < 4 ? UInt8(truncatingIfNeeded: rest) : 0
            rest >>= 8
          }
        }
      }
    }
    return result
  }

  /// A sign of the kind alone, or of the name that is meant.
  static func kindSign(_ field: Reference, _ bytes: [UInt8]) -> UInt64 {
    field.symbol == 0
      ? UInt64(field.kind.rawValue) &* 0x0100_0193 ^ UInt64(field.instruction) : nameSign(Int(field.symbol), bytes)
  }

  /// A sign of a target, which both images have in the improved image's addresses.
  static func targetSign(_ field: Reference, _ target: UInt64, _ bytes: [UInt8]) -> UInt64 {
    if field.symbol != 0 { return nameSign(Int(field.symbol), bytes) }
    return target ^ UInt64(field.kind.rawValue) << 28
  }

  /// FNV-1a of a name.
  private static func nameSign(_ start: Int, _ bytes: [UInt8]) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    var index = start
    while index < bytes.count, bytes[index] != 0, index - start < ELFImage.symbolNameByteLimit {
      hash = (hash ^ UInt64(bytes[index])) &* 0x100_0000_01b3
      index += 1
    }
    return hash | 1
  }
}
