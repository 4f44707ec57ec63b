import Testing

/// The tables of attacks and of what is asked: every test that they name is there.
@Suite struct AttackTests {
  /// The names in the second column of a table's rows.
  static func names(_ text: String) -> [String] {
    text.split(separator: "\n").filter { $0.hasPrefix("| ") }.dropFirst().flatMap { row in
      let cells = row.split(separator: "|")
      guard cells.count > 1 else { return [String]() }
      return cells[1].split(separator: "`", omittingEmptySubsequences: false).enumerated()
        .filter { $0.offset % 2 == 1 }.map { String($0.element) }
    }
  }

  @Test(arguments: ["docs/attacks.md", "docs/trust.md"])
  func `every test that the tables name is there`(document: String) throws {
    let named = Self.names(try #require(Repository.text(document)))
    #expect(named.count > 40)
    let tests = Repository.files(under: "Tests").filter { $0.hasSuffix(".swift") }.compactMap { Repository.text($0) }
    for name in named {
      #expect(tests.contains { $0.contains("func `\(name)`(") }, "no test is called: \(name)")
    }
  }

  @Test func `names are found in the second column only`() {
    #expect(Self.names("| a | b |\n| `x` | `y`, `z` |\ntext `w`") == ["y", "z"])
  }
}
