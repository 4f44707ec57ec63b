import Foundation
import Testing

/// The modules: each knows only what stands below it, Package.swift and ARCHITECTURE.md agree, each says what it is.
@Suite struct ModuleTests {
  /// Foundations that anyone could use on any bytes: they never reach for the machine.
  static let pure: Set<String> = [
    "BinaryDelta", "CanonicalJSON", "DeltaEncoding", "ELFImage", "Improvements", "TUF", "TransparencyLog",
    "TreeDelta",
  ]

  static func rowBreaches(_ table: PackageTable) -> [Finding] {
    table.products.flatMap { module in
      module.uses.compactMap { table.module($0) }.compactMap { used -> Finding? in
        let row = { table.rows.indices.contains($0) ? table.rows[$0] : "?" }
        if used.row > module.row || used.position >= module.position {
          return Finding("Package.swift", "\(module.name) uses \(used.name), which stands above it")
        }
        if used.row == module.row, row(module.row) != "Foundations" {
          return Finding("Package.swift", "\(module.name) uses \(used.name) of its own row (\(row(module.row)))")
        }
        if used.name == "Linux", pure.contains(module.name) {
          return Finding("Package.swift", "\(module.name) is pure and may not use Linux")
        }
        return nil
      }
    }
  }

  /// The module table of ARCHITECTURE.md: what each row's heading and each module's line say.
  static func documented(_ text: String) -> [String: (row: String, uses: [String])] {
    var row = ""
    var found: [String: (row: String, uses: [String])] = [:]
    for line in text.split(separator: "\n") {
      let cells = line.split(separator: "|", omittingEmptySubsequences: false).dropFirst().dropLast().map {
        $0.trimmingCharacters(in: .whitespaces)
      }
      guard cells.count >= 3 else { continue }
      let name = cells[0]
      if name.hasPrefix("**"), name.hasSuffix("**") {
        row = String(name.dropFirst(2).dropLast(2))
      } else if name.hasPrefix("`"), name.hasSuffix("`") {
        let uses = cells[2].split(separator: "`").map(String.init).filter { $0.contains(where: \.isLetter) }
        found[String(name.dropFirst().dropLast())] = (row, uses.sorted())
      }
    }
    return found
  }

  static func documentBreaches(_ table: PackageTable, _ text: String) -> [Finding] {
    let place = "ARCHITECTURE.md"
    let documented = documented(text)
    var findings: [Finding] = []
    for module in table.products {
      guard let entry = documented[module.name] else {
        findings.append(Finding(place, "\(module.name) of Package.swift is not in the table"))
        continue
      }
      if entry.row != table.rows[module.row] {
        findings.append(
          Finding(place, "\(module.name) stands under \(entry.row), in Package.swift under \(table.rows[module.row])"))
      }
      if entry.uses != module.uses {
        findings.append(Finding(place, "\(module.name) uses \(module.uses), the table says \(entry.uses)"))
      }
    }
    let known = Set(table.products.map(\.name))
    for name in documented.keys.sorted() where !known.contains(name) {
      findings.append(Finding(place, "\(name) is in the table and not in Package.swift"))
    }
    return findings
  }

  static func folderBreaches(_ table: PackageTable, _ folders: Set<String>) -> [Finding] {
    let named = Set(table.products.map(\.name))
    let unnamed = folders.subtracting(named).sorted().map { Finding("Sources/\($0)", "is not in Package.swift") }
    let missing = named.subtracting(folders).sorted().map { Finding("Package.swift", "\($0) has no folder in Sources") }
    return unnamed + missing
  }

  static func readmeBreaches(_ table: PackageTable, text: (String) -> String?) -> [Finding] {
    table.products.filter { ["library", "program"].contains($0.kind) }.compactMap { module in
      let path = "Sources/\(module.name)/README.md"
      guard let text = text(path) else { return Finding(path, "is missing: say what the module is and what it is not") }
      guard text.hasPrefix("# \(module.name)\n") else { return Finding(path, "does not begin with # \(module.name)") }
      return text.count > 120 ? nil : Finding(path, "is too short: say what the module is and what it is not")
    }
  }

  @Test func `a module uses only what stands below it`() {
    #expect(PackageTable.own.products.count > 15 && PackageTable.own.rows.count == 7)
    let findings = Self.rowBreaches(.own)
    expectNone(findings)
  }

