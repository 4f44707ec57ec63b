import Basics
import Testing
import TreeDelta

/// Trees of a test, written down briefly.
enum Sample {
  static func path(_ text: String) throws -> RelativePath { try #require(RelativePath(text)) }

  static func file(_ text: String, _ content: String, mode: UInt32 = 0o644) throws -> TreeEntry {
    let bytes = Array(content.utf8)
    return TreeEntry(
      path: try path(text), mode: mode, content: .file(length: bytes.count, digest: Digest(of: bytes)))
  }

  static func folder(_ text: String, mode: UInt32 = 0o755) throws -> TreeEntry {
    TreeEntry(path: try path(text), mode: mode, content: .directory)
  }

  static func link(_ text: String, to target: String) throws -> TreeEntry {
    TreeEntry(path: try path(text), mode: 0, content: .symbolicLink(to: target))
  }

  /// A small package.
  static func old() throws -> Tree {
    try Tree([
      folder("usr"), folder("usr/lib"), file("usr/lib/libx.so.1.0.1", "old code"),
      link("usr/lib/libx.so.1", to: "libx.so.1.0.1"), folder("usr/share"), file("usr/share/copyright", "words"),
      file("usr/share/notes", "notes"),
    ])
  }
}

@Suite struct TreeTests {
  @Test func `entries stand in the order of bytes, a folder before what it holds`() throws {
    let tree = try Tree([
      Sample.file("a/b", "x"), Sample.folder("a"), Sample.file("a-b", "x"), Sample.file("B", "x"),
    ])
    #expect(tree.entries.map(\.path.description) == ["B", "a", "a-b", "a/b"])
    #expect(tree.byteCount == 3)
  }

  @Test func `a path that stands twice is refused, and two that only look alike are not`() throws {
    let twice = try [Sample.file("a", "x"), Sample.file("a", "y")]
    #expect(throws: TreeError.outOfOrder(try Sample.path("a"))) { try Tree(twice) }
    // One letter, and a letter with a mark: equal to Swift, two files to the kernel.
    let alike = try [Sample.file("\u{e9}", "x"), Sample.file("e\u{301}", "y")]
    #expect(try Tree(alike).entries.count == 2)
  }

  @Test func `nothing lies beneath what is no folder`() throws {
    let missing = try [Sample.file("a/b", "x")]
    #expect(throws: TreeError.self) { try Tree(missing) }
    let beneathLink = try [Sample.link("a", to: "/etc"), Sample.file("a/b", "x")]
    #expect(throws: TreeError.self) { try Tree(beneathLink) }
    let beneathFile = try [Sample.file("a", "x"), Sample.file("a/b", "x")]
    #expect(throws: TreeError.self) { try Tree(beneathFile) }
  }

  @Test func `a mark changes with every path, kind, mode, content and target`() throws {
    let base = try [Sample.folder("a"), Sample.file("a/b", "x"), Sample.link("c", to: "a")]
    let others = try [
      [Sample.folder("a", mode: 0o700), base[1], base[2]], [base[0], Sample.file("a/b", "y"), base[2]],
      [base[0], Sample.file("a/b", "x", mode: 0o4755), base[2]], [base[0], base[1], Sample.link("c", to: "b")],
      [base[0], Sample.file("a/d", "x"), base[2]], [base[0], base[1]], [base[0], base[1], Sample.file("c", "a")],
    ]
    let marks = try ([base] + others).map { try Tree($0).mark }
    #expect(Set(marks).count == marks.count)
    #expect(marks.allSatisfy { $0.count == Tree.markByteCount })
    #expect(try Tree(base).mark == Tree(base.reversed()).mark)
  }
}
