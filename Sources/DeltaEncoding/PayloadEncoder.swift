internal import Basics
public import BinaryDelta

/// Makes payloads (format 1, docs/formats/payload.md).
///
/// The same files give the same payloads with the same versions of the libraries that pack.
public enum PayloadEncoder {
  /// A whole file is packed hard only where a delta is larger than this part of it.
  private static let wholeShare = 8

  /// Makes the smallest payload that rebuilds `improved`, and applies it once before giving it out.
  ///
  /// Without a baseline the payload carries the whole file and applies to any baseline. With one it tries the delta as
  /// well, keeps the smaller, and the payload is bound to that baseline whatever the method. Memory is about 12 times the
  /// baseline.
  public static func encode(baseline: [UInt8]?, improved: [UInt8]) throws(PayloadError) -> [UInt8] {
    let best = try smallest(baseline: baseline, improved: improved)
    try check(best.payload, baselines: [baseline ?? []], improved: [improved])
    return best.payload
  }

  /// Every payload of one file that was worth a try, not yet applied.
  package static func candidates(baseline: [UInt8]?, improved: [UInt8]) throws(PayloadError) -> [[UInt8]] {
    try encodings(baseline: baseline, improved: improved).map(\.payload)
  }

  /// One file's payload, and the tokens that it is made of where they could stand in another as well.
  struct Encoding: Sendable {
    let payload: [UInt8]
    let tokens: FileTokens?
  }

  static func smallest(baseline: [UInt8]?, improved: [UInt8]) throws(PayloadError) -> Encoding {
    let encodings = try encodings(baseline: baseline, improved: improved)
    guard let best = encodings.min(by: { $0.payload.count < $1.payload.count }) else {
      throw .selfCheckFailed("no method gave any")
    }
    return best
  }

  private static func encodings(baseline: [UInt8]?, improved: [UInt8]) throws(PayloadError) -> [Encoding] {
    for (part, length) in [("baseline", baseline?.count ?? 0), ("improved file", improved.count)]
    where length > PayloadFormat.fileByteLimit {
      throw .fileTooLarge(part, length: length)
    }
    let ends = Ends(baseline: baseline, improved: improved)
    var encodings: [Encoding] = []
    for delta in baseline.map({ FileTokens.deltas($0, improved) }) ?? [] {
      let body = TokenBody(files: [(delta.tokens, baseline ?? [])])
      if let mixed = body.mixed() {
        encodings.append(Encoding(payload: ends.payload(delta.method, mixed.coding, mixed.body), tokens: delta))
      }
      encodings.append(Encoding(payload: ends.payload(delta.method, .streams, try body.streams()), tokens: delta))
    }
    guard encodings.allSatisfy({ $0.payload.count > improved.count / wholeShare }) else { return encodings }
    let whole = FileTokens.whole(improved)
    if let whole, let mixed = TokenBody(files: [(whole.tokens, [])]).mixed() {
      encodings.append(Encoding(payload: ends.payload(.whole, mixed.coding, mixed.body), tokens: whole))
    }
    let packed = try Packer.smallest(improved, windowLogLimit: PayloadFormat.wholeWindowLog)
    let body = [packed.codec.rawValue] + packed.bytes
    encodings.append(Encoding(payload: ends.payload(.whole, .streams, body), tokens: whole))
    return encodings
  }

  private struct Ends {
    let baselineLength: Int
    let improvedLength: Int
    let baselineMark: PayloadMark?
    let improvedMark: PayloadMark

    init(baseline: [UInt8]?, improved: [UInt8]) {
      (baselineLength, improvedLength) = (baseline?.count ?? 0, improved.count)
      baselineMark = baseline.map { PayloadMark(of: [unsafe PayloadFile(of: $0.span.bytes).digest]) }
      improvedMark = PayloadMark(of: [unsafe PayloadFile(of: improved.span.bytes).digest])
    }

    func payload(_ method: PayloadMethod, _ coding: PayloadCoding, _ body: [UInt8]) -> [UInt8] {
      PayloadHeader.bytes(
        coding: coding,
        parts: [PayloadPart(method: method, baselineLength: baselineLength, improvedLength: improvedLength)],
        baselineMark: baselineMark, improvedMark: improvedMark) + body
    }
  }

  /// A payload leaves only after it rebuilt the files, and exactly those files.
  static func check(_ payload: [UInt8], baselines: [[UInt8]], improved: [[UInt8]]) throws(PayloadError) {
    let rebuilt: [[UInt8]]
    do throws(PayloadError) {
      rebuilt = try PayloadDecoder.apply(
        payload, toEach: baselines, outputLimit: improved.reduce(0) { $0 + $1.count })
    } catch {
      throw .selfCheckFailed(error.description)
    }
    guard rebuilt == improved else { throw .selfCheckFailed("other bytes") }
  }
}
