import CanonicalJSON
import Testing

@Suite struct FieldsTests {
  static let json: JSON = [
    "text": "x", "number": 7, "flag": true, "none": nil, "list": ["a", "b"], "mixed": ["a", 1],
    "inner": ["deep": [["name": 1]]],
  ]

  @Test func `members come out as what they are`() throws {
    let fields = try JSONFields(Self.json, at: "signed")
    #expect(try fields.string("text") == "x")
    #expect(try fields.integer("number", in: 1...7) == 7)
    #expect(try fields.bool("flag"))
    #expect(try fields.strings("list") == ["a", "b"])
    #expect(try fields.json("none") == .null)
    #expect(try fields.object("inner").objects("deep").first?.integer("name") == 1)
    #expect(fields.has("none") && !fields.has("other"))
    #expect(fields.names == ["flag", "inner", "list", "mixed", "none", "number", "text"])
    #expect(fields.json == Self.json)
  }

  @Test func `a member that may be absent is nil, and null is not absent`() throws {
    let fields = try JSONFields(Self.json, at: "signed")
    #expect(try fields.optionalString("other") == nil)
    #expect(try fields.optionalInteger("number") == 7)
    #expect(try fields.optionalBool("other") == nil)
    #expect(try fields.optionalArray("list")?.count == 2)
    #expect(try fields.optionalStrings("other") == nil)
    #expect(try fields.optionalObject("other") == nil)
    #expect(try fields.optionalObjects("other") == nil)
    #expect(fields.optionalJSON("none") == .null)
    #expect(throws: JSONError.wrongKind(path: "signed.none", wanted: "a string", found: "null")) {
      try fields.optionalString("none")
    }
  }

  @Test func `an error names the member's path`() throws {
    let fields = try JSONFields(Self.json, at: "signed")
    let sentences: [(String, () throws -> Void)] = [
      ("signed.other is missing", { _ = try fields.string("other") }),
      ("signed.number is an integer, and must be a string", { _ = try fields.string("number") }),
      ("signed.text is a string, and must be an integer", { _ = try fields.integer("text") }),
      ("signed.flag is a truth value, and must be an integer", { _ = try fields.integer("flag") }),
      ("signed.number is 7, and must be from 1 to 6", { _ = try fields.integer("number", in: 1...6) }),
      ("signed.number is an integer, and must be a truth value", { _ = try fields.bool("number") }),
      ("signed.inner is an object, and must be an array", { _ = try fields.array("inner") }),
      ("signed.mixed[1] is an integer, and must be a string", { _ = try fields.strings("mixed") }),
      ("signed.list[0] is a string, and must be an object", { _ = try fields.objects("list") }),
      ("signed.list is an array, and must be an object", { _ = try fields.object("list") }),
      ("signed.flag is not known here", { try fields.requireOnly(["text", "number"]) }),
      ("file is null, and must be an object", { _ = try JSONFields(.null, at: "file") }),
      (
        "signed.inner.deep[0].x is missing",
        { _ = try fields.object("inner").objects("deep").first?.string("x") }
      ),
    ]
    for (sentence, body) in sentences {
      let error = #expect(throws: JSONError.self) { try body() }
      #expect(error?.description == sentence)
    }
  }

  @Test func `a quoted text shows what is hidden and nothing else`() {
    #expect(JSON.quoted("plain é 漢字") == #""plain é 漢字""#)
    #expect(JSON.quoted("a\"b\\c") == #""a\"b\\c""#)
    #expect(JSON.quoted("\u{1b}[2J\r\n\u{9b}\u{202e}\u{feff}") == #""\u{1b}[2J\u{d}\u{a}\u{9b}\u{202e}\u{feff}""#)
    // One character of a thousand combining marks is a thousand scalars.
    #expect(JSON.quoted("a" + String(repeating: "\u{301}", count: 1_000), limit: 3).unicodeScalars.count == 6)
  }

  @Test func `a foreign name cannot smuggle control characters or pages into a sentence`() throws {
    let name = "\u{1b}[2J\n" + String(repeating: "x", count: 10_000)
    let fields = try JSONFields(.object([name: 1]), at: "signed")
    let error = #expect(throws: JSONError.self) { try fields.requireOnly([]) }
    let sentence = try #require(error?.description)
    #expect(sentence.utf8.count < 200)
    #expect(!sentence.utf8.contains { $0 < 0x20 })
  }
}
