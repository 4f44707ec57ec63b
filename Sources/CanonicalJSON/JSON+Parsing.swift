extension JSON {
  /// How much a reader takes before it refuses.
  public struct Limits: Sendable, Hashable {
    /// Nesting of arrays and objects that documents of this project never come near.
    public static let defaultDepth = 64
    /// The deepest nesting that any limit can ask for, because the reader recurses.
    public static let greatestDepth = 512
    /// 16 MiB: more than any metadata file or manifest.
    public static let defaultByteCount = 16 << 20

    /// The deepest nesting of arrays and objects.
    public let depth: Int
    /// The longest text, in bytes.
    public let byteCount: Int

    /// The usual limits.
    public static let `default` = Limits()

    /// Limits of a reader's own; a depth above ``greatestDepth`` counts as that.
    public init(depth: Int = Self.defaultDepth, byteCount: Int = Self.defaultByteCount) {
      self.depth = min(depth, Self.greatestDepth)
      self.byteCount = byteCount
    }
  }

  /// Reads one RFC 8259 text strictly: what two readers could understand differently is refused.
  ///
  /// Refused are members named twice, fractions and exponents, `-0` and leading zeros, integers beyond 64 bits, invalid
  /// UTF-8, lone surrogates, a byte order mark, bytes after the value, and whatever passes the limits. Member names
  /// that are equal by Unicode's canonical equivalence count as the same name.
  public init(parsing bytes: [UInt8], limits: Limits = .default) throws(JSONError) {
    guard bytes.count <= limits.byteCount else {
      throw .tooLong(byteCount: bytes.count, limit: limits.byteCount)
    }
    var reader = JSONReader(bytes: bytes, depthLimit: limits.depth)
    self = try reader.readDocument()
  }
}

/// A recursive-descent reader; every read checks the end first, and the depth bounds the recursion.
private struct JSONReader {
  let bytes: [UInt8]
  let depthLimit: Int
  var offset = 0

  init(bytes: [UInt8], depthLimit: Int) {
    self.bytes = bytes
    self.depthLimit = depthLimit
  }

  mutating func readDocument() throws(JSONError) -> JSON {
    skipWhiteSpace()
    let value = try readValue(depth: 0)
    skipWhiteSpace()
    guard offset == bytes.count else { throw .trailingBytes(offset: offset) }
    return value
  }

  private mutating func readValue(depth: Int) throws(JSONError) -> JSON {
    switch try peek() {
    case UInt8(ascii: "{"): return try readObject(depth: depth + 1)
    case UInt8(ascii: "["): return try readArray(depth: depth + 1)
    case UInt8(ascii: "\""): return .string(try readString())
    case UInt8(ascii: "t"): return try readWord("true", .bool(true))
    case UInt8(ascii: "f"): return try readWord("false", .bool(false))
    case UInt8(ascii: "n"): return try readWord("null", .null)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try readInteger()
    case let byte: throw .unexpectedByte(byte, offset: offset, wanted: "a value")
    }
  }

  private mutating func readObject(depth: Int) throws(JSONError) -> JSON {
    guard depth <= depthLimit else { throw .tooDeep(limit: depthLimit, offset: offset) }
    offset += 1
    var members: [String: JSON] = [:]
    skipWhiteSpace()
    if try peek() == UInt8(ascii: "}") {
      offset += 1
      return .object(members)
    }
    while true {
      skipWhiteSpace()
      let start = offset
      guard try peek() == UInt8(ascii: "\"") else {
        throw .unexpectedByte(bytes[offset], offset: offset, wanted: "a member's name")
      }
      let name = try readString()
      guard members[name] == nil else { throw .duplicateMember(name, offset: start) }
      skipWhiteSpace()
      try expect(UInt8(ascii: ":"), wanted: "a colon")
      skipWhiteSpace()
      members[name] = try readValue(depth: depth)
      skipWhiteSpace()
      if try readSeparator(end: UInt8(ascii: "}"), wanted: "a comma or the end of the object") {
        return .object(members)
      }
    }
  }

  private mutating func readArray(depth: Int) throws(JSONError) -> JSON {
    guard depth <= depthLimit else { throw .tooDeep(limit: depthLimit, offset: offset) }
    offset += 1
    var elements: [JSON] = []
    skipWhiteSpace()
    if try peek() == UInt8(ascii: "]") {
      offset += 1
      return .array(elements)
    }
    while true {
      skipWhiteSpace()
      elements.append(try readValue(depth: depth))
      skipWhiteSpace()
      if try readSeparator(end: UInt8(ascii: "]"), wanted: "a comma or the end of the array") {
        return .array(elements)
      }
    }
  }

