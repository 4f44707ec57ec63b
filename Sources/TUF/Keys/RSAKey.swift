internal import Crypto

/// A public RSA key and the verification of RSASSA-PSS with SHA-256 and MGF1 with SHA-256 (RFC 8017, 8.1.2).
///
/// Written here because the package that has it costs the device 1.3 MB for this one function. There is no secret in a
/// verification, so its time may depend on its input. The salt may have any length, as the reference implementation takes.
struct RSAKey: Sendable, Hashable {
  /// The shortest and longest modulus, in bits; a longer one would take too long.
  static let bitLimits = 2_048...8_192
  private static let digestByteCount = 32
  /// 1.2.840.113549.1.1.1 with NULL parameters (RFC 3279, 2.3.1).
  private static let algorithm: [UInt8] = [
    0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
  ]

  /// The modulus, most significant byte first, without leading zeros.
  private let modulus: [UInt8]
  private let exponent: UInt64

  /// Reads a SubjectPublicKeyInfo; nil for any other bytes, and for a key outside the limits.
  init?(subjectPublicKeyInfo bytes: [UInt8]) {
    var outer = DERReader(bytes)
    guard let info = outer.next(DERReader.sequence), outer.isAtEnd else { return nil }
    var fields = DERReader(info)
    guard fields.next(DERReader.sequence) == Self.algorithm, let bits = fields.next(DERReader.bitString),
      fields.isAtEnd, bits.first == 0
    else { return nil }
    var wrapped = DERReader(Array(bits.dropFirst()))
    guard let numbers = wrapped.next(DERReader.sequence), wrapped.isAtEnd else { return nil }
    var key = DERReader(numbers)
    guard let modulus = key.nextPositive(), let exponent = key.nextPositive(), key.isAtEnd else { return nil }
    self.init(modulus: modulus, exponent: exponent)
  }

  private init?(modulus: [UInt8], exponent: [UInt8]) {
    let value = exponent.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard let first = modulus.first, let last = modulus.last, last & 1 == 1,
      Self.bitLimits.contains(modulus.count * 8 - first.leadingZeroBitCount),
      // NIST SP 800-56B wants at least 65,537; shorter ones are in use and do PSS no harm.
      exponent.count <= 4, value & 1 == 1, value >= 3
    else { return nil }
    self.modulus = modulus
    self.exponent = value
  }

  /// The number of bits of the modulus.
  private var bitCount: Int { modulus.count * 8 - modulus[0].leadingZeroBitCount }

  /// Whether a signature over some bytes is this key's.
  func isValid(_ signature: [UInt8], over bytes: [UInt8]) -> Bool {
    guard signature.count == modulus.count, signature.lexicographicallyPrecedes(modulus) else { return false }
    let number = Montgomery(modulus).power(signature, exponent)
    let byteCount = (bitCount + 6) / 8
    // The encoded message has one bit less than the modulus, so perhaps a byte less.
    guard number.prefix(number.count - byteCount).allSatisfy({ $0 == 0 }) else { return false }
    return Self.isEncoding(Array(number.suffix(byteCount)), bitCount: bitCount - 1, of: bytes)
  }

  /// RFC 8017, 9.1.2, EMSA-PSS-VERIFY.
  private static func isEncoding(_ encoded: [UInt8], bitCount: Int, of message: [UInt8]) -> Bool {
    let maskedCount = encoded.count - digestByteCount - 1
    guard maskedCount >= 1, encoded.last == 0xbc else { return false }
    let digest = Array(encoded[maskedCount..<(maskedCount + digestByteCount)])
    let unused = encoded.count * 8 - bitCount
    guard encoded[0] >> UInt8(8 - unused) == 0 || unused == 0 else { return false }
    var block = zip(encoded, mask(digest, count: maskedCount)).map { $0 ^ $1 }
    if unused > 0 { block[0] &= 0xff >> UInt8(unused) }
    guard let mark = block.firstIndex(where: { $0 != 0 }), block[mark] == 1 else { return false }
    let salt = block[(mark + 1)...]
    var hash = SHA256()
    hash.update(data: [UInt8](repeating: 0, count: 8))
    hash.update(data: Array(SHA256.hash(data: message)))
    hash.update(data: Array(salt))
    return Array(hash.finalize()) == digest
  }

  /// RFC 8017, B.2.1, MGF1.
  private static func mask(_ seed: [UInt8], count: Int) -> [UInt8] {
    var mask: [UInt8] = []
    var counter: UInt32 = 0
    while mask.count < count {
      let bytes = (0..<4).map { UInt8(truncatingIfNeeded: counter >> UInt32(24 - 8 * $0)) }
      mask += SHA256.hash(data: seed + bytes)
      counter += 1
    }
    return Array(mask.prefix(count))
  }
}

