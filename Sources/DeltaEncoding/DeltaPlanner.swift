internal import BinaryDelta

/// Decides which parts of the improved file are copies.
///
/// In the way of C. Percival, "Naive Differences of Executable Code" (2003): exact matches are only seeds; a copy grows
/// out of its seed in both directions for as long as at least half of its bytes agree, because in machine code what
/// differs between two builds is mostly addresses, and their differences repeat.
@safe
struct DeltaPlanner {
  /// By how many bytes a match elsewhere must beat the current alignment to end it.
  private static let advantage = 8
  /// From this length on, a match that does not beat the current alignment is stepped over as a whole.
  ///
  /// What begins inside it is found at its end and grows backwards. Without this, long repetitions would take quadratic
  /// time.
  private static let longMatch = 32

  // What a block costs in bytes, and a copied byte that differs: rough, to see what is hopeless.
  private static let blockCost = 4
  private static let differenceCost = 1
  /// At these parts of the improved file, in sixteenths, it is looked whether a delta is worth while.
  private static let milestones = [4, 8, 16]
  /// Shorter files are not given up: they take no time.
  static let hopeByteCount = 1 << 20

  private let baseline: UnsafeBufferPointer<UInt8>
  private let improved: UnsafeBufferPointer<UInt8>
  private let index: BaselineIndex
  private let hopeByteCount: Int

  /// A planner over two files, which must outlive it; `hopeByteCount` is another's business only in tests.
  init(
    baseline: UnsafeBufferPointer<UInt8>, improved: UnsafeBufferPointer<UInt8>,
    hopeByteCount: Int = DeltaPlanner.hopeByteCount
  ) {
    unsafe self.baseline = baseline
    unsafe self.improved = improved
    self.hopeByteCount = hopeByteCount
    index = unsafe BaselineIndex(baseline)
  }

  /// The blocks that rebuild the improved file, in order; no block is empty.
  ///
  /// - Parameter packedShare: what the whole file packed takes, in 1,024ths of it. Where blocks cost as much, nothing comes
  ///   of the rest, and there is none.
  func blocks(packedShare: Int) -> [DeltaBlock]? {
    var blocks: [DeltaBlock] = []
    var copy = Copy(baselineStart: 0, improvedStart: 0)
    var spent = Spending(packedShare: packedShare)
    while true {
      let seed = nextSeed(after: copy, from: max(copy.seedEnd, copy.improvedStart))
      let end = unsafe seed?.improvedStart ?? improved.count
      var forward = forwardLength(of: copy, limit: end)
      var backward = seed.map { backwardLength(of: $0, notBefore: copy.improvedStart) } ?? 0
      if let seed, copy.improvedStart + forward > end - backward {
        let overlap = copy.improvedStart + forward - (end - backward)
        let split = bestSplit(of: overlap, left: copy, leftLength: forward, right: seed, rightLength: backward)
        forward -= overlap - split
        backward -= split
      }
      let extra = end - backward - (copy.improvedStart + forward)
      if forward + extra > 0 {
        blocks.append(DeltaBlock(baselineStart: copy.baselineStart, copyLength: forward, extraLength: extra))
        spent.add(differences: differences(copy, forward), extra: extra)
        guard isHopeful(&spent, at: end - backward) else { return nil }
      }
      guard let seed else { return blocks }
      copy = Copy(
        baselineStart: seed.baselineStart - backward, improvedStart: seed.improvedStart - backward,
        seedEnd: seed.seedEnd)
    }
  }

  /// What the blocks so far cost.
  private struct Spending {
    let packedShare: Int
    var bytes = 0
    var extra = 0
    var milestone = 0

    mutating func add(differences: Int, extra: Int) {
      bytes += DeltaPlanner.blockCost + differences * DeltaPlanner.differenceCost
      self.extra += extra
    }
  }

