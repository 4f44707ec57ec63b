internal import BinaryDelta

/// Leaves out blocks that cost more than they save, and joins those that need not be apart.
@safe
struct BlockTuner {
  /// What a block costs, in tenths of a byte: three numbers.
  private static let blockCost = 55
  /// What a copied byte that differs costs.
  private static let differenceCost = 16
  /// What an extra byte costs.
  private static let extraCost = 8

  private let baseline: UnsafeBufferPointer<UInt8>
  private let improved: UnsafeBufferPointer<UInt8>

  init(baseline: UnsafeBufferPointer<UInt8>, improved: UnsafeBufferPointer<UInt8>) {
    unsafe self.baseline = baseline
    unsafe self.improved = improved
  }

  /// The same file from better blocks.
  func tuned(_ blocks: [DeltaBlock]) -> [DeltaBlock] {
    var kept: [DeltaBlock] = []
    var place = 0
    for block in blocks {
      add(block, at: place, &kept)
      place += block.copyLength + block.extraLength
    }
    return kept
  }

  /// How many bytes of a stretch differ along an alignment; nil where the baseline does not reach.
  private func differences(_ start: Int, _ place: Int, _ count: Int, limit: Int) -> Int? {
    guard start >= 0, unsafe start + count <= baseline.count else { return nil }
    var found = 0
    for index in 0..<count where unsafe baseline[start + index] != improved[place + index] {
      found += 1
      if found > limit { return nil }
    }
    return found
  }

  private func add(_ block: DeltaBlock, at place: Int, _ kept: inout [DeltaBlock]) {
    guard let last = kept.last else {
      kept.append(block)
      return
    }
    let lastEnd = last.baselineStart + last.copyLength
    // The same alignment again: what stands between may be copied with differences.
    if block.baselineStart - lastEnd == last.extraLength, block.copyLength > 0 {
      let limit = (last.extraLength * Self.extraCost + Self.blockCost) / Self.differenceCost
      if differences(lastEnd, place - last.extraLength, last.extraLength, limit: limit) != nil {
        kept[kept.count - 1].copyLength += last.extraLength + block.copyLength
        kept[kept.count - 1].extraLength = block.extraLength
        return
      }
    }
    // A short copy between extra bytes: it may go with them.
    if block.copyLength < 64 {
      let own = differences(block.baselineStart, place, block.copyLength, limit: .max) ?? block.copyLength
      if Self.blockCost + own * Self.differenceCost >= block.copyLength * Self.extraCost {
        kept[kept.count - 1].extraLength += block.copyLength + block.extraLength
        return
      }
    }
    kept.append(block)
  }
}
