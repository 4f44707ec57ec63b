import CanonicalJSON
import Testing

/// What the library's documentation shows, line by line; the tidy test holds the two together.
@Suite struct ExampleTests {
  @Test func `the documented examples read, write and take out members`() throws {
    let value = try JSON(parsing: Array(#"{"version":3,"name":"x"}"#.utf8))
    let signed = value.canonicalBytes
    #expect(String(decoding: signed, as: UTF8.self) == #"{"name":"x","version":3}"#)
    let fields = try JSONFields(value, at: "metadata")
    try fields.requireOnly(["version", "name"])
    let version = try fields.integer("version", in: 1...100)
    #expect(version == 3)
  }
}
