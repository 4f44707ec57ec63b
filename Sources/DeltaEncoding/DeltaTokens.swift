internal import BinaryDelta
internal import ELFImage

/// Says a delta's blocks, and what differs in them, as tokens: the counterpart of what a reader does.
@safe
struct DeltaTokens {
  private(set) var list = TokenList()
  private let baseline: UnsafeBufferPointer<UInt8>
  private let improved: UnsafeBufferPointer<UInt8>
  private let blocks: [DeltaBlock]

  /// What became of the references in copied blocks.
  struct Account: Sendable, Hashable {
    var hits = 0
    var corrections = 0
    var differences = 0
  }
  private(set) var account = Account()

  private var neighbourhood = Neighbourhood()
  private var name: IdentityName?
  private var buildIDPlace: Range<Int>?
  private var skip = 0
  private var lastDifference: UInt8 = 0
  private var nearSkip: UInt32 = 0
  private var hits = 0
  private var nearHits: UInt32 = 0

  /// Lays out blocks over two files; `maps` makes it a structured delta.
  init(
    _ blocks: [DeltaBlock], baseline: UnsafeBufferPointer<UInt8>, improved: UnsafeBufferPointer<UInt8>,
    maps: (old: ReferenceMap, new: ReferenceMap)?
  ) {
    unsafe self.baseline = baseline
    unsafe self.improved = improved
    self.blocks = blocks
    var references: ReferenceCursor?
    var predictor: Predictor?
    if let maps {
      for number in Layout.numbers(for: maps.new.space, from: maps.old.space) {
        list.number(number, .layout, near: 0, far: 0)
      }
      if !DeltaBlock.standStill(blocks) || maps.new.space != maps.old.space {
        references = ReferenceCursor(maps.old)
        predictor = Predictor(
          AddressMap(blocks, baselineLength: baseline.count, old: maps.old.space, new: maps.new.space))
      }
    }
    if maps != nil {
      name = IdentityName(in: unsafe RawSpan(_unsafeBytes: UnsafeRawBufferPointer(baseline)))
      buildIDPlace = name?.place(in: blocks)
    }
    addBlocks()
    walk(&references, &predictor)
  }

  private mutating func addBlocks() {
    var position = 0
    var (lastCopy, lastExtra) = (0, 0)
    for block in blocks {
      list.number(
        UInt64(block.copyLength), .copyLength, near: TokenHint.magnitude(lastExtra),
        far: TokenHint.magnitude(lastCopy))
      list.number(
        UInt64(block.extraLength), .extraLength, near: TokenHint.magnitude(block.copyLength),
        far: TokenHint.magnitude(lastExtra))
      list.number(
        VariableInteger.fold(block.baselineStart - position), .seek, near: TokenHint.magnitude(lastExtra),
        far: TokenHint.pair(TokenHint.magnitude(block.copyLength), TokenHint.magnitude(lastExtra)))
      position = block.baselineStart + block.copyLength
      (lastCopy, lastExtra) = (block.copyLength, block.extraLength)
    }
  }

  /// Where a run's number stands in the list is where the reader asks for it: before what follows the run.
  ///
  /// Runs are therefore found first, and written when the one before them ends.
  private mutating func walk(_ references: inout ReferenceCursor?, _ predictor: inout Predictor?) {
    var events: [Event] = []
    collect(&events, &references, &predictor)
    var skips = events.lazy.filter(\.isDifference).map(\.run).makeIterator()
    var runs = events.lazy.filter(\.isCorrection).map(\.run).makeIterator()
    func next(_ run: Int?) -> UInt64 { run.map { UInt64($0) + 1 } ?? 0 }
    list.number(next(skips.next()), .skip, near: 0, far: 0)
    if references != nil { list.number(next(runs.next()), .hits, near: 0, far: 0) }
    for event in events {
      switch event.kind {
      case .difference(let value, let before, let likely):
        list.byte(value, .difference, before: before, likely: likely)
        list.number(next(skips.next()), .skip, near: UInt32(value), far: 0)
      case .correction(let value, let near):
        list.number(value, .correction, near: near, far: 0)
        list.number(next(runs.next()), .hits, near: near, far: 0)
      case .extra(let value, let before, let likely):
        list.byte(value, .extra, before: before, likely: likely)
      case .learn(let range):
        list.learn(range)
      }
    }
  }

