import Foundation
import Testing

/// The documents: their links lead somewhere, every library that others may use is in the index, and no machine of a
/// developer shows through.
@Suite struct DocumentTests {
  /// The targets of the links of a document, with their lines; code blocks are left out.
  static func links(_ file: TextFile) -> [(line: Int, target: String)] {
    var found: [(line: Int, target: String)] = []
    var isCode = false
    for (index, line) in file.lines.enumerated() {
      if line.drop(while: { $0 == " " }).hasPrefix("```") { isCode.toggle() }
      guard !isCode else { continue }
      for part in String(line).components(separatedBy: "](").dropFirst() {
        found.append((index + 1, String(part.prefix { $0 != ")" && $0 != " " })))
      }
    }
    return found
  }

  /// The anchors that GitHub and others give to a document's headings.
  static func anchors(_ text: String) -> Set<String> {
    Set(
      text.split(separator: "\n").filter { $0.hasPrefix("#") }.map { line in
        let title = line.drop { $0 == "#" || $0 == " " }.lowercased()
        return String(title.filter { $0.isLetter || $0.isNumber || $0 == " " || $0 == "-" || $0 == "_" })
          .replacing(" ", with: "-")
      })
  }

  /// The links of a document that lead nowhere.
  ///
  /// `text` reads another file of the clone, `exists` asks for one.
  static func brokenLinks(_ file: TextFile, exists: (String) -> Bool, text: (String) -> String?) -> [Finding] {
    links(file).compactMap { link in
      guard !link.target.contains("://"), !link.target.hasPrefix("mailto:") else { return nil }
      let parts = link.target.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      let folder = file.path.split(separator: "/").dropLast().joined(separator: "/")
      let path = parts[0].isEmpty ? file.path : resolved(parts[0], in: folder)
      guard let path, exists(path) else {
        return Finding(file.path, line: link.line, "the link \(link.target) leads nowhere")
      }
      guard parts.count == 2, path.hasSuffix(".md") else { return nil }
      return anchors(text(path) ?? "").contains(parts[1])
        ? nil : Finding(file.path, line: link.line, "\(path) has no heading for the link \(link.target)")
    }
  }

  /// A relative link as a path from the root; nil where it leaves the clone or is absolute.
  static func resolved(_ target: String, in folder: String) -> String? {
    guard !target.hasPrefix("/") else { return nil }
    var parts = folder.split(separator: "/").map(String.init)
    for part in target.split(separator: "/") {
      if part == ".." {
        guard parts.popLast() != nil else { return nil }
      } else if part != "." {
        parts.append(String(part))
      }
    }
    return parts.joined(separator: "/")
  }

  /// Folders that exist on some developer's machine; put together here so that this file does not hold them.
  static let foreignFolders = ["work", "home", "Users"].map { "/\($0)/" } + ["/opt/" + "swift"]

  static func foreignPaths(_ file: TextFile) -> [Finding] {
    file.lines.enumerated().flatMap { index, line in
      foreignFolders.filter { folder in
        // Part of a longer relative path (one that a name precedes) is nobody's machine.
        String(line).components(separatedBy: folder).dropLast().contains { before in
          before.last.map { !$0.isLetter && !$0.isNumber && $0 != "." && $0 != "_" && $0 != "-" } ?? true
        }
      }
      .map { Finding(file.path, line: index + 1, "\($0) is a folder of one machine; name it relative to the clone") }
    }
  }

  @Test func `every relative link leads somewhere`() {
    let documents = Repository.texts(endings: [".md"])
    #expect(documents.contains { $0.path == "README.md" } && documents.flatMap(Self.links).count > 10)
    let findings = documents.flatMap { Self.brokenLinks($0, exists: Repository.exists, text: Repository.text) }
    expectNone(findings)
  }

  @Test func `every library that others may use is in the index of the documents`() throws {
    let index = try #require(Repository.texts(under: "docs", endings: ["docs/README.md"]).first)
    let targets = Set(Self.links(index).map(\.target))
    #expect(PackageTable.own.offered.count >= 4)
    for library in PackageTable.own.offered {
      #expect(targets.contains("../Sources/\(library)/README.md"), "docs/README.md does not lead to \(library)")
    }
  }

  @Test func `no file names a folder of a developer's machine`() {
    let findings = Repository.texts().flatMap(Self.foreignPaths)
    expectNone(findings)
  }

  @Test(arguments: [
    ("[a](docs/there.md)", true), ("[a](docs/missing.md)", false), ("[a](there.md)", false),
    ("[a](docs/there.md#a-heading-with-words)", true), ("[a](docs/there.md#none)", false), ("[a](#top)", true),
    ("[a](#bottom)", false), ("[a](https://example.org/missing.md)", true), ("[a](../outside.md)", false),
    ("[a](/docs/there.md)", false), ("```\n[a](missing.md)\n```", true),
  ])
  func `a link that leads nowhere is found`(text: String, isGood: Bool) {
    let files = ["README.md": "# Top\n\(text)\n", "docs/there.md": "## A heading, with `words`\n"]
    let file = TextFile(path: "README.md", text: files["README.md"] ?? "")
    let findings = Self.brokenLinks(file, exists: { files[$0] != nil }, text: { files[$0] })
    #expect(findings.isEmpty == isGood)
  }

  @Test func `a link is read from its own document's folder`() {
    let file = TextFile(path: "docs/a/b.md", text: "[a](../c.md) [b](d.md)")
    var asked: [String] = []
    _ = Self.brokenLinks(
      file,
      exists: {
        asked.append($0)
        return true
      }, text: { _ in nil })
    #expect(asked == ["docs/c.md", "docs/a/d.md"])
  }

  @Test func `a developer's folder is found and a relative path is not`() {
    for folder in Self.foreignFolders {
      #expect(Self.foreignPaths(TextFile(path: "a", text: "cd \(folder)x\n")).count == 1)
      #expect(Self.foreignPaths(TextFile(path: "a", text: "see var\(folder)x\n")).isEmpty)
    }
  }

  /// The lines of Swift that a document shows.
  static func shownCode(_ file: TextFile) -> [(line: Int, code: String)] {
    var shown: [(line: Int, code: String)] = []
    var isSwift = false
    for (index, line) in file.lines.enumerated() {
      let text = String(line).trimmingCharacters(in: .whitespaces)
      if text.hasPrefix("```") {
        isSwift = !isSwift && text == "```swift"
      } else if isSwift, !text.isEmpty {
        shown.append((index + 1, text))
      }
    }
    return shown
  }

  @Test func `code that a library's documentation shows is code that its tests run`() {
    let documents = Repository.texts(under: "Sources", endings: [".md"]).filter { $0.path.contains(".docc/") }
    #expect(!documents.isEmpty)
    for document in documents {
      let module = document.path.split(separator: "/").dropFirst().first.map(String.init) ?? ""
      let tests = Repository.text("Tests/\(module)Tests/ExampleTests.swift") ?? ""
      let lines = Set(tests.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) })
      expectNone(
        Self.shownCode(document).filter { !lines.contains($0.code) }.map {
          Finding(document.path, line: $0.line, "the tests do not run this: \($0.code)")
        })
    }
  }
}
