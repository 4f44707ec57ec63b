public import Basics

/// A file as a payload knows it: by length and digest.
public struct PayloadFile: Sendable, Hashable {
  /// The length in bytes.
  public let length: Int
  /// SHA-256 of the contents.
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

/// What a payload says about itself before its streams (docs/formats/payload.md, "Header").
///
/// These are claims: nothing is verified until the payload is applied, and even then they are worth what the manifest
/// that names the payload's digest is worth.
public struct PayloadHeader: Sendable, Hashable {
  /// The format number, of which there is one so far: 0.
  public let format: UInt8
  /// How the improved file is carried.
  public let method: PayloadMethod
  /// The baseline that the payload is made for; nil where it needs none.
  public let baseline: PayloadFile?
  /// The file that the payload rebuilds.
  public let improved: PayloadFile
  /// Where the streams begin: the length of the header in bytes.
  public let byteCount: Int

  /// Parses the header at the beginning of a payload; what follows is not looked at.
  public init(parsing payload: RawSpan) throws(PayloadError) {
    var cursor = ByteCursor()
    guard payload.byteCount >= PayloadFormat.magic.count,
      try cursor.take(PayloadFormat.magic.count, of: payload, "magic") == PayloadFormat.magic
    else { throw .notPayload }
    format = try cursor.byte(of: payload, "format number")
    guard format == PayloadFormat.number else { throw .unknownFormat(format) }
    let number = try cursor.byte(of: payload, "method number")
    guard let method = PayloadMethod(rawValue: number) else { throw .unknownMethod(number) }
    self.method = method
    let mark = try cursor.byte(of: payload, "baseline mark")
    switch (mark, method) {
    case (0, .whole): baseline = nil
    case (1, _): baseline = try Self.file(&cursor, payload, "baseline")
    default: throw .malformedBaselineMark(mark)
    }
    improved = try Self.file(&cursor, payload, "improved file")
    byteCount = cursor.position
  }

  /// Parses the header at the beginning of a payload in memory.
  public init(parsing payload: [UInt8]) throws(PayloadError) {
    try unsafe self.init(parsing: payload.span.bytes)
  }

  private static func file(
    _ cursor: inout ByteCursor, _ payload: RawSpan, _ part: String
  ) throws(PayloadError) -> PayloadFile {
    let length = try cursor.length(of: payload, part)
    guard let digest = Digest(bytes: try cursor.take(Digest.byteCount, of: payload, part)) else {
      throw .truncated(part)
    }
    return PayloadFile(length: length, digest: digest)
  }

  /// The bytes of a header, as the parser reads them.
  static func bytes(method: PayloadMethod, baseline: PayloadFile?, improved: PayloadFile) -> [UInt8] {
    var bytes = PayloadFormat.magic + [PayloadFormat.number, method.rawValue, baseline == nil ? 0 : 1]
    for file in [baseline, improved] {
      guard let file else { continue }
      VariableInteger.append(UInt64(file.length), to: &bytes)
      bytes += file.digest.bytes
    }
    return bytes
  }
}