/// Arithmetic modulo one odd number (Montgomery 1985; the order of operations is CIOS of Koç, Acar and Kaliski 1996).
private struct Montgomery {
  /// Little-endian words.
  private let modulus: [UInt64]
  private let byteCount: Int
  /// −1 divided by the modulus, modulo 2^64.
  private let inverse: UInt64

  init(_ modulus: [UInt8]) {
    self.modulus = Self.words(modulus)
    byteCount = modulus.count
    // Newton's iteration doubles the number of right bits; an odd number is its own inverse modulo 8.
    var inverse = self.modulus[0]
    for _ in 0..<5 { inverse = inverse &* (2 &- self.modulus[0] &* inverse) }
    self.inverse = 0 &- inverse
  }

  /// `base` to the power of `exponent`, most significant byte first, as many bytes as the modulus; `base` is less than
  /// the modulus, `exponent` at least 1.
  func power(_ base: [UInt8], _ exponent: UInt64) -> [UInt8] {
    let factor = inForm(Self.words(base) + [UInt64](repeating: 0, count: modulus.count - Self.words(base).count))
    var result = factor
    for bit in (0..<(63 - exponent.leadingZeroBitCount)).reversed() {
      result = product(result, result)
      if exponent >> UInt64(bit) & 1 == 1 { result = product(result, factor) }
    }
    var one = [UInt64](repeating: 0, count: modulus.count)
    one[0] = 1
    let words = product(result, one)
    let bytes = words.reversed().flatMap { word in
      (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * $0)) }
    }
    return Array(bytes.suffix(byteCount))
  }

  /// A number times 2^(64 · words), by doubling.
  private func inForm(_ number: [UInt64]) -> [UInt64] {
    var number = number
    for _ in 0..<(64 * modulus.count) {
      let carry = number[modulus.count - 1] >> 63
      for index in (1..<modulus.count).reversed() { number[index] = number[index] << 1 | number[index - 1] >> 63 }
      number[0] <<= 1
      number = reduced(number, carry: carry)
    }
    return number
  }

  private func product(_ left: [UInt64], _ right: [UInt64]) -> [UInt64] {
    let count = modulus.count
    var sum = [UInt64](repeating: 0, count: count + 2)
    for word in left {
      var carry: UInt64 = 0
      for index in 0..<count { (carry, sum[index]) = Self.multiplyAdd(word, right[index], sum[index], carry) }
      add(carry, to: &sum)
      let factor = sum[0] &* inverse
      (carry, _) = Self.multiplyAdd(factor, modulus[0], sum[0], 0)
      for index in 1..<count { (carry, sum[index - 1]) = Self.multiplyAdd(factor, modulus[index], sum[index], carry) }
      let (low, overflow) = sum[count].addingReportingOverflow(carry)
      sum[count - 1] = low
      sum[count] = sum[count + 1] &+ (overflow ? 1 : 0)
      sum[count + 1] = 0
    }
    return reduced(Array(sum.prefix(count)), carry: sum[count])
  }

  private func add(_ carry: UInt64, to sum: inout [UInt64]) {
    let count = modulus.count
    let (low, overflow) = sum[count].addingReportingOverflow(carry)
    sum[count] = low
    sum[count + 1] = overflow ? 1 : 0
  }

  /// A number below twice the modulus, less the modulus where it is not below it.
  private func reduced(_ number: [UInt64], carry: UInt64) -> [UInt64] {
    if carry == 0, number.reversed().lexicographicallyPrecedes(modulus.reversed()) { return number }
    var result = number
    var borrow: UInt64 = 0
    for index in modulus.indices {
      let (less, under) = number[index].subtractingReportingOverflow(modulus[index])
      let (least, again) = less.subtractingReportingOverflow(borrow)
      result[index] = least
      borrow = under || again ? 1 : 0
    }
    return result
  }

  /// `left · right + first + second`, which always fits two words.
  private static func multiplyAdd(
    _ left: UInt64, _ right: UInt64, _ first: UInt64, _ second: UInt64
  ) -> (high: UInt64, low: UInt64) {
    let (high, low) = left.multipliedFullWidth(by: right)
    let (once, overflow) = low.addingReportingOverflow(first)
    let (twice, again) = once.addingReportingOverflow(second)
    return (high &+ (overflow ? 1 : 0) &+ (again ? 1 : 0), twice)
  }

  private static func words(_ bytes: [UInt8]) -> [UInt64] {
    stride(from: bytes.count, to: 0, by: -8).map { end in
      bytes[max(0, end - 8)..<end].reduce(0) { $0 << 8 | UInt64($1) }
    }
  }
}
