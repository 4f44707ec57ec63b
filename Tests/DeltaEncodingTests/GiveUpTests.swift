import BinaryDelta
import Testing

@testable import DeltaEncoding

/// Where files have nothing in common, a delta is given up before it costs much.
@Suite struct GiveUpTests {
  /// Text of words that a seed makes up, so that two of them share letters and not words.
  private static func text(_ count: Int, seed: UInt64) -> [UInt8] {
    var state = seed
    func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state >> 33
    }
    let words = (0..<2_000).map { _ in (0..<3 + next() % 9).map { _ in UInt8(97 + next() % 26) } + [32] }
    var bytes: [UInt8] = []
    while bytes.count < count { bytes += words[Int(next() % 2_000)] }
    return Array(bytes.prefix(count))
  }

  /// Half of such text is what it takes packed.
  private static let packedShare = 512

  private static func blocks(_ old: [UInt8], _ new: [UInt8], hopeByteCount: Int) -> [DeltaBlock]? {
    unsafe old.withUnsafeBufferPointer { old in
      unsafe new.withUnsafeBufferPointer { new in
        unsafe DeltaPlanner(baseline: old, improved: new, hopeByteCount: hopeByteCount)
          .blocks(packedShare: packedShare)
      }
    }
  }

  @Test func `another file under the same name travels whole`() throws {
    let (old, new) = (Self.text(1 << 16, seed: 1), Self.text(1 << 16, seed: 2))
    #expect(Self.blocks(old, new, hopeByteCount: 1 << 16) == nil)
    #expect(Self.blocks(old, new, hopeByteCount: .max)?.isEmpty == false)
    let payload = try PayloadEncoder.encode(baseline: Array(old.prefix(4_096)), improved: Array(new.prefix(4_096)))
    #expect(try PayloadHeader(parsing: payload).parts.map(\.method) == [.whole])
  }

  @Test func `a delta is given up after a quarter of the way, whatever follows`() {
    let old = Self.text(1 << 16, seed: 1)
    // What follows stands elsewhere in the old file, so that no copy reaches back over the beginning.
    let new = Self.text(3 << 13, seed: 2) + old[(1 << 14)...]
    #expect(Self.blocks(old, new, hopeByteCount: 1 << 16) == nil)
    #expect(Self.blocks(old, new, hopeByteCount: .max)?.map(\.copyLength).max() ?? 0 >= 1 << 15)
  }

  @Test func `a file that has another beginning is not given up`() {
    let (old, other) = (Self.text(5 << 14, seed: 1), Self.text(1 << 13, seed: 2))
    let new = other + old[(1 << 13)...]
    let blocks = Self.blocks(old, new, hopeByteCount: 1 << 16)
    #expect(blocks?.map(\.copyLength).max() ?? 0 >= old.count - (1 << 13))
    #expect(Self.blocks(old, Self.text(5 << 14, seed: 3), hopeByteCount: 1 << 16) == nil)
  }
}
