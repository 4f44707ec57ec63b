internal import ELFImage

/// Reads what the tokens say about one file: blocks first, then what differs in them and what stands between them, in the
/// order of the improved file.
struct DeltaReader: ~Copyable {
  private let isWhole: Bool
  private let blocks: [DeltaBlock]
  /// Where the digits of the build ID stand again in the baseline, and where the improved build ID stands.
  private let name: Range<Int>
  private let buildIDPlace: Range<Int>
  private var buildID: [UInt8] = []
  private var references: CopiedReferences?

  // Where reading stands.
  private var nextBlock = 0
  private var position = 0
  private var produced = 0
  /// Whether no extra byte of the block was taken yet.
  private var isFreshExtra = false
  private var copyLeft = 0
  private var extraLeft = 0
  /// How many copied bytes stay as they are before the next that differs; `Int.max` if none does any more.
  private var skipLeft: Int
  private var lastDifference: UInt8 = 0
  /// The same for references.
  private var hitsLeft: Int
  /// How many references were computed.
  private(set) var referenceCount = 0

  /// Reads all blocks of a file, each of which is checked.
  init(
    _ part: borrowing PayloadPart, _ tokens: inout TokenReader, _ payload: RawSpan, _ baseline: RawSpan
  ) throws(PayloadError) {
    var references: CopiedReferences?
    let layout = part.method == .structured ? try tokens.number(.layout, near: 0, far: 0, payload) : 0
    var map: ReferenceMap?
    var space = AddressSpace(segments: [])
    if layout > 0 {
      let found = try Self.map(baseline)
      space = try Layout.read(count: layout - 1, from: found.space) { () throws(PayloadError) in
        try tokens.number(.layout, near: 0, far: 0, payload)
      }
      map = found
    }
    let blocks =
      part.method == .whole
      ? [DeltaBlock(baselineStart: 0, copyLength: 0, extraLength: part.improvedLength)]
      : try Self.readBlocks(&tokens, payload, declared: part.improvedLength, baselineLength: baseline.byteCount)
    // Where nothing moves, references are ordinary bytes, and the baseline need not be looked through.
    if part.method == .structured, layout > 0 || !DeltaBlock.standStill(blocks) {
      let map = if let map { map } else { try Self.map(baseline) }
      if layout == 0 { space = map.space }
      references = CopiedReferences(
        cursor: ReferenceCursor(map),
        predictor: Predictor(AddressMap(blocks, baselineLength: baseline.byteCount, old: map.space, new: space)))
    }
    let skip = part.method == .whole ? .max : try Self.run(.skip, near: 0, &tokens, payload)
    let hits = references == nil ? .max : try Self.run(.hits, near: 0, &tokens, payload)
    isWhole = part.method == .whole
    let identity = part.method == .structured ? IdentityName(in: baseline) : nil
    name = identity?.name ?? 0..<0
    buildIDPlace = identity?.place(in: blocks) ?? 0..<0
    self.blocks = blocks
    self.references = references
    (skipLeft, hitsLeft) = (skip, hits)
  }

  private static func map(_ baseline: RawSpan) throws(PayloadError) -> ReferenceMap {
    do throws(ELFError) {
      return try ReferenceMap(of: Span(_bytes: baseline))
    } catch {
      throw .baselineNotImage(error.description)
    }
  }

  private static func readBlocks(
    _ tokens: inout TokenReader, _ payload: RawSpan, declared: Int, baselineLength: Int
  ) throws(PayloadError) -> [DeltaBlock] {
    var blocks: [DeltaBlock] = []
    var (position, produced) = (0, 0)
    var (lastCopy, lastExtra) = (0, 0)
    while produced < declared {
      guard blocks.count < PayloadFormat.blockLimit else { throw .tooManyBlocks(limit: PayloadFormat.blockLimit) }
      // Each number is below 2^63, so each comparison comes before the sum that it makes safe.
      let copy = Int(
        try tokens.number(
          .copyLength, near: TokenHint.magnitude(lastExtra), far: TokenHint.magnitude(lastCopy), payload))
      let extra = Int(
        try tokens.number(
          .extraLength, near: TokenHint.magnitude(copy), far: TokenHint.magnitude(lastExtra), payload))
      let seek = VariableInteger.unfold(
        try tokens.number(
          .seek, near: TokenHint.magnitude(lastExtra),
          far: TokenHint.pair(TokenHint.magnitude(copy), TokenHint.magnitude(lastExtra)), payload))
      guard seek >= -position, seek <= baselineLength - position else {
        throw .copyOutsideBaseline(baselineLength: baselineLength)
      }
      position += seek
      guard copy <= baselineLength - position else { throw .copyOutsideBaseline(baselineLength: baselineLength) }
      guard copy > 0 || extra > 0 else { throw .emptyBlock }
      guard copy <= declared - produced, extra <= declared - produced - copy else {
        throw .blocksExceedOutput(declared: declared)
      }
      blocks.append(DeltaBlock(baselineStart: position, copyLength: copy, extraLength: extra))
      position += copy
      produced += copy + extra
      (lastCopy, lastExtra) = (copy, extra)
    }
    return blocks
  }

