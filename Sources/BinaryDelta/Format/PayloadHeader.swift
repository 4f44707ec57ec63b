public import Basics

/// A file by length and digest.
public struct PayloadFile: Sendable, Hashable {
  /// The length in bytes.
  public let length: Int
  /// The SHA-256 of the contents.
  public let digest: Digest

  /// A file known by length and digest.
  public init(length: Int, digest: Digest) {
    self.length = length
    self.digest = digest
  }

  /// The file with these contents.
  public init(of contents: RawSpan) {
    var hasher = Digest.Hasher()
    hasher.update(contents)
    self.init(length: contents.byteCount, digest: hasher.finish())
  }
}

/// What a payload knows files by: enough of their digests that no accident passes.
///
/// Against malice stands whoever names the payload and the improved files by their full digests.
public struct PayloadMark: Sendable, Hashable, CustomStringConvertible {
  /// How many bytes a mark has.
  public static let byteCount = 8

  /// The bytes.
  public let bytes: [UInt8]

  init(bytes: [UInt8]) { self.bytes = bytes }

  /// The mark of files, in order: of one, the beginning of its SHA-256; of several, the beginning of the SHA-256 of all
  /// their SHA-256.
  public init(of digests: [Digest]) {
    let digest = digests.count == 1 ? digests[0] : Digest(of: digests.flatMap { Array($0.bytes) })
    bytes = Array(digest.bytes.prefix(Self.byteCount))
  }

  /// The bytes in hexadecimal digits.
  public var description: String { Hex.encode(bytes) }
}

/// One file that a payload rebuilds.
public struct PayloadPart: Sendable, Hashable {
  /// How the improved file is carried.
  public let method: PayloadMethod
  /// The length of the baseline in bytes; 0 where none is needed.
  public let baselineLength: Int
  /// The length of the improved file in bytes.
  public let improvedLength: Int

  package init(method: PayloadMethod, baselineLength: Int, improvedLength: Int) {
    self.method = method
    self.baselineLength = baselineLength
    self.improvedLength = improvedLength
  }
}

/// What a payload says about itself before its tokens (docs/formats/payload.md, "Header").
///
/// These are claims: nothing is verified until the payload is applied, and even then they are worth what the manifest
/// that names the payload's digest is worth.
public struct PayloadHeader: Sendable, Hashable {
  /// The most files in one payload.
  public static let partLimit = 4_096

  /// The format number, of which there is one: 1.
  public let format: UInt8
  /// How the tokens are written down.
  public let coding: PayloadCoding
  /// The files that it rebuilds, at least one, in the order in which it does.
  public let parts: [PayloadPart]
  /// The mark of their baselines; nil where none is needed.
  public let baselineMark: PayloadMark?
  /// The mark of the improved files.
  public let improvedMark: PayloadMark
  /// Where the body begins: the length of the header in bytes.
  public let byteCount: Int

  /// How many bytes the improved files have together.
  public var improvedLength: Int { parts.reduce(0) { $0 + $1.improvedLength } }

  /// Whether the body is one whole file, packed as one stream without a table.
  var isWholeFile: Bool { parts.count == 1 && parts[0].method == .whole && coding == .streams }

  /// Whether the payload says that it is made for these files, in this order.
  public func isMade(for files: [(baseline: PayloadFile, improved: PayloadFile)]) -> Bool {
    files.count == parts.count
      && zip(files, parts).allSatisfy { file, part in
        file.improved.length == part.improvedLength
          && (baselineMark == nil || file.baseline.length == part.baselineLength)
      }
      && (baselineMark ?? PayloadMark(of: files.map(\.baseline.digest)))
        == PayloadMark(of: files.map(\.baseline.digest))
      && improvedMark == PayloadMark(of: files.map(\.improved.digest))
  }
}

extension PayloadHeader {
  /// The bits of a payload's kind that say how it is meant as a whole.
  private static let (solid, bound): (UInt8, UInt8) = (0x40, 0x80)

