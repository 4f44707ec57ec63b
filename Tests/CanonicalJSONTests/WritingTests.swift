import CanonicalJSON
import Testing

@Suite struct WritingTests {
  @Test func `the canonical form escapes two characters and sorts by bytes`() {
    let json: JSON = ["b": [1, -2, nil, true, false], "a": "q\"b\\c\n\u{1}é/", "": [:], "B": []]
    let expected = "{\"\":{},\"B\":[],\"a\":\"q\\\"b\\\\c\n\u{1}é/\",\"b\":[1,-2,null,true,false]}"
    #expect(json.canonicalBytes == Array(expected.utf8))
  }

  @Test func `members sort by code point, not by Unicode's collation`() {
    // U+FF5E comes before U+1F600 in UTF-8 and after it in UTF-16; a decomposed é comes before f, a composed one after z.
    let json: JSON = ["\u{1f600}": 1, "\u{ff5e}": 2, "z": 3, "e\u{301}": 4, "f": 5, "\u{e8}": 6]
    let expected = "{\"e\u{301}\":4,\"f\":5,\"z\":3,\"\u{e8}\":6,\"\u{ff5e}\":2,\"\u{1f600}\":1}"
    #expect(json.canonicalBytes == Array(expected.utf8))
  }

  @Test func `compact text is JSON that reads back as the same value`() throws {
    let json: JSON = ["a": "q\"b\\c\n\r\t\u{8}\u{c}\u{1}\u{1f}\u{7f}é😀", "n": .integer(.min), "x": [[:], [], nil]]
    let text = json.compactText
    #expect(text.hasPrefix(#"{"a":"q\"b\\c\n\r\t\b\f\u0001\u001f"#))
    #expect(!text.utf8.contains { $0 < 0x20 })
    #expect(try JSON(parsing: Array(text.utf8)) == json)
  }

  @Test func `writing the same members in another order gives the same bytes`() throws {
    let one = try JSON(parsing: Array(#"{"x":1,"y":{"b":2,"a":1}}"#.utf8))
    let two = try JSON(parsing: Array(#"{ "y" : {"a":1,"b":2}, "x":1 }"#.utf8))
    #expect(one.canonicalBytes == two.canonicalBytes)
    #expect(one.compactText == two.compactText)
  }

  @Test func `a string's own bytes survive, whatever it is equivalent to`() throws {
    let bytes = Array("\"e\u{301}\u{212a}\"".utf8)
    #expect(try JSON(parsing: bytes).canonicalBytes == bytes)
  }
}
