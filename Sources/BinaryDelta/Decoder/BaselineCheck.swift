internal import Basics

/// The first step of applying a payload: whether the baselines at hand are those that it is made for.
///
/// Nothing of the payload but its header is looked at before they are.
public struct BaselineCheck: ~Copyable {
  /// What the payload says of itself.
  public let header: PayloadHeader
  private var digests: [Digest] = []

  /// Parses the header; more output than `outputLimit` bytes, of all files together, is refused.
  public init(_ payload: RawSpan, outputLimit: Int) throws(PayloadError) {
    let header = try PayloadHeader(parsing: payload)
    guard header.improvedLength <= outputLimit else {
      throw .outputLimitExceeded(declared: header.improvedLength, limit: outputLimit)
    }
    self.header = header
  }

  /// Takes the next file's baseline, in the payload's order.
  ///
  /// Where the payload needs no baseline, the one given is not looked at.
  public mutating func take(_ baseline: RawSpan) throws(PayloadError) {
    guard digests.count < header.parts.count else {
      throw .wrongBaselineCount(expected: header.parts.count, found: digests.count + 1)
    }
    guard header.baselineMark != nil else {
      digests.append(Digest(of: EmptyCollection()))
      return
    }
    let expected = header.parts[digests.count].baselineLength
    guard baseline.byteCount == expected else {
      throw .wrongBaselineLength(expected: expected, found: baseline.byteCount)
    }
    digests.append(PayloadFile(of: baseline).digest)
  }

  /// Goes on to rebuilding, once a baseline was taken for each file.
  public consuming func finish(_ payload: RawSpan) throws(PayloadError) -> Rebuilding {
    guard digests.count == header.parts.count else {
      throw .wrongBaselineCount(expected: header.parts.count, found: digests.count)
    }
    if let expected = header.baselineMark {
      let found = PayloadMark(of: digests)
      guard found == expected else { throw .wrongBaseline(expected: "\(expected)", found: "\(found)") }
    }
    return try Rebuilding(header, payload)
  }
}
