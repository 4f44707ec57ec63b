internal import BinaryDelta

/// The tokens of a payload's body in the order of their use, each with the hints that a reader gives as well.
struct TokenList {
  private struct Token {
    let kind: TokenKind
    let form: Form
    let first: UInt32
    let second: UInt32
    let value: UInt64
  }

  private enum Form: UInt8 {
    case number
    case byte
    /// A part of the baseline from which mixed coding learns: `first` bytes from `value`.
    case lesson
  }

  private var tokens: [Token] = []
  private var learned = 0

  mutating func number(_ value: UInt64, _ kind: TokenKind, near: UInt32, far: UInt32) {
    tokens.append(Token(kind: kind, form: .number, first: near, second: far, value: value))
  }

  mutating func byte(_ value: UInt8, _ kind: TokenKind, before: UInt32, likely: UInt32) {
    tokens.append(Token(kind: kind, form: .byte, first: before, second: likely, value: UInt64(value)))
  }

  /// Has mixed coding learn from a part of the baseline.
  mutating func learn(_ range: Range<Int>) {
    learned += range.count
    tokens.append(
      Token(kind: .extra, form: .lesson, first: UInt32(range.count), second: 0, value: UInt64(range.lowerBound)))
  }

  /// What stands in the stream of a kind.
  func bytes(of kind: TokenKind) -> [UInt8] {
    var bytes: [UInt8] = []
    for token in tokens where token.kind == kind {
      switch token.form {
      case .byte: bytes.append(UInt8(truncatingIfNeeded: token.value))
      case .number: VariableInteger.append(token.value, to: &bytes)
      case .lesson: break
      }
    }
    return bytes
  }

  /// How many tokens mixed coding counts: those that it only learns from too.
  var mixedCount: Int { tokens.count + learned }

  /// Has a model code the tokens.
  fileprivate func code(_ model: MixedModel, _ encoder: inout BinaryEncoder, _ baseline: RawSpan) {
    for token in tokens {
      switch token.form {
      case .byte:
        let value = UInt8(truncatingIfNeeded: token.value)
        _ = model.byte(value, token.kind, before: token.first, likely: token.second, &encoder)
      case .number:
        _ = model.number(token.value, token.kind, near: token.first, far: token.second, &encoder)
      case .lesson:
        let start = Int(token.value)
        Neighbourhood.teach(model, start..<start + Int(token.first), of: baseline)
      }
    }
  }
}

/// The tokens of the files of one payload, one file after another, and their baselines.
struct TokenBody {
  var files: [(tokens: TokenList, baseline: [UInt8])]

  /// The body in mixed coding, and how many of its bytes were there at the end of each file; nil if there are too many
  /// tokens for it.
  func mixed() -> (coding: PayloadCoding, body: [UInt8], ends: [Int])? {
    let count = files.reduce(0) { $0 + $1.tokens.mixedCount }
    guard count <= PayloadFormat.mixedTokenLimit else { return nil }
    // A token uses about a hundred slots.
    let codings: [PayloadCoding] = [.mixed16, .mixed18, .mixed20]
    let coding = codings.first { count * 64 < 1 << ($0.slotLog ?? 0) } ?? .mixed22
    let model = MixedModel(slotLog: coding.slotLog ?? 0)
    var encoder = BinaryEncoder()
    var ends: [Int] = []
    for file in files {
      unsafe file.tokens.code(model, &encoder, file.baseline.span.bytes)
      ends.append(encoder.byteCount)
    }
    let body = encoder.finish()
    return (coding, body, ends.dropLast() + [body.count])
  }

  /// The body as streams, each packed in the way that makes it smallest.
  func streams() throws(PayloadError) -> [UInt8] {
    var table: [UInt8] = []
    var packed: [UInt8] = []
    for kind in TokenKind.allCases {
      let bytes = files.flatMap { $0.tokens.bytes(of: kind) }
      VariableInteger.append(UInt64(bytes.count), to: &table)
      guard !bytes.isEmpty else { continue }
      let limit = kind == .extra ? PayloadFormat.extraWindowLog : PayloadFormat.streamWindowLog
      let best = try Packer.smallest(bytes, windowLogLimit: limit)
      table.append(best.codec.rawValue)
      if best.codec != .stored { VariableInteger.append(UInt64(best.bytes.count), to: &table) }
      packed += best.bytes
    }
    return table + packed
  }
}
