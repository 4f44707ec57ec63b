import CanonicalJSON
import Testing

@Suite struct ParsingTests {
  static func parse(_ text: String, limits: JSON.Limits = .default) throws(JSONError) -> JSON {
    try JSON(parsing: Array(text.utf8), limits: limits)
  }

  @Test func `every kind of value is read`() throws {
    let json = try Self.parse(#" {"a":[null,true,false,0,-7,"x"],"b":{}, "c" : [ ] } "#)
    #expect(json == ["a": [nil, true, false, 0, -7, "x"], "b": [:], "c": []])
    #expect(json["a"]?.array?.count == 6)
    #expect(json["b"]?["none"] == nil)
  }

  @Test func `64-bit integers are read to both ends`() throws {
    #expect(try Self.parse("9223372036854775807") == .integer(.max))
    #expect(try Self.parse("-9223372036854775808") == .integer(.min))
  }

  @Test func `escapes become characters`() throws {
    let json = try Self.parse(#""\"\\\/\b\f\n\r\t\u00e9\u20AC\ud83d\ude00\u0000""#)
    #expect(json.string?.unicodeScalars.elementsEqual("\"\\/\u{8}\u{c}\n\r\t\u{e9}€😀\0".unicodeScalars) == true)
  }

  @Test(arguments: [
    ("9223372036854775808", JSONError.integerOutOfRange(offset: 0)),
    ("-9223372036854775809", .integerOutOfRange(offset: 0)),
    ("99999999999999999999999", .integerOutOfRange(offset: 0)),
    ("1.0", .notAnInteger(offset: 0)), ("1e3", .notAnInteger(offset: 0)), ("0E1", .notAnInteger(offset: 0)),
    ("01", .leadingZero(offset: 0)), ("-01", .leadingZero(offset: 0)), ("00", .leadingZero(offset: 0)),
    ("[-0]", .negativeZero(offset: 1)), ("-", .unexpectedEnd(offset: 1)),
    ("-a", .unexpectedByte(0x61, offset: 1, wanted: "a digit")),
    ("+1", .unexpectedByte(0x2b, offset: 0, wanted: "a value")),
    ("NaN", .unexpectedByte(0x4e, offset: 0, wanted: "a value")),
    ("1 2", .trailingBytes(offset: 2)), ("{}\0", .trailingBytes(offset: 2)), ("0x10", .trailingBytes(offset: 1)),
    ("", .unexpectedEnd(offset: 0)), ("   ", .unexpectedEnd(offset: 3)),
    ("{", .unexpectedEnd(offset: 1)), ("[1,", .unexpectedEnd(offset: 3)), ("\"a", .unexpectedEnd(offset: 2)),
    ("tru", .unexpectedEnd(offset: 3)), ("nulL", .unexpectedByte(0x4c, offset: 3, wanted: "the word null")),
    ("[1,]", .unexpectedByte(0x5d, offset: 3, wanted: "a value")),
    (#"{"a":1,}"#, .unexpectedByte(0x7d, offset: 7, wanted: "a member's name")),
    (#"{"a" 1}"#, .unexpectedByte(0x31, offset: 5, wanted: "a colon")),
    ("[1 2]", .unexpectedByte(0x32, offset: 3, wanted: "a comma or the end of the array")),
    ("{'a':1}", .unexpectedByte(0x27, offset: 1, wanted: "a member's name")),
    ("\u{feff}1", .unexpectedByte(0xef, offset: 0, wanted: "a value")),
    ("// c\n1", .unexpectedByte(0x2f, offset: 0, wanted: "a value")),
    (#"{"a":1,"b":2,"a":1}"#, .duplicateMember("a", offset: 13)),
    (#"{"a":1,"\u0061":1}"#, .duplicateMember("a", offset: 7)),
    (#"{"\u00e9":1,"e\u0301":1}"#, .duplicateMember("e\u{301}", offset: 12)),
    (#""\ud800""#, .loneSurrogate(offset: 1)), (#""\udc00""#, .loneSurrogate(offset: 1)),
    (#""\ud800\u0041""#, .loneSurrogate(offset: 1)), (#""\ud800\ud800""#, .loneSurrogate(offset: 1)),
    (#""\x""#, .unknownEscape(0x78, offset: 2)),
    (#""\u12g4""#, .unexpectedByte(0x67, offset: 5, wanted: "a hexadecimal digit")),
    ("\"a\nb\"", .controlCharacter(0x0a, offset: 2)),
  ])
  func `what two readers could understand differently is refused`(text: String, error: JSONError) {
    #expect(throws: error) { try Self.parse(text) }
  }

  @Test(
    arguments: [
      [0xff], [0xc0, 0xaf], [0xe0, 0x80, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xc3], [0x80],
    ] as [[UInt8]])
  func `a string that is not UTF-8 is refused`(bytes: [UInt8]) {
    #expect(throws: JSONError.invalidUTF8(offset: 0)) { try JSON(parsing: [0x22] + bytes + [0x22]) }
  }

  @Test func `nesting is bounded`() throws {
    let limits = JSON.Limits(depth: 3)
    #expect(try Self.parse("[[[]]]", limits: limits) == [[[]]])
    #expect(throws: JSONError.tooDeep(limit: 3, offset: 3)) { try Self.parse("[[[[]]]]", limits: limits) }
    #expect(throws: JSONError.tooDeep(limit: 64, offset: 64)) {
      try Self.parse(String(repeating: "[", count: 1_000_000))
    }
    #expect(JSON.Limits(depth: 1_000_000).depth == JSON.Limits.greatestDepth)
    let deepest = String(repeating: #"{"a":"#, count: 512) + "1" + String(repeating: "}", count: 512)
    #expect(try Self.parse(deepest, limits: JSON.Limits(depth: .max)).object?.count == 1)
  }

  @Test func `a long text is refused before it is read`() {
    #expect(throws: JSONError.tooLong(byteCount: 5, limit: 4)) {
      try Self.parse("12345", limits: JSON.Limits(byteCount: 4))
    }
  }

  @Test func `a text cut anywhere is refused`() throws {
    let whole = Array(#"{"a":[1,"é\n",{"b":null}],"c":true}"#.utf8)
    for count in 0..<whole.count {
      #expect(throws: JSONError.self) { try JSON(parsing: Array(whole.prefix(count))) }
    }
    _ = try JSON(parsing: whole)
  }
}