  /// Takes a comma (false) or the end mark (true).
  private mutating func readSeparator(end: UInt8, wanted: String) throws(JSONError) -> Bool {
    let byte = try peek()
    guard byte == end || byte == UInt8(ascii: ",") else {
      throw .unexpectedByte(byte, offset: offset, wanted: wanted)
    }
    offset += 1
    return byte == end
  }

  private mutating func readWord(_ word: StaticString, _ value: JSON) throws(JSONError) -> JSON {
    for byte in word.description.utf8 {
      try expect(byte, wanted: "the word \(word)")
    }
    return value
  }

  private mutating func readInteger() throws(JSONError) -> JSON {
    let start = offset
    let isNegative = try peek() == UInt8(ascii: "-")
    if isNegative { offset += 1 }
    let firstDigit = offset
    var value: Int64 = 0
    while offset < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[offset]) {
      // Built from below zero, where there is room for one number more.
      let (shifted, overflowsShift) = value.multipliedReportingOverflow(by: 10)
      let (sum, overflowsSum) = shifted.subtractingReportingOverflow(Int64(bytes[offset] - UInt8(ascii: "0")))
      guard !overflowsShift, !overflowsSum else { throw .integerOutOfRange(offset: start) }
      value = sum
      offset += 1
    }
    guard offset > firstDigit else {
      throw .unexpectedByte(try peek(), offset: offset, wanted: "a digit")
    }
    if bytes[firstDigit] == UInt8(ascii: "0"), offset > firstDigit + 1 { throw .leadingZero(offset: start) }
    if isNegative, value == 0 { throw .negativeZero(offset: start) }
    if offset < bytes.count, [UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E")].contains(bytes[offset]) {
      throw .notAnInteger(offset: start)
    }
    if isNegative { return .integer(value) }
    guard value > Int64.min else { throw .integerOutOfRange(offset: start) }
    return .integer(-value)
  }

  /// Reads a string whose first quotation mark is the next byte.
  private mutating func readString() throws(JSONError) -> String {
    let start = offset
    offset += 1
    var text: [UInt8] = []
    var runStart = offset
    while true {
      switch try peek() {
      case UInt8(ascii: "\""):
        text += bytes[runStart..<offset]
        offset += 1
        guard let string = String(validating: text, as: UTF8.self) else { throw .invalidUTF8(offset: start) }
        return string
      case UInt8(ascii: "\\"):
        text += bytes[runStart..<offset]
        offset += 1
        text += try readEscape()
        runStart = offset
      case let byte where byte < 0x20:
        throw .controlCharacter(byte, offset: offset)
      default:
        offset += 1
      }
    }
  }

  /// Reads what follows a backslash, as UTF-8.
  private mutating func readEscape() throws(JSONError) -> [UInt8] {
    let byte = try peek()
    offset += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
    case UInt8(ascii: "b"): return [0x08]
    case UInt8(ascii: "f"): return [0x0c]
    case UInt8(ascii: "n"): return [0x0a]
    case UInt8(ascii: "r"): return [0x0d]
    case UInt8(ascii: "t"): return [0x09]
    case UInt8(ascii: "u"): return Array(String(Character(try readScalar())).utf8)
    default: throw .unknownEscape(byte, offset: offset - 1)
    }
  }

  /// Reads the digits after `\u`, and the second half of a surrogate pair where the first half stands.
  private mutating func readScalar() throws(JSONError) -> Unicode.Scalar {
    let start = offset - 2
    let high = try readFourDigits()
    if let scalar = Unicode.Scalar(high) { return scalar }
    guard high < 0xdc00, offset + 1 < bytes.count, bytes[offset] == UInt8(ascii: "\\"),
      bytes[offset + 1] == UInt8(ascii: "u")
    else { throw .loneSurrogate(offset: start) }
    offset += 2
    let low = try readFourDigits()
    guard (0xdc00..<0xe000).contains(low), let scalar = Unicode.Scalar(0x10000 + (high - 0xd800) << 10 + low - 0xdc00)
    else { throw .loneSurrogate(offset: start) }
    return scalar
  }

  private mutating func readFourDigits() throws(JSONError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      let byte = try peek()
      let digit: UInt8
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
      default: throw .unexpectedByte(byte, offset: offset, wanted: "a hexadecimal digit")
      }
      value = value << 4 | UInt32(digit)
      offset += 1
    }
    return value
  }

  private func peek() throws(JSONError) -> UInt8 {
    guard offset < bytes.count else { throw .unexpectedEnd(offset: offset) }
    return bytes[offset]
  }

  private mutating func expect(_ byte: UInt8, wanted: String) throws(JSONError) {
    let found = try peek()
    guard found == byte else { throw .unexpectedByte(found, offset: offset, wanted: wanted) }
    offset += 1
  }

  private mutating func skipWhiteSpace() {
    while offset < bytes.count {
      switch bytes[offset] {
      case 0x20, 0x09, 0x0a, 0x0d: offset += 1
      default: return
      }
    }
  }
}
