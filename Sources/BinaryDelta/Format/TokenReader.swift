/// Gives the tokens of a payload's body in the order in which a reader uses them, whatever the coding.
struct TokenReader: ~Copyable {
  private var streams: StreamSet?
  private let model: MixedModel?
  private var decoder: BinaryDecoder
  private var tokensLeft: Int
  private var neighbourhood = Neighbourhood()
  /// What the tokens are for, where that is asked for; nil costs a look at each token.
  var account: PayloadAccount?
  /// What the last number took, in 256ths of a bit.
  private(set) var lastCost = 0

  /// Opens the body of a payload.
  init(_ header: borrowing PayloadHeader, _ payload: RawSpan) throws(PayloadError) {
    if let slotLog = header.coding.slotLog {
      var cursor = ByteCursor(position: header.byteCount)
      let body = try cursor.take(payload.byteCount - header.byteCount, of: payload, "tokens")
      guard body.last != 0 else { throw .damagedStream("token", reason: "it ends in a zero, which is left out") }
      streams = nil
      model = MixedModel(slotLog: slotLog)
      decoder = BinaryDecoder(body)
      tokensLeft = PayloadFormat.mixedTokenLimit
    } else {
      streams =
        header.isWholeFile
        ? try StreamSet(file: payload, from: header.byteCount, length: header.improvedLength)
        : try StreamSet(payload, from: header.byteCount)
      model = nil
      decoder = BinaryDecoder([])
      tokensLeft = .max
    }
  }

  /// Begins the next file: what the last one learned from lies in another baseline.
  mutating func beginFile() { neighbourhood = Neighbourhood() }

  private mutating func count(_ tokens: Int) throws(PayloadError) {
    guard tokens <= tokensLeft else { throw .tooManyTokens(limit: PayloadFormat.mixedTokenLimit) }
    tokensLeft -= tokens
  }

  /// The next number of a kind; the hints are for mixed coding.
  mutating func number(
    _ kind: TokenKind, near: UInt32, far: UInt32, _ payload: RawSpan
  ) throws(PayloadError) -> UInt64 {
    guard let model else {
      let value = try streams?.number(kind, payload) ?? 0
      if account != nil { note(kind, VariableInteger.byteCount(of: value) << 11) }
      return value
    }
    try count(1)
    let before = account == nil ? 0 : decoder.spent
    let value = model.number(0, kind, near: near, far: far, &decoder)
    if account != nil { note(kind, decoder.spent - before) }
    guard value <= UInt64(Int.max) else { throw .malformedInteger(kind.description) }
    return value
  }

  /// The next byte of a kind.
  mutating func byte(
    _ kind: TokenKind, before: UInt32, likely: UInt32, _ payload: RawSpan
  ) throws(PayloadError) -> UInt8 {
    guard let model else {
      if account != nil { note(kind, 1 << 11) }
      return try streams?.byte(kind, payload) ?? 0
    }
    try count(1)
    guard account != nil else { return model.byte(0, kind, before: before, likely: likely, &decoder) }
    let start = decoder.spent
    let value = model.byte(0, kind, before: before, likely: likely, &decoder)
    note(kind, decoder.spent - start)
    return value
  }

  private mutating func note(_ kind: TokenKind, _ cost: Int) {
    account?.add(kind, cost)
    lastCost = cost
  }

  /// Learns from the baseline around the end of a copy that extra bytes follow; only mixed coding does.
  mutating func prepareExtra(_ length: Int, after end: Int, _ baseline: RawSpan) throws(PayloadError) {
    guard let model else { return }
    let range = neighbourhood.around(end, extraLength: length, baselineLength: baseline.byteCount)
    try count(range.count)
    Neighbourhood.teach(model, range, of: baseline)
  }

  /// Whether bytes of one kind may be taken many at a time, because no hints are used.
  var isBulk: Bool { model == nil }

  /// Fills a room with bytes of a kind; only where `isBulk`.
  mutating func fill(_ kind: TokenKind, _ room: UnsafeMutableRawBufferPointer, _ payload: RawSpan) throws(PayloadError)
  {
    account?.add(kind, count: room.count, cost: room.count << 11)
    try unsafe streams?.fill(kind, room, payload)
  }

  /// Checks that nothing is left.
  mutating func finish(_ payload: RawSpan) throws(PayloadError) {
    try streams?.finish(payload)
  }
}
