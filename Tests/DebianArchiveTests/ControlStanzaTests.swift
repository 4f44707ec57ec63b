import DebianArchive
import Testing

@Suite struct ControlStanzaTests {
  @Test func `fields are found whatever their case, folded values kept`() throws {
    let stanza = try ControlStanza(
      parsing: "Package: libx1\n# comment\nDepends: a,\n b\n\tc\nDescription: d\n .\n e\n\n")
    #expect(stanza["package"] == "libx1")
    #expect(stanza["DEPENDS"] == "a,\n b\n\tc")
    #expect(stanza.fields.map(\.name) == ["Package", "Depends", "Description"])
    #expect(stanza["Version"] == nil)
  }

  @Test(arguments: [
    "", "\n\n", " folded first\n", "no colon\n", ": no name\n", "Package: a\npackage: b\n", "A b: c\n",
    "A: 1\n\nB: 2\n",
  ])
  func `a malformed stanza, none, or two are refused`(text: String) {
    #expect(throws: DebianError.self) { try ControlStanza(parsing: text) }
  }
}