  /// A run's length; `Int.max` for one without end.
  private static func run(
    _ kind: TokenKind, near: UInt32, _ tokens: inout TokenReader, _ payload: RawSpan
  ) throws(PayloadError) -> Int {
    let value = try tokens.number(kind, near: near, far: 0, payload)
    return value == 0 ? .max : Int(value) - 1
  }

  /// Appends at least one byte and at most `limit`, as far as there is room.
  mutating func fill(
    _ output: inout OutputBuffer, limit: Int, _ tokens: inout TokenReader, _ payload: RawSpan, _ baseline: RawSpan
  ) throws(PayloadError) {
    while output.room > 0, output.count < limit {
      if copyLeft == 0, extraLeft == 0 {
        let block = blocks[nextBlock]
        (position, copyLeft, extraLeft) = (block.baselineStart, block.copyLength, block.extraLength)
        nextBlock += 1
        isFreshExtra = true
      }
      if copyLeft == 0 {
        if isFreshExtra, !isWhole { try tokens.prepareExtra(extraLeft, after: position, baseline) }
        isFreshExtra = false
        try addExtra(&output, &tokens, payload, baseline)
        continue
      }
      var count = copyLeft
      if let field = references?.cursor.field(from: position, to: position + copyLeft, of: Span(_bytes: baseline)) {
        if field.offset - position <= skipLeft, rebuildRun(&output, baseline) { continue }
        count = field.offset - position
        if count == 0 {
          // A field stands in one piece.
          guard output.room >= field.byteCount else { return }
          try rebuild(field, &output, &tokens, payload)
          continue
        }
      }
      // The digits after it are those of the build ID, which has to have passed before.
      if produced < buildIDPlace.upperBound { count = min(count, buildIDPlace.upperBound - produced) }
      try copy(min(count, output.room), &output, &tokens, payload, baseline)
    }
  }

  // MARK: Copies

