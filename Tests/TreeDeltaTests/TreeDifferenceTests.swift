import Basics
import Testing
import TreeDelta

@Suite struct TreeDifferenceTests {
  /// The new tree that steps make of an old one, with the contents that it should have.
  private func rebuild(_ difference: TreeDifference, _ old: Tree, _ new: Tree) throws -> Tree {
    let listing = TreeListing.bytes(of: difference.steps, from: old)
    let steps = try TreeListing.steps(in: listing, from: old)
    #expect(steps == difference.steps)
    let plan = try TreePlan(steps, from: old)
    #expect(plan.baselines == difference.files.map(\.old))
    var made: [TreeEntry] = []
    for entry in plan.entries {
      let content: TreeEntry.Content =
        switch entry.source {
        case .directory: .directory
        case .link(let target): .symbolicLink(to: target)
        case .oldFile(let index): old.entries[index].content
        case .newFile(let index): made[index].content
        case .payload(let number, _): new.entries[difference.files[number].new].content
        }
      made.append(TreeEntry(path: entry.path, mode: entry.mode, content: content))
    }
    return try Tree(made)
  }

  @Test func `equal trees differ in nothing`() throws {
    let difference = TreeDifference(from: try Sample.old(), to: try Sample.old())
    #expect(difference.steps.isEmpty && difference.files.isEmpty)
  }

  @Test func `what is written down makes the new tree of the old one`() throws {
    let old = try Sample.old()
    let new = try Tree([
      Sample.folder("usr"), Sample.folder("usr/lib", mode: 0o700), Sample.file("usr/lib/libx.so.1.0.2", "new code"),
      Sample.link("usr/lib/libx.so.1", to: "libx.so.1.0.2"), Sample.folder("usr/share"),
      Sample.file("usr/share/copyright", "words", mode: 0o600), Sample.folder("usr/share/notes"),
      Sample.file("usr/share/notes/again", "notes"), Sample.file("usr/share/twice", "same"),
      Sample.file("usr/share/twice2", "same"),
    ])
    let difference = TreeDifference(from: old, to: new)
    #expect(try rebuild(difference, old, new) == new)
    // Only what is nowhere travels, and once; the library from the one that it continues.
    let travelling = difference.files.map { new.entries[$0.new].path.description }
    #expect(travelling == ["usr/lib/libx.so.1.0.2", "usr/share/twice"])
    let baseline = try #require(difference.files[0].old)
    #expect(old.entries[baseline].path.description == "usr/lib/libx.so.1.0.1")
  }

  @Test func `any two small trees come out of one another`() throws {
    let choices: [[TreeEntry]] = try [
      [], [Sample.file("a", "1")], [Sample.file("a", "2")], [Sample.folder("a")],
      [Sample.folder("a"), Sample.file("a/b", "1")], [Sample.link("a", to: "b")], [Sample.link("a", to: "c")],
      [Sample.folder("a"), Sample.link("a/b", to: "1"), Sample.file("a/c", "2")], [Sample.file("b", "1")],
      [Sample.file("a", "1"), Sample.file("b", "1")], [Sample.file("a", "2", mode: 0o755), Sample.file("b", "3")],
    ]
    for left in choices {
      for right in choices {
        let (old, new) = (try Tree(left), try Tree(right))
        #expect(try rebuild(TreeDifference(from: old, to: new), old, new) == new)
      }
    }
  }

  @Test func `a new name takes the file that differs in its numbers only, gone ones first`() throws {
    let old = try Tree([
      Sample.folder("lib"), Sample.file("lib/libx.so.1.9", "a"), Sample.file("lib/libx.so.2.0", "b"),
      Sample.file("other", "c"),
    ])
    let new = try Tree([
      Sample.folder("lib"), Sample.folder("lib/new"), Sample.file("lib/libx.so.2.0", "b"),
      Sample.file("lib/libx.so.1.10", "d"), Sample.file("lib/new/other", "e"), Sample.file("nothing", "f"),
    ])
    let pairing = TreePairing(old, new)
    func baseline(_ text: String) throws -> String? {
      pairing.baseline(for: try Sample.path(text)).map { old.entries[$0].path.description }
    }
    #expect(try baseline("lib/libx.so.1.10") == "lib/libx.so.1.9")
    #expect(try baseline("lib/new/other") == "other")
    #expect(try baseline("nothing") == nil)
  }
}
