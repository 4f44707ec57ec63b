internal import Basics
internal import BinaryDelta
internal import Compression
internal import ELFImage

/// One file's way from baseline to improved, said in tokens: matched once, so that it can be written down in several ways.
struct FileTokens: Sendable {
  let method: PayloadMethod
  let tokens: TokenList

  /// How often the files are matched: each time the references of the baseline are said in the addresses that the match
  /// before gave them.
  private static let passes = 3

  /// The whole file as tokens; nil if it is too long for mixed coding, and streams do not need them.
  static func whole(_ improved: [UInt8]) -> FileTokens? {
    guard improved.count <= PayloadFormat.mixedTokenLimit / 64 else { return nil }
    var tokens = TokenList()
    for (index, byte) in improved.enumerated() {
      var before: UInt32 = 0
      for earlier in max(0, index - 4)..<index { before = before << 8 | UInt32(improved[earlier]) }
      tokens.byte(byte, .extra, before: before, likely: 1 << 16)
    }
    return FileTokens(method: .whole, tokens: tokens)
  }

  /// Every way to make a delta of two files.
  static func deltas(_ baseline: [UInt8], _ improved: [UInt8]) -> [FileTokens] {
    guard !baseline.isEmpty, baseline.count <= BaselineIndex.baselineByteLimit else { return [] }
    var maps: (old: ReferenceMap, new: ReferenceMap)?
    if ELFImage.looksLikeImage(baseline), ELFImage.looksLikeImage(improved),
      let old = try? ReferenceMap(of: baseline.span), let new = try? ReferenceMap(of: improved.span)
    {
      maps = (old, new)
    }
    let share = packedShare(improved)
    let found = maps.map { structuredBlocks(baseline, improved, $0, share) } ?? plainBlocks(baseline, improved, share)
    guard let blocks = found, blocks.count <= PayloadFormat.blockLimit else { return [] }
    return unsafe baseline.withUnsafeBufferPointer { old in
      unsafe improved.withUnsafeBufferPointer { new in
        func delta(_ method: PayloadMethod, _ maps: (old: ReferenceMap, new: ReferenceMap)?) -> FileTokens {
          FileTokens(
            method: method, tokens: unsafe DeltaTokens(blocks, baseline: old, improved: new, maps: maps).list)
        }
        return maps.map { [delta(.structured, $0), delta(.delta, nil)] } ?? [delta(.delta, nil)]
      }
    }
  }

  /// What the whole file packed takes at least, in 1,024ths of it: quickly, and a fifth less.
  private static func packedShare(_ improved: [UInt8]) -> Int {
    guard !improved.isEmpty, let packed = try? Zstandard.compress(improved, level: 3, windowLog: 20) else {
      return 1_024
    }
    return min(1_024, max(1, packed.count * 819 / improved.count))
  }

  /// Blocks for two files as they are; nil where nothing comes of it.
  private static func plainBlocks(_ baseline: [UInt8], _ improved: [UInt8], _ share: Int) -> [DeltaBlock]? {
    unsafe baseline.withUnsafeBufferPointer { old in
      unsafe improved.withUnsafeBufferPointer { new in
        unsafe DeltaPlanner(baseline: old, improved: new).blocks(packedShare: share).map {
          unsafe BlockTuner(baseline: old, improved: new).tuned($0)
        }
      }
    }
  }

  private static func structuredBlocks(
    _ baseline: [UInt8], _ improved: [UInt8], _ maps: (old: ReferenceMap, new: ReferenceMap), _ share: Int
  ) -> [DeltaBlock]? {
    var blocks: [DeltaBlock] = []
    for pass in 0..<passes {
      let old: [UInt8]
      let new: [UInt8]
      if pass == 0 {
        old = NormalizedImage.make(baseline, maps.old) { NormalizedImage.kindSign($0, baseline) }
        new = NormalizedImage.make(improved, maps.new) { NormalizedImage.kindSign($0, improved) }
      } else {
        let map = AddressMap(
          blocks, baselineLength: baseline.count, old: maps.old.space, new: maps.new.space)
        old = NormalizedImage.make(baseline, maps.old) { field in
          let target =
            field.kind == .fileOffset64
            ? UInt64(bitPattern: Int64(map.offset(Int(truncatingIfNeeded: field.target & 0xff_ffff_ffff)).offset))
            : map.address(field.target).address
          return NormalizedImage.targetSign(field, target, baseline)
        }
        new = NormalizedImage.make(improved, maps.new) { NormalizedImage.targetSign($0, $0.target, improved) }
      }
      guard let found = plainBlocks(old, new, share) else { return nil }
      blocks = found
    }
    return blocks
  }
}
