import BinaryDelta
import CanonicalJSON
import ELFImage
import Linux
import Terminal

/// What a payload says of itself, and, where the old files are at hand, what its bytes are for.
struct PayloadReport {
  let byteCount: Int
  let header: PayloadHeader
  let streams: [PayloadStream]
  /// Nil where the old files are not at hand: what a token is about is only known beside them.
  let account: PayloadAccount?
  /// The new files' paths in the order of the payload; empty where they are not known.
  let names: [String]

  /// Looks at a payload; `baselines` lends the old files in its order, and nothing else of it is verified without them.
  init(
    _ payload: [UInt8], names: [String] = [], baselines: [(_ body: (RawSpan) throws -> Void) throws -> Void]? = nil
  ) throws {
    byteCount = payload.count
    self.names = names
    header = try PayloadHeader(parsing: payload)
    var streams: [PayloadStream] = []
    var account: PayloadAccount?
    try payload.withBytes { payload in
      streams = try PayloadStream.all(in: payload)
      guard let baselines else { return }
      var check = try BaselineCheck(payload, outputLimit: Files.byteLimit)
      for lend in baselines { try lend { try check.take($0) } }
      var rebuilding = try check.finish(payload)
      rebuilding.keepAccount()
      for lend in baselines { try lend { try rebuilding.next(payload, $0) { _ in } } }
      account = rebuilding.account
    }
    self.streams = streams
    self.account = account
  }

  /// What bytes are for, and the kinds of tokens that are for it.
  static let causes: [(name: String, word: String, kinds: [TokenKind])] = [
    ("segments that moved", "segments", [.layout]),
    ("where copies lie", "copies", [.copyLength, .extraLength, .seek]),
    ("copied bytes that differ", "differences", [.skip, .difference]),
    ("references not as predicted", "references", [.hits, .correction]),
    ("bytes copied from nowhere", "extra", [.extra]),
  ]

  /// What tokens of some kinds take in the payload; nil where that is not known.
  func byteCount(of kinds: [TokenKind]) -> Int? {
    if header.coding == .streams {
      return streams.filter { kinds.contains($0.kind) }.reduce(0) { $0 + $1.packedByteCount }
    }
    guard let account else { return nil }
    return PayloadAccount.Share(cost: kinds.reduce(0) { $0 + account.share(of: $1).cost }).byteCount
  }

  private var mispredictions: [(key: PayloadAccount.Misprediction, value: PayloadAccount.Share)] {
    func order(_ key: PayloadAccount.Misprediction) -> String { "\(Self.place(key)) \(key.kind) \(key.cause)" }
    return (account?.mispredictions ?? [:]).sorted {
      ($1.value.count, order($0.key)) < ($0.value.count, order($1.key))
    }
  }

  private static func place(_ key: PayloadAccount.Misprediction) -> String {
    key.content.map { "\($0)" } ?? "headers"
  }

  // MARK: For people

  func show(_ margin: String, _ console: Console) {
    console.line(
      "\(margin)payload   \(Figure.count(byteCount)) bytes, format \(header.format), coding \(header.coding)")
    console.line("\(margin)old       \(header.baselineMark.map { "mark \($0)" } ?? "any")")
    console.line("\(margin)new       mark \(header.improvedMark)")
    for (index, part) in header.parts.enumerated() {
      let old = header.baselineMark == nil ? "" : " from \(Figure.count(part.baselineLength))"
      let name = names.indices.contains(index) ? ": \(names[index])" : ""
      console.line("\(margin)file      \(part.method), \(Figure.count(part.improvedLength)) bytes\(old)\(name)")
    }
    for stream in streams {
      console.line(
        "\(margin)stream    \(stream.kind): \(Figure.count(stream.packedByteCount)) bytes, unpacked "
          + "\(Figure.count(stream.byteCount)), \(stream.codec)")
    }
    console.line("\(margin)bytes     \(Figure.count(header.byteCount)) header")
    for cause in Self.causes {
      guard let bytes = byteCount(of: cause.kinds), bytes > 0 else { continue }
      let count = account.map { account in account.share(of: cause.kinds.last ?? .extra).count }
      console.line(
        "\(margin)          \(Figure.count(bytes)) \(cause.name)\(count.map { ", \(Figure.count($0))" } ?? "")")
    }
    guard let account else {
      return console.line("\(margin)          --old OLD says what each is for, and which references were mispredicted")
    }
    let wrong = account.mispredictions.values.reduce(0) { $0 + $1.count }
    console.line(
      "\(margin)references \(Figure.count(account.referenceCount)) computed anew, \(Figure.count(wrong)) not as predicted"
    )
    for (key, share) in mispredictions {
      console.line(
        "\(margin)          \(Figure.count(share.count)) in \(Self.place(key)), \(key.kind): \(key.cause.rawValue); "
          + "\(Figure.count(share.byteCount)) bytes")
    }
  }

  // MARK: For programs

  var json: JSON {
    var members: [String: JSON] = [
      "bytes": .integer(Int64(byteCount)), "format": .integer(Int64(header.format)),
      "coding": .string(header.coding.description), "newMark": .string(header.improvedMark.description),
      "headerBytes": .integer(Int64(header.byteCount)),
      "files": .array(
        header.parts.enumerated().map { index, part in
          var members: [String: JSON] = [
            "method": .string(part.method.description), "oldBytes": .integer(Int64(part.baselineLength)),
            "newBytes": .integer(Int64(part.improvedLength)),
          ]
          if names.indices.contains(index) { members["path"] = .string(names[index]) }
          return .object(members)
        }),
      "streams": .array(
        streams.map { stream in
          [
            "kind": .string(stream.kind.description), "bytes": .integer(Int64(stream.packedByteCount)),
            "unpackedBytes": .integer(Int64(stream.byteCount)), "codec": .string("\(stream.codec)"),
          ]
        }),
    ]
    members["oldMark"] = header.baselineMark.map { .string($0.description) }
    var causes: [String: JSON] = [:]
    for cause in Self.causes { causes[cause.word] = byteCount(of: cause.kinds).map { .integer(Int64($0)) } }
    members["bytesByCause"] = .object(causes)
    guard let account else { return .object(members) }
    members["references"] = .integer(Int64(account.referenceCount))
    members["mispredictions"] = .array(
      mispredictions.map { key, share in
        [
          "in": .string(Self.place(key)), "field": .string("\(key.kind)"), "cause": .string("\(key.cause)"),
          "count": .integer(Int64(share.count)), "bytes": .integer(Int64(share.byteCount)),
        ]
      })
    return .object(members)
  }
}