  private struct Event {
    enum Kind {
      case difference(UInt8, before: UInt32, likely: UInt32)
      case correction(UInt64, near: UInt32)
      case extra(UInt8, before: UInt32, likely: UInt32)
      case learn(Range<Int>)
    }
    let kind: Kind
    /// How many like it came before that need no token.
    let run: Int
    var isDifference: Bool { if case .difference = kind { true } else { false } }
    var isCorrection: Bool { if case .correction = kind { true } else { false } }
  }

  private mutating func collect(
    _ events: inout [Event], _ references: inout ReferenceCursor?, _ predictor: inout Predictor?
  ) {
    let old = unsafe RawSpan(_unsafeBytes: UnsafeRawBufferPointer(baseline))
    var place = 0
    for block in blocks {
      var position = block.baselineStart
      let end = position + block.copyLength
      while position < end {
        let field = unsafe references?.field(from: position, to: end, of: Span(_unsafeElements: baseline))
        let stop = field?.offset ?? end
        while position < stop {
          let difference = unsafe improved[place] &- copied(position, place)
          if difference == 0 {
            skip += 1
          } else {
            let kind = unsafe Event.Kind.difference(
              difference, before: DeltaHint.difference(old: baseline[position], last: lastDifference),
              likely: DeltaHint.likely(position, old))
            events.append(Event(kind: kind, run: skip))
            lastDifference = difference
            skip = 0
            account.differences += 1
          }
          position += 1
          place += 1
        }
        guard let field else { break }
        add(field, at: place, &events, &predictor)
        position += field.byteCount
        place += field.byteCount
      }
      if block.extraLength > 0 {
        unsafe events.append(
          Event(
            kind: .learn(neighbourhood.around(end, extraLength: block.extraLength, baselineLength: baseline.count)),
            run: 0))
      }
      for index in 0..<block.extraLength {
        let kind = unsafe Event.Kind.extra(
          improved[place], before: before(place), likely: DeltaHint.likely(position + index, old))
        events.append(Event(kind: kind, run: 0))
        place += 1
      }
    }
  }

  private mutating func add(_ field: Reference, at place: Int, _ events: inout [Event], _ predictor: inout Predictor?) {
    var value: UInt64 = 0
    for index in (0..<field.byteCount).reversed() { value = unsafe value << 8 | UInt64(improved[place + index]) }
    guard let prediction = predictor?.prediction(for: field, at: place) else { return }
    predictor?.learn(field, prediction, value: value)
    guard value != prediction.value else {
      hits += 1
      account.hits += 1
      return
    }
    account.corrections += 1
    // The difference as a signed number of the field's width.
    let shift = UInt64(64 - 8 * field.byteCount)
    let signed = Int64(bitPattern: (value &- prediction.value) << shift) >> Int64(shift)
    events.append(
      Event(
        kind: .correction(VariableInteger.fold(Int(signed)), near: UInt32(field.kind.rawValue)), run: hits))
    hits = 0
  }

  /// What a block copies: the baseline's byte, but digits of the improved build ID where those of the baseline's stand.
  @inline(__always)
  private func copied(_ position: Int, _ place: Int) -> UInt8 {
    guard let name, let buildIDPlace, name.name.contains(position), place >= buildIDPlace.upperBound else {
      return unsafe baseline[position]
    }
    let digits = IdentityName.name(of: buildIDPlace.map { unsafe improved[$0] })
    return digits[position - name.name.lowerBound]
  }

  /// The four bytes of the improved file before a place, the last lowest.
  private func before(_ place: Int) -> UInt32 {
    var value: UInt32 = 0
    for index in max(0, place - 4)..<place { value = unsafe value << 8 | UInt32(improved[index]) }
    return value
  }
}
