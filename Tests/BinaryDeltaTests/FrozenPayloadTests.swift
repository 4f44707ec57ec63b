import Basics
import BinaryDelta
import Testing

/// Payloads that were made once and must be read for as long as format 1 is: they stand here byte for byte.
///
/// The encoder may make others tomorrow; these may not change.
@Suite struct FrozenPayloadTests {
  static let baseline = Array(
    ("The quick brown fox jumps over the lazy dog; the dog does not mind at all, "
      + "and neither does the fox, who has seen lazier dogs.\n").utf8)
  static let improved = Array(
    ("The quick brown cat jumps over the lazy dog; the dog, as ever, does not mind at all, "
      + "and neither does the cat, who has seen lazier dogs!\n").utf8)

  static let delta =
    "53555401817f14833563041b5200964c659364d24af231000200020002000800070000000a00344b0a0000001101014e0101"
    + "1b00fdf2fcfdf2fcf32c20617320657665722c"

  static let mixed =
    "53555401897f14833563041b5200964c659364d24af231f428b06202f8e07176c3ab60a73553c28376ea81225e2a"

  static let wholeForBaseline =
    "53555401807ffb01833563041b520096bb7208bc9b5d7c040021"

  static let whole =
    "535554010089014c659364d24af2310054686520717569636b2062726f776e20636174206a756d7073206f76657220746865"
    + "206c617a7920646f673b2074686520646f672c20617320657665722c20646f6573206e6f74206d696e6420617420616c6c2c"
    + "20616e64206e65697468657220646f657320746865206361742c2077686f20686173207365656e206c617a69657220646f67"
    + "73210a"

  /// Two files: the delta in streams, and an exclamation mark as a whole.
  static let solid =
    "53555401c000fd031400026f590e8f3641389176c579586b9bc871000200020002000800070000000b00344b0a0000001101"
    + "014e01011b00fdf2fcfdf2fcf32c20617320657665722c21"

  static func bytes(_ hex: String) throws -> [UInt8] {
    try #require(Hex.decode(hex, byteCount: hex.utf8.count / 2))
  }

  @Test func `a delta in streams is still read`() throws {
    let payload = try Self.bytes(Self.delta)
    let header = try PayloadHeader(parsing: payload)
    #expect(header.format == 1 && header.parts.map(\.method) == [.delta] && header.byteCount == 23)
    #expect(
      header.isMade(for: [
        (
          PayloadFile(length: 127, digest: Digest(of: Self.baseline)),
          PayloadFile(length: 137, digest: Digest(of: Self.improved))
        )
      ]))
    #expect(try PayloadDecoder.apply(payload, to: Self.baseline, outputLimit: 137) == Self.improved)
  }

  @Test func `a delta in mixed coding is still read`() throws {
    let payload = try Self.bytes(Self.mixed)
    let header = try PayloadHeader(parsing: payload)
    #expect(header.parts.map(\.method) == [.delta] && header.coding == .mixed16)
    #expect(try PayloadDecoder.apply(payload, to: Self.baseline, outputLimit: 137) == Self.improved)
  }

  @Test func `a payload of two files is still read`() throws {
    let payload = try Self.bytes(Self.solid)
    let header = try PayloadHeader(parsing: payload)
    #expect(header.parts.map(\.method) == [.delta, .whole] && header.coding == .streams)
    let files = try PayloadDecoder.apply(payload, toEach: [Self.baseline, []], outputLimit: 138)
    #expect(files == [Self.improved, Array("!".utf8)])
  }

  @Test func `a whole file for one baseline is still read`() throws {
    let payload = try Self.bytes(Self.wholeForBaseline)
    #expect(try PayloadHeader(parsing: payload).parts.map(\.method) == [.whole])
    #expect(try PayloadDecoder.apply(payload, to: Self.baseline, outputLimit: 1) == Array("!".utf8))
    #expect(throws: PayloadError.wrongBaselineLength(expected: 127, found: 0)) {
      try PayloadDecoder.apply(payload, to: [], outputLimit: 1)
    }
  }

  @Test func `a whole file for any baseline is still read`() throws {
    let payload = try Self.bytes(Self.whole)
    #expect(try PayloadHeader(parsing: payload).baselineMark == nil)
    #expect(try PayloadDecoder.apply(payload, to: [], outputLimit: 137) == Self.improved)
    #expect(try PayloadDecoder.apply(payload, to: Self.baseline, outputLimit: 137) == Self.improved)
  }
}