  /// Parses the header at the beginning of a payload; what follows is not looked at.
  public init(parsing payload: RawSpan) throws(PayloadError) {
    var cursor = ByteCursor()
    guard payload.byteCount > PayloadFormat.magic.count,
      try cursor.take(PayloadFormat.magic.count, of: payload, "magic") == PayloadFormat.magic
    else { throw .notPayload }
    format = try cursor.byte(of: payload, "format number")
    guard format == PayloadFormat.number else { throw .unknownFormat(format) }
    let kind = try cursor.byte(of: payload, "kind")
    guard let method = PayloadMethod(rawValue: kind & 7), let coding = PayloadCoding(rawValue: kind >> 3 & 7),
      kind & Self.bound != 0 || method == .whole && kind & Self.solid == 0, kind & Self.solid == 0 || method == .whole
    else { throw .unknownMethod(kind) }
    self.coding = coding
    parts =
      try kind & Self.solid != 0
      ? Self.parts(&cursor, payload) : [Self.part(&cursor, payload, method, isBound: kind & Self.bound != 0)]
    baselineMark = try kind & Self.bound == 0 ? nil : Self.mark(&cursor, payload, "baseline")
    improvedMark = try Self.mark(&cursor, payload, "improved file")
    byteCount = cursor.position
  }

  /// Parses the header at the beginning of a payload in memory.
  public init(parsing payload: [UInt8]) throws(PayloadError) {
    try unsafe self.init(parsing: payload.span.bytes)
  }

  private static func mark(
    _ cursor: inout ByteCursor, _ payload: RawSpan, _ name: String
  ) throws(PayloadError) -> PayloadMark {
    PayloadMark(bytes: try cursor.take(PayloadMark.byteCount, of: payload, name))
  }

  private static func part(
    _ cursor: inout ByteCursor, _ payload: RawSpan, _ method: PayloadMethod, isBound: Bool
  ) throws(PayloadError) -> PayloadPart {
    guard isBound else {
      return PayloadPart(
        method: method, baselineLength: 0, improvedLength: try cursor.length(of: payload, "improved file"))
    }
    let length = try cursor.length(of: payload, "baseline")
    return PayloadPart(
      method: method, baselineLength: length, improvedLength: try improvedLength(&cursor, payload, from: length))
  }

  private static func improvedLength(
    _ cursor: inout ByteCursor, _ payload: RawSpan, from length: Int
  ) throws(PayloadError) -> Int {
    // Both terms are below 2^63 in magnitude, the first far below.
    let change = VariableInteger.unfold(UInt64(try cursor.integer(of: payload, "improved file")))
    guard change >= -length, change <= PayloadFormat.fileByteLimit - length else {
      throw .fileTooLarge("improved file", length: length.addingReportingOverflow(change).partialValue)
    }
    return length + change
  }

  /// Of several files: how many less two; then for each the baseline's length times four with the method, and the change.
  private static func parts(_ cursor: inout ByteCursor, _ payload: RawSpan) throws(PayloadError) -> [PayloadPart] {
    let more = try cursor.integer(of: payload, "number of files")
    guard more <= partLimit - 2 else { throw .tooManyParts(limit: partLimit) }
    var parts: [PayloadPart] = []
    for _ in 0..<more + 2 {
      let shape = try cursor.integer(of: payload, "baseline")
      guard let method = PayloadMethod(rawValue: UInt8(shape & 3)) else { throw .unknownMethod(UInt8(shape & 3)) }
      let length = shape >> 2
      guard length <= PayloadFormat.fileByteLimit else { throw .fileTooLarge("baseline", length: length) }
      parts.append(
        PayloadPart(
          method: method, baselineLength: length, improvedLength: try improvedLength(&cursor, payload, from: length)))
    }
    return parts
  }

  /// The bytes of a header, as the parser reads them; several parts need baselines.
  package static func bytes(
    coding: PayloadCoding, parts: [PayloadPart], baselineMark: PayloadMark?, improvedMark: PayloadMark
  ) -> [UInt8] {
    let isSolid = parts.count > 1
    precondition(!isSolid || baselineMark != nil, "several files need baselines")
    let method = isSolid ? 0 : parts[0].method.rawValue
    let kind = method | coding.rawValue << 3 | (isSolid ? solid : 0) | (baselineMark == nil ? 0 : bound)
    var bytes = PayloadFormat.magic + [PayloadFormat.number, kind]
    if isSolid { VariableInteger.append(UInt64(parts.count - 2), to: &bytes) }
    for part in parts {
      guard baselineMark != nil else {
        VariableInteger.append(UInt64(part.improvedLength), to: &bytes)
        continue
      }
      let shape = UInt64(part.baselineLength)
      VariableInteger.append(isSolid ? shape << 2 | UInt64(part.method.rawValue) : shape, to: &bytes)
      VariableInteger.append(VariableInteger.fold(part.improvedLength - part.baselineLength), to: &bytes)
    }
    return bytes + (baselineMark?.bytes ?? []) + improvedMark.bytes
  }
}
