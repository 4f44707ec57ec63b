package import ELFImage

/// What the bytes of a payload are for, kept while it is applied: only then is it known what each token is about.
package struct PayloadAccount: Sendable, Hashable {
  /// Some tokens and what they took.
  package struct Share: Sendable, Hashable {
    /// How many there are.
    package var count = 0
    /// What they took, in 256ths of a bit; in streams, what they took before they were packed.
    package var cost = 0

    /// Tokens that took so much.
    package init(count: Int = 0, cost: Int = 0) {
      self.count = count
      self.cost = cost
    }

    /// What they took, in bytes.
    package var byteCount: Int { (cost + 1_024) / 2_048 }

    mutating func add(_ cost: Int) {
      count += 1
      self.cost += cost
    }
  }

  /// Why a reference was not as predicted.
  package enum Cause: String, Sendable, Hashable, CaseIterable {
    /// No block copies what it refers to: that was changed or taken out, or stands in another way.
    case targetNotCopied = "its target was not copied"
    /// What it refers to has no bytes in the file, as .bss.
    case targetNotInFile = "its target has no bytes in the file"
    /// What it referred to was copied, and now it refers to something else.
    case leadsElsewhere = "it leads elsewhere now"
    /// It refers to what it referred to, but others that did no longer do, which was learned.
    case misled = "others to the same target led elsewhere"
  }

  /// Mispredictions that are alike.
  package struct Misprediction: Sendable, Hashable {
    /// What the part of the baseline holds in which the field stands.
    package let content: ReferenceMap.Region.Content?
    /// How the field says where its target lies.
    package let kind: Reference.Kind
    /// Why the prediction was wrong.
    package let cause: Cause
  }

  /// The tokens of each kind, by the kind's number.
  private var shares = [Share](repeating: Share(), count: TokenKind.allCases.count)
  /// How many references were computed anew.
  package internal(set) var referenceCount = 0
  /// Those that were not as predicted, each with its correction.
  package private(set) var mispredictions: [Misprediction: Share] = [:]

  /// The tokens of a kind.
  package func share(of kind: TokenKind) -> Share { shares[Int(kind.rawValue)] }

  mutating func add(_ kind: TokenKind, _ cost: Int) { shares[Int(kind.rawValue)].add(cost) }

  mutating func add(_ kind: TokenKind, count: Int, cost: Int) {
    shares[Int(kind.rawValue)].count += count
    shares[Int(kind.rawValue)].cost += cost
  }

  mutating func add(_ misprediction: Misprediction, _ cost: Int) {
    mispredictions[misprediction, default: Share()].add(cost)
  }
}

/// One stream of a payload whose streams are packed each on its own.
package struct PayloadStream: Sendable, Hashable {
  /// Whose tokens it holds.
  package let kind: TokenKind
  /// How many bytes it has unpacked.
  package let byteCount: Int
  /// How many bytes it takes in the payload.
  package let packedByteCount: Int
  /// How it is packed.
  package let codec: StreamCodec

  /// The streams of a payload that are not empty, as its table declares them; none where tokens are coded together.
  package static func all(in payload: RawSpan) throws(PayloadError) -> [PayloadStream] {
    let header = try PayloadHeader(parsing: payload)
    guard header.coding == .streams else { return [] }
    if header.isWholeFile {
      var cursor = ByteCursor(position: header.byteCount)
      let number = try cursor.byte(of: payload, "file")
      guard let codec = StreamCodec(rawValue: number) else { throw .unknownCodec(number) }
      let packed = payload.byteCount - cursor.position
      return [
        PayloadStream(kind: .extra, byteCount: header.improvedLength, packedByteCount: packed, codec: codec)
      ]
    }
    var cursor = ByteCursor(position: header.byteCount)
    return try table(&cursor, payload).filter { $0.byteCount > 0 }
  }

  /// Reads the table of all streams.
  static func table(_ cursor: inout ByteCursor, _ payload: RawSpan) throws(PayloadError) -> [PayloadStream] {
    var streams: [PayloadStream] = []
    for kind in TokenKind.allCases {
      let name = kind.description
      let length = try cursor.length(of: payload, "\(name) stream")
      guard length > 0 else {
        streams.append(PayloadStream(kind: kind, byteCount: 0, packedByteCount: 0, codec: .stored))
        continue
      }
      let number = try cursor.byte(of: payload, "\(name) stream")
      guard let codec = StreamCodec(rawValue: number) else { throw .unknownCodec(number) }
      let packed = codec == .stored ? length : try cursor.length(of: payload, "\(name) stream")
      guard packed > 0 else { throw .lengthsDisagree("\(name) stream's lengths") }
      streams.append(PayloadStream(kind: kind, byteCount: length, packedByteCount: packed, codec: codec))
    }
    return streams
  }
}