  @Test func `the table of ARCHITECTURE.md is the table of Package.swift`() {
    let findings = Self.documentBreaches(.own, Repository.text("ARCHITECTURE.md") ?? "")
    expectNone(findings)
  }

  @Test func `every folder of Sources is a module and every module has its folder`() {
    expectNone(Self.folderBreaches(.own, Set(Repository.folders(in: "Sources"))))
  }

  @Test func `every module says what it is and what it is not`() {
    expectNone(Self.readmeBreaches(.own, text: Repository.text))
  }

  static let sample = """
    let table: [Module] = [
      // C: below.
      Module("CThing", .systemLibrary(pkgConfig: "thing", apt: "libthing-dev")),

      // Foundations: usable by anyone,
      // in two lines.
      Module("Ground", .library, ["CThing"]),
      Module("Linux", .library, ["Ground"]),

      // Mechanisms: apart.
      Module(
        "Left", .library,
        ["Crypto", "Ground"]),
      Module("Right", .library, ["Ground"]),
    ]
    let offered = ["Ground"]
    """

  @Test func `the sample is read as it stands`() throws {
    let table = PackageTable(Self.sample)
    #expect(table.rows == ["C", "Foundations", "Mechanisms"])
    #expect(table.modules.map(\.name) == ["CThing", "Ground", "Linux", "Left", "Right"])
    #expect(table.module("Left")?.uses == ["Crypto", "Ground"])
    #expect(table.module("CThing")?.uses == [])
    #expect(table.module("Left")?.row == 2)
    #expect(table.offered == ["Ground"])
    #expect(Self.rowBreaches(table).isEmpty)
  }

  @Test(arguments: [
    (#""Right", .library, ["Ground"]"#, #""Right", .library, ["Left"]"#, "of its own row"),
    (#""Ground", .library, ["CThing"]"#, #""Ground", .library, ["Right"]"#, "stands above it"),
    (#""Ground", .library, ["CThing"]"#, #""Ground", .library, ["Linux"]"#, "stands above it"),
    (#""Right", .library, ["Ground"]"#, #""TUF", .library, ["Linux"]"#, "is pure"),
  ])
  func `a module that reaches sideways or upwards is found`(from: String, to: String, reason: String) {
    let findings = Self.rowBreaches(PackageTable(Self.sample.replacing(from, with: to)))
    #expect(findings.count == 1 && findings[0].sentence.contains(reason))
  }

  @Test func `a folder without a module, a module without a folder and a module without words are found`() {
    let table = PackageTable(Self.sample)
    let names = Set(table.modules.map(\.name))
    #expect(Self.folderBreaches(table, names).isEmpty)
    #expect(Self.folderBreaches(table, names.union(["Stray"])).map(\.path) == ["Sources/Stray"])
    let missing = Self.folderBreaches(table, names.subtracting(["Left"]))
    #expect(missing.map(\.sentence) == ["Left has no folder in Sources"])

    let words = String(repeating: "It is not this. ", count: 10)
    #expect(Self.readmeBreaches(table) { "# \($0.split(separator: "/")[1])\n\(words)" }.isEmpty)
    #expect(Self.readmeBreaches(table) { _ in nil }.count == 4)
    #expect(Self.readmeBreaches(table) { "# \($0.split(separator: "/")[1])\n" }.count == 4)
    #expect(Self.readmeBreaches(table) { _ in words }.count == 4)
  }

  @Test func `a table that differs is found`() {
    let table = PackageTable(Self.sample)
    let good = """
      | module | its job | uses |
      |---|---|---|
      | **C** | | |
      | `CThing` | thing | – |
      | **Foundations** | | |
      | `Ground` | ground | `CThing` |
      | `Linux` | door | `Ground` |
      | **Mechanisms** | | |
      | `Left` | left | `Crypto`, `Ground` |
      | `Right` | right | `Ground` |
      """
    #expect(Self.documentBreaches(table, good).isEmpty)
    #expect(Self.documentBreaches(table, "").count == 5)
    let changes = [
      ("`Crypto`, `Ground`", "`Ground`"), ("| `Right` |", "| `Wrong` |"), ("| **Mechanisms** | | |\n", ""),
      ("| `Linux` | door | `Ground` |", "| `Linux` | door | `Ground`, `CThing` |"),
    ]
    for (from, to) in changes { #expect(!Self.documentBreaches(table, good.replacing(from, with: to)).isEmpty) }
  }
}
