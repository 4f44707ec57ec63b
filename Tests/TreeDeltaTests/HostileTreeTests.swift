import Basics
import Testing
import TreeDelta

/// What a patch may say that would harm whoever believes it.
@Suite struct HostileTreeTests {
  private func plan(_ steps: [TreeStep]) throws -> TreePlan {
    let old = try Sample.old()
    let listing = TreeListing.bytes(of: steps, from: old)
    return try TreePlan(TreeListing.steps(in: listing, from: old), from: old)
  }

  /// The bytes of an added file whose path is these bytes.
  private func added(_ name: [UInt8]) -> [UInt8] {
    [3 | 1 << 2, 0, UInt8(name.count)] + name + [0xa4, 0x03, 0]
  }

  @Test(arguments: [
    "/etc/passwd", "../x", "a/../../x", ".", "a//b", "a/", "", "a\u{0}b", "a\nb", "\u{7f}",
  ])
  func `a path that leads outside, or is none, is refused`(text: String) throws {
    let bytes = added(Array(text.utf8))
    #expect(throws: TreeError.self) { try TreeListing.steps(in: bytes, from: Tree([])) }
  }

  @Test func `a path that is no text is refused, and an honest one is not`() throws {
    #expect(throws: TreeError.self) { try TreeListing.steps(in: added([0xff, 0xfe]), from: Tree([])) }
    #expect(try TreeListing.steps(in: added(Array("a".utf8)), from: Tree([])).count == 1)
  }

  @Test func `nothing is put beneath a symbolic link`() throws {
    let steps: [TreeStep] = try [
      .add(Sample.path("a"), mode: 0o777, content: .link("/etc")),
      .add(Sample.path("a/passwd"), mode: 0o644, content: .payload(.none)), .keep(7),
    ]
    #expect(throws: TreeError.self) { try plan(steps) }
  }

  @Test func `nothing is put beneath a symbolic link that takes a folder's place`() throws {
    let steps: [TreeStep] = try [
      .remove(1), .add(Sample.path("usr"), mode: 0o777, content: .link("/")), .keep(6),
    ]
    #expect(throws: TreeError.self) { try plan(steps) }
  }

  @Test func `a step beyond the old tree is refused`() throws {
    #expect(throws: TreeError.self) { try plan([.keep(8)]) }
    #expect(throws: TreeError.self) { try plan([.keep(7), .remove(1)]) }
    #expect(throws: TreeError.self) { try plan([.keep(7), .change(mode: 0, content: nil)]) }
    #expect(throws: TreeError.self) { try plan([.keep(0)]) }
  }

  @Test func `contents come from files, and from earlier ones only`() throws {
    func add(_ content: NewContent) throws -> [TreeStep] {
      [.add(try Sample.path("a"), mode: 0o644, content: content)]
    }
    // Entry 0 of the old tree is a folder, 7 is none; entry 0 of the new tree is the file itself.
    #expect(throws: TreeError.self) { try plan(add(.oldFile(0))) }
    #expect(throws: TreeError.self) { try plan(add(.oldFile(7))) }
    #expect(throws: TreeError.self) { try plan(add(.payload(.other(1 << 40)))) }
    #expect(throws: TreeError.self) { try plan(add(.payload(.own))) }
    #expect(throws: TreeError.self) { try plan(add(.newFile(0))) }
    // A link has no content to give.
    #expect(throws: TreeError.self) { try plan(add(.oldFile(2))) }
    #expect(try plan(add(.oldFile(3))).entries.count == 8)
  }

  @Test func `a folder gets no content and a link stays one`() throws {
    #expect(throws: TreeError.self) { try plan([.change(mode: nil, content: .oldFile(2))]) }
    let steps: [TreeStep] = [.keep(2), .change(mode: nil, content: .link("elsewhere"))]
    #expect(try plan(steps).entries[2].source == .link("elsewhere"))
  }

  @Test func `paths out of order or twice are refused`() throws {
    func add(_ text: String) throws -> TreeStep { .add(try Sample.path(text), mode: 0o755, content: nil) }
    #expect(throws: TreeError.self) { try plan([add("b"), add("a")]) }
    #expect(throws: TreeError.self) { try plan([add("a"), add("a")]) }
    #expect(throws: TreeError.self) { try plan([add("usr")]) }
    #expect(throws: TreeError.self) { try plan([add("z")]) }
    #expect(try plan([add("a"), add("b")]).entries.count == 9)
  }

  @Test func `every cut of a listing and every changed byte ends in an answer`() throws {
    let old = try Sample.old()
    let steps: [TreeStep] = try [
      .add(Sample.path("etc"), mode: 0o755, content: nil), .keep(2),
      .change(mode: 0o777, content: .link("libx.so.1.0.2")), .change(mode: 0o4755, content: .payload(.own)),
      .add(Sample.path("usr/lib/new"), mode: 0o644, content: .newFile(4)), .keep(1), .remove(1),
    ]
    let listing = TreeListing.bytes(of: steps, from: old)
    _ = try TreePlan(TreeListing.steps(in: listing, from: old), from: old)
    for count in listing.indices {
      _ = try? TreePlan(TreeListing.steps(in: Array(listing.prefix(count)), from: old), from: old)
    }
    for index in listing.indices {
      for bit in 0..<8 {
        var changed = listing
        changed[index] ^= 1 << UInt8(bit)
        _ = try? TreePlan(TreeListing.steps(in: changed, from: old), from: old)
      }
    }
  }

  @Test func `the size of what is made is known before it is made`() throws {
    let old = try Sample.old()
    let steps: [TreeStep] = try [
      .add(Sample.path("a"), mode: 0o644, content: .payload(.none)),
      .add(Sample.path("b"), mode: 0o644, content: .newFile(0)),
      .add(Sample.path("c"), mode: 0o644, content: .newFile(1)),
    ]
    let plan = try TreePlan(steps, from: old)
    #expect(plan.byteCount(of: old, payload: [1_000]) == 3_000 + old.byteCount)
  }
}
