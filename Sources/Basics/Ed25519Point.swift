/// What is to be refused of an encoded Ed25519 public key before anything is verified with it.
public enum Ed25519Point {
  /// The number of bytes in an encoded point (RFC 8032, 5.1.2).
  public static let byteCount = 32

  /// Whether an encoded point is one of the eight of small order, under which anybody can make signatures, or has its
  /// coordinate not below the field's prime, so that the point has a second encoding.
  public static func isWeak(_ bytes: [UInt8]) -> Bool {
    guard bytes.count == byteCount else { return true }
    // The last bit is the sign of the other coordinate.
    let coordinate = bytes.dropLast() + [bytes[bytes.count - 1] & 0x7f]
    let zeros = [UInt8](repeating: 0, count: 31)
    let ones = [UInt8](repeating: 0xff, count: 30) + [0x7f]
    // From 2^255 − 20, which is −1, upwards: −1 has small order, and the rest is not below the prime.
    let isHigh = coordinate[0] >= 0xec && Array(coordinate[1...]) == ones
    let isLow = coordinate[0] <= 1 && Array(coordinate[1...]) == zeros
    return isHigh || isLow || orderEight.contains(Hex.encode(coordinate))
  }

  private static let orderEight: Set<String> = [
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  ]
}
