import DebianArchive
import Testing

@Suite struct RelationshipTests {
  @Test func `a field is taken apart and written as it was`() throws {
    let field = "libc6 (>= 2.36),\n default-mta | mail-transport-agent, python3:any (<< 3.12~),libx (=1:2.0-1) , "
    let found = try Relationship.parse(field)
    #expect(
      found.map(\.description) == [
        "libc6 (>= 2.36)", "default-mta | mail-transport-agent", "python3:any (<< 3.12~)", "libx (= 1:2.0-1)",
      ])
    #expect(found[1].alternatives.count == 2)
    #expect(found[2].alternatives[0].qualifier == "any")
    #expect(try Relationship.parse("").isEmpty)
  }

  @Test(arguments: [
    "libc6 (2.36)", "libc6 (>= )", "libc6 (>= 2.36", "libc6 (>> 2.36) x", "Libc6", "a | ", "libc6 (>= 2 3)", "lib$c",
    "libc6:", "libc6 (== 1)", "-x", "libc6 [amd64]",
  ])
  func `a malformed relationship is refused`(field: String) {
    #expect(throws: DebianError.self) { try Relationship.parse(field) }
  }

  /// What satisfies the first satisfies the second.
  @Test(arguments: [
    ("a", "a"), ("a (>= 2)", "a"), ("a (>= 2)", "a (>= 1)"), ("a (= 2)", "a (>= 2)"), ("a (= 2)", "a (<< 3)"),
    ("a (>> 2)", "a (>= 2)"), ("a (>> 2)", "a (>> 2)"), ("a (<< 2)", "a (<= 2)"), ("a (>= 2)", "a (>> 1)"),
    ("a (>= 2)", "a (>= 1) | b"), ("a | b", "b | c | a"), ("a (<= 1)", "a (<< 2)"),
  ])
  func `a relationship implies a weaker one`(strong: String, weak: String) throws {
    #expect(try implies(strong, weak))
  }

  @Test(arguments: [
    ("a", "a (>= 1)"), ("a (>= 1)", "a (>= 2)"), ("a (>= 2.2.1)", "a (>= 2.10.1)"), ("a", "b"), ("a | b", "a"),
    ("a (>= 2)", "a (= 2)"), ("a (>= 2)", "a (>> 2)"), ("a (<= 2)", "a (<< 2)"), ("a (>= 2)", "a (<< 3)"),
    ("a:any", "a"), ("a", "a:any"), ("a (= 2)", "a (>= 3)"),
  ])
  func `a relationship does not imply a stronger one`(weak: String, strong: String) throws {
    #expect(try !implies(weak, strong))
  }

  private func implies(_ first: String, _ second: String) throws -> Bool {
    try Relationship.parse(first)[0].implies(Relationship.parse(second)[0])
  }
}
