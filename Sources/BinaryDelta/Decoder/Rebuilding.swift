internal import Basics

/// One application of a payload, file by file and piece by piece; payload and baselines are borrowed anew for each.
///
/// They must be those that the check saw: others end in an error, or in files that are not the named ones.
public struct Rebuilding: ~Copyable {
  /// What the payload says of itself.
  public let header: PayloadHeader
  private var tokens: TokenReader
  private var delta: DeltaReader?
  /// How much of the file that is rebuilt is missing.
  private var left = 0
  private var hasher = Digest.Hasher()
  private var digests: [Digest] = []
  private var output: OutputBuffer

  init(_ header: PayloadHeader, _ payload: RawSpan) throws(PayloadError) {
    let tokens = try TokenReader(header, payload)
    self.header = header
    self.tokens = tokens
    output = OutputBuffer(expecting: header.parts.reduce(0) { max($0, $1.improvedLength) })
  }

  /// What the payload's bytes are for, of the files that were rebuilt; nil unless it is kept.
  package var account: PayloadAccount? { tokens.account }

  /// Keeps an account from here on.
  package mutating func keepAccount() { tokens.account = PayloadAccount() }

  /// How many files were rebuilt.
  public var rebuiltCount: Int { digests.count }

  /// Rebuilds the next file and gives it to `sink` in pieces of at most 64 KiB.
  ///
  /// **What the sinks were given is the improved files only once this has returned for the last of them.** Throws
  /// `PayloadError` for everything that is wrong with the payload, and whatever the sink throws; then nothing is to be
  /// done with it any more. `baseline` has the length that the check saw.
  public mutating func next(_ payload: RawSpan, _ baseline: RawSpan, sink: (RawSpan) throws -> Void) throws {
    try begin(payload, baseline)
    while try fill(payload, baseline) { try unsafe sink(RawSpan(_unsafeBytes: output.piece)) }
  }

  /// The next file, in memory.
  mutating func next(_ payload: RawSpan, _ baseline: RawSpan) throws(PayloadError) -> [UInt8] {
    try begin(payload, baseline)
    var result: [UInt8] = []
    while try fill(payload, baseline) { unsafe result.append(contentsOf: output.piece) }
    return result
  }

  private mutating func begin(_ payload: RawSpan, _ baseline: RawSpan) throws(PayloadError) {
    precondition(digests.count < header.parts.count, "a payload is asked for more files than it has")
    let part = header.parts[digests.count]
    guard header.baselineMark == nil || baseline.byteCount == part.baselineLength else {
      throw .wrongBaselineLength(expected: part.baselineLength, found: baseline.byteCount)
    }
    tokens.beginFile()
    delta = try DeltaReader(part, &tokens, payload, baseline)
    left = part.improvedLength
    hasher = Digest.Hasher()
    output.reset()
  }

  /// Rebuilds the next bytes; false after the last of a file.
  private mutating func fill(_ payload: RawSpan, _ baseline: RawSpan) throws(PayloadError) -> Bool {
    output.clear()
    guard left > 0 else {
      try finish(payload)
      return false
    }
    try delta?.fill(&output, limit: left, &tokens, payload, baseline)
    left -= output.count
    unsafe hasher.update(RawSpan(_unsafeBytes: output.piece))
    return true
  }

  private mutating func finish(_ payload: RawSpan) throws(PayloadError) {
    try delta?.finish()
    tokens.account?.referenceCount += delta?.referenceCount ?? 0
    delta = nil
    digests.append(hasher.finish())
    guard digests.count == header.parts.count else { return }
    try tokens.finish(payload)
    let found = PayloadMark(of: digests)
    guard found == header.improvedMark else {
      throw .wrongResult(expected: "\(header.improvedMark)", found: "\(found)")
    }
  }
}
