import Basics
import BinaryDelta
import Testing

/// Payloads that were made once and must be read for as long as format 0 is: they stand here byte for byte.
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
    "535554500001017f833563041b5200963ecf9446992929d945c0bc0bec2b3a5bc706c1a7d607394689014c659364d24af231"
    + "215c96e60a5034cb0afe5b5d753e285be2728ff41270768c060f7d190c1528b52ffd000031000000340a00490228b52ffd00"
    + "008500002800fdf2fc000300a7000102893a700528b52ffd00006100002c20617320657665722c210a"

  static let wholeForBaseline =
    "535554500000017f833563041b5200963ecf9446992929d945c0bc0bec2b3a5bc706c1a7d607394601bb7208bc9b5d7c04f1"
    + "236a82a0093a5e33f40423d5ba8d4266f7092c3ba43b6228b52ffd000009000021"

  static let whole =
    "5355545000000089014c659364d24af231215c96e60a5034cb0afe5b5d753e285be2728ff41270768c28b52ffd0000450300"
    + "22871511907d10fa41e94fa3d93ab30d111f4f740620d4b476710effabd7a23caaecc296435fd9f5d0112c2e9c2b6e8b23b8"
    + "9edb08bd7e442ee8e3f75a5c8c1491eb5d9cbfb24e1f47aff25de6b61c873952e3edac3bfd150905005c69ae0eb0a8b658c0"
    + "32ae5906"

  static func bytes(_ hex: String) throws -> [UInt8] {
    try #require(Hex.decode(hex, byteCount: hex.utf8.count / 2))
  }

  @Test func `a delta of format 0 is still read`() throws {
    let payload = try Self.bytes(Self.delta)
    let header = try PayloadHeader(parsing: payload)
    #expect(header.format == 0 && header.method == .delta && header.byteCount == 74)
    #expect(header.baseline == PayloadFile(length: 127, digest: Digest(of: Self.baseline)))
    #expect(header.improved == PayloadFile(length: 137, digest: Digest(of: Self.improved)))
    #expect(try PayloadDecoder.apply(payload, to: Self.baseline, outputLimit: 137) == Self.improved)
  }

  @Test func `a whole file for one baseline is still read`() throws {
    let payload = try Self.bytes(Self.wholeForBaseline)
    #expect(try PayloadHeader(parsing: payload).method == .whole)
    #expect(try PayloadDecoder.apply(payload, to: Self.baseline, outputLimit: 1) == Array("!".utf8))
    #expect(throws: PayloadError.wrongBaselineLength(expected: 127, found: 0)) {
      try PayloadDecoder.apply(payload, to: [], outputLimit: 1)
    }
  }

  @Test func `a whole file for any baseline is still read`() throws {
    let payload = try Self.bytes(Self.whole)
    #expect(try PayloadHeader(parsing: payload).baseline == nil)
    #expect(try PayloadDecoder.apply(payload, to: [], outputLimit: 137) == Self.improved)
    #expect(try PayloadDecoder.apply(payload, to: Self.baseline, outputLimit: 137) == Self.improved)
  }
}
