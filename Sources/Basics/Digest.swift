internal import Crypto

/// A SHA-256 digest: 32 bytes, written as 64 lower-case hexadecimal digits.
///
/// The only way from text is the strict initialiser, so a digest that exists is well formed and safe in a file name.
public struct Digest: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// The number of bytes in a digest.
  public static let byteCount = 32

  private let word0: UInt64
  private let word1: UInt64
  private let word2: UInt64
  private let word3: UInt64

  /// Takes exactly 32 bytes; any other count gives nil.
  public init?(bytes: some Collection<UInt8>) {
    guard bytes.count == Self.byteCount else { return nil }
    self.init(unchecked: bytes)
  }

  /// Parses exactly 64 lower-case hexadecimal digits; upper case is refused, so that a digest has one spelling.
  public init?(_ hex: some StringProtocol) {
    guard let bytes = Hex.decode(hex, byteCount: Self.byteCount) else { return nil }
    self.init(unchecked: bytes)
  }

  /// The digest of some bytes.
  public init(of bytes: some Sequence<UInt8>) {
    var hasher = Hasher()
    hasher.update(Array(bytes))
    self = hasher.finish()
  }

  private init(unchecked bytes: some Sequence<UInt8>) {
    var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    for (index, byte) in bytes.enumerated() {
      switch index >> 3 {
      case 0: words.0 = words.0 << 8 | UInt64(byte)
      case 1: words.1 = words.1 << 8 | UInt64(byte)
      case 2: words.2 = words.2 << 8 | UInt64(byte)
      default: words.3 = words.3 << 8 | UInt64(byte)
      }
    }
    (word0, word1, word2, word3) = words
  }

  /// The 32 bytes, first byte first.
  public var bytes: [UInt8] {
    [word0, word1, word2, word3].flatMap { word in
      stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: word >> $0) }
    }
  }

  /// 64 lower-case hexadecimal digits.
  public var hex: String { Hex.encode(bytes) }

  /// The digits that are enough for a person to tell digests apart.
  public var short: String { String(hex.prefix(12)) }

  /// The same as `hex`.
  public var description: String { hex }

  /// Compares every word whatever the first ones say, so that the time taken tells nothing.
  public static func == (left: Digest, right: Digest) -> Bool {
    let difference =
      (left.word0 ^ right.word0) | (left.word1 ^ right.word1) | (left.word2 ^ right.word2)
      | (left.word3 ^ right.word3)
    return difference == 0
  }

  /// Orders digests as numbers, first byte most significant.
  public static func < (left: Digest, right: Digest) -> Bool {
    (left.word0, left.word1, left.word2, left.word3) < (right.word0, right.word1, right.word2, right.word3)
  }

  /// SHA-256 of bytes that come in pieces.
  public struct Hasher: Sendable {
    private var state = SHA256()

    /// A hasher that has seen no bytes.
    public init() {}

    /// Takes the next bytes.
    public mutating func update(_ bytes: [UInt8]) {
      state.update(data: bytes)
    }

    /// Takes the next bytes, without a copy.
    public mutating func update(_ bytes: RawSpan) {
      unsafe bytes.withUnsafeBytes { buffer in unsafe state.update(bufferPointer: buffer) }
    }

    /// The digest of all bytes taken so far; the hasher may go on.
    public func finish() -> Digest {
      Digest(unchecked: state.finalize())
    }
  }
}