  private mutating func copy(
    _ count: Int, _ output: inout OutputBuffer, _ tokens: inout TokenReader, _ payload: RawSpan, _ baseline: RawSpan
  ) throws(PayloadError) {
    let start = output.count
    unsafe baseline.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress else { return }
      unsafe output.append(base + position, count: count, readable: bytes.count &- position)
    }
    if position < name.upperBound, name.lowerBound < position &+ count { putName(start, count, &output) }
    if skipLeft < count {
      try addDifferences(count, start, &output, &tokens, payload, baseline)
    } else if skipLeft != .max {
      skipLeft &-= count
    }
    if produced < buildIDPlace.upperBound, buildIDPlace.lowerBound < produced &+ count {
      keepBuildID(start, count, output)
    }
    position &+= count
    copyLeft &-= count
    produced &+= count
  }

  private mutating func addDifferences(
    _ count: Int, _ start: Int, _ output: inout OutputBuffer, _ tokens: inout TokenReader, _ payload: RawSpan,
    _ baseline: RawSpan
  ) throws(PayloadError) {
    var done = 0
    while skipLeft < count - done {
      done += skipLeft
      let old = byte(of: baseline, position + done)
      let difference = try tokens.byte(
        .difference, before: DeltaHint.difference(old: old, last: lastDifference),
        likely: DeltaHint.likely(position + done, baseline), payload)
      output.add(difference, at: start + done)
      done += 1
      skipLeft = try Self.run(.skip, near: UInt32(difference), &tokens, payload)
      lastDifference = difference
    }
    if skipLeft != .max { skipLeft -= count - done }
  }

  /// Puts the digits of the improved build ID in the place of the baseline's, once it is known.
  private func putName(_ start: Int, _ count: Int, _ output: inout OutputBuffer) {
    guard !buildID.isEmpty, buildID.count == buildIDPlace.count else { return }
    let digits = IdentityName.name(of: buildID)
    for offset in name.clamped(to: position..<position + count) {
      output.set(digits[offset - name.lowerBound], at: start + offset - position)
    }
  }

  /// Keeps the improved build ID's bytes when they pass.
  private mutating func keepBuildID(_ start: Int, _ count: Int, _ output: borrowing OutputBuffer) {
    for place in buildIDPlace.clamped(to: produced..<produced + count) {
      buildID.append(output.byte(at: start + place - produced))
    }
  }

  @inline(__always)
  private func byte(of baseline: RawSpan, _ index: Int) -> UInt8 {
    unsafe baseline.unsafeLoad(fromByteOffset: index, as: UInt8.self)
  }

  /// Rebuilds what needs no token, up to the end of a reference; false if nothing was.
  private mutating func rebuildRun(_ output: inout OutputBuffer, _ baseline: RawSpan) -> Bool {
    var count = min(copyLeft, output.room, CopiedReferences.runByteCount)
    // The build ID and its name pass one by one.
    if position < name.upperBound { count = min(count, max(0, name.lowerBound - position)) }
    if produced < buildIDPlace.upperBound { count = min(count, max(0, buildIDPlace.lowerBound - produced)) }
    guard hitsLeft > 0, count > 0,
      let run = references?.rebuild(
        from: position, to: position + count, at: produced, fieldCount: hitsLeft, skip: skipLeft, &output, baseline),
      run.fieldCount > 0
    else { return false }
    skipLeft = run.skipLeft
    if hitsLeft != .max { hitsLeft -= run.fieldCount }
    referenceCount += run.fieldCount
    position += run.byteCount
    copyLeft -= run.byteCount
    produced += run.byteCount
    return true
  }

  private mutating func rebuild(
    _ field: Reference, _ output: inout OutputBuffer, _ tokens: inout TokenReader, _ payload: RawSpan
  ) throws(PayloadError) {
    guard let prediction = references?.predictor.prediction(for: field, at: produced) else { return }
    var value = prediction.value
    if hitsLeft == 0 {
      let correction = VariableInteger.unfold(
        try tokens.number(.correction, near: UInt32(field.kind.rawValue), far: 0, payload))
      value = DeltaHint.cut(value &+ UInt64(bitPattern: Int64(correction)), field.byteCount)
      if tokens.account != nil { note(field, prediction, value, &tokens) }
      hitsLeft = try Self.run(.hits, near: UInt32(field.kind.rawValue), &tokens, payload)
    } else if hitsLeft != .max {
      hitsLeft &-= 1
    }
    references?.predictor.learn(field, prediction, value: value)
    referenceCount &+= 1
    let count = field.byteCount
    output.append(value, count: count)
    position &+= count
    copyLeft &-= count
    produced &+= count
  }

  /// Takes a misprediction into the account.
  private mutating func note(
    _ field: Reference, _ prediction: Predictor.Prediction, _ value: UInt64, _ tokens: inout TokenReader
  ) {
    guard let cause = references?.predictor.cause(field, prediction, value) else { return }
    tokens.account?.add(
      PayloadAccount.Misprediction(
        content: references?.cursor.map.content(at: field.offset), kind: field.kind, cause: cause), tokens.lastCost)
  }

  // MARK: Extra bytes

  private mutating func addExtra(
    _ output: inout OutputBuffer, _ tokens: inout TokenReader, _ payload: RawSpan, _ baseline: RawSpan
  ) throws(PayloadError) {
    let count = min(extraLeft, output.room)
    if tokens.isBulk {
      try unsafe tokens.fill(.extra, output.extend(by: count), payload)
    } else {
      for index in 0..<count {
        let value = try tokens.byte(
          .extra, before: output.before, likely: isWhole ? 1 << 16 : DeltaHint.likely(position + index, baseline),
          payload)
        output.append(value)
      }
    }
    position += count
    extraLeft -= count
    produced += count
  }

  /// Checks that no run is open.
  func finish() throws(PayloadError) {
    guard skipLeft == .max, hitsLeft == .max else { throw .tokensLeftOver }
  }
}

/// Hints that need the baseline; part of the format.
package enum DeltaHint {
  /// For a difference: the byte that it is added to and the difference before it.
  @inline(__always)
  package static func difference(old: UInt8, last: UInt8) -> UInt32 {
    UInt32(last) | UInt32(old) << 8
  }

  /// The two bytes of the baseline before and at a position; 1 << 16 beyond its ends.
  @inline(__always)
  package static func likely(_ position: Int, _ baseline: RawSpan) -> UInt32 {
    guard position > 0, position < baseline.byteCount else { return 1 << 16 }
    return unsafe UInt32(baseline.unsafeLoad(fromByteOffset: position - 1, as: UInt8.self)) << 8
      | UInt32(baseline.unsafeLoad(fromByteOffset: position, as: UInt8.self))
  }

  /// The low bytes of a value.
  @inline(__always)
  package static func cut(_ value: UInt64, _ byteCount: Int) -> UInt64 {
    byteCount >= 8 ? value : value & ((1 << UInt64(8 * byteCount)) - 1)
  }
}

extension DeltaBlock {
  /// Whether every block copies bytes to the place where they stand in the baseline.
  package static func standStill(_ blocks: [DeltaBlock]) -> Bool {
    var start = 0
    return blocks.allSatisfy { block in
      defer { start += block.copyLength + block.extraLength }
      return block.copyLength == 0 || block.baselineStart == start
    }
  }
}