  /// Whether the blocks up to a place are worth more than that part of the whole file packed.
  private func isHopeful(_ spent: inout Spending, at place: Int) -> Bool {
    guard unsafe improved.count >= hopeByteCount, spent.milestone < Self.milestones.count,
      unsafe place >= improved.count / 16 * Self.milestones[spent.milestone]
    else { return true }
    spent.milestone += 1
    return spent.bytes + spent.extra * spent.packedShare / 1_024 < place * spent.packedShare / 1_024
  }

  /// How many bytes of a copy differ.
  private func differences(_ copy: Copy, _ length: Int) -> Int {
    var count = 0
    for offset in stride(from: 0, to: length, by: 1)
    where unsafe baseline[copy.baselineStart + offset] != improved[copy.improvedStart + offset] {
      count += 1
    }
    return count
  }

  /// An alignment of the two files: where a copy begins, and how far the exact match that caused it reaches.
  private struct Copy {
    var baselineStart: Int
    var improvedStart: Int
    var seedEnd = 0

    var shift: Int { baselineStart - improvedStart }
  }

  /// The next place where a match beats the current alignment clearly.
  private func nextSeed(after copy: Copy, from start: Int) -> Copy? {
    var position = start
    // How many bytes of `position..<scored` agree along the current alignment.
    var (score, scored) = (0, start)
    while unsafe position < improved.count {
      let match = unsafe index.longestMatch(of: improved, at: position)
      let end = position + match.length
      while scored < end {
        score += agrees(scored, copy.shift) ? 1 : 0
        scored += 1
      }
      if match.length > score + Self.advantage {
        return Copy(baselineStart: match.position, improvedStart: position, seedEnd: end)
      }
      let step = match.length == score || match.length >= Self.longMatch ? max(1, match.length) : 1
      if position + step >= scored {
        position += step
        (score, scored) = (0, position)
      } else {
        for _ in 0..<step {
          score -= agrees(position, copy.shift) ? 1 : 0
          position += 1
        }
      }
    }
    return nil
  }

  private func agrees(_ position: Int, _ shift: Int) -> Bool {
    let other = position + shift
    return unsafe other >= 0 && other < baseline.count && baseline[other] == improved[position]
  }

  /// How far a copy reaches forward: where agreeing bytes most outnumber the others.
  private func forwardLength(of copy: Copy, limit: Int) -> Int {
    let count = unsafe min(limit - copy.improvedStart, baseline.count - copy.baselineStart)
    var (balance, best, length) = (0, 0, 0)
    for offset in stride(from: 0, to: count, by: 1) {
      let same = unsafe baseline[copy.baselineStart + offset] == improved[copy.improvedStart + offset]
      balance += same ? 1 : -1
      if balance > best {
        best = balance
        length = offset + 1
      }
    }
    return length
  }

  /// How far a copy reaches backward from its seed.
  private func backwardLength(of copy: Copy, notBefore limit: Int) -> Int {
    let count = min(copy.improvedStart - limit, copy.baselineStart)
    var (balance, best, length) = (0, 0, 0)
    for offset in stride(from: 1, through: count, by: 1) {
      let same = unsafe baseline[copy.baselineStart - offset] == improved[copy.improvedStart - offset]
      balance += same ? 1 : -1
      if balance > best {
        best = balance
        length = offset
      }
    }
    return length
  }

  /// Where two copies claim the same bytes: how many of them the left one should keep so that most bytes agree.
  private func bestSplit(of overlap: Int, left: Copy, leftLength: Int, right: Copy, rightLength: Int) -> Int {
    let start = left.improvedStart + leftLength - overlap
    var (balance, best, split) = (0, 0, 0)
    for offset in 0..<overlap {
      balance += agrees(start + offset, left.shift) ? 1 : 0
      balance -= agrees(start + offset, right.shift) ? 1 : 0
      if balance > best {
        best = balance
        split = offset + 1
      }
    }
    return split
  }
}
