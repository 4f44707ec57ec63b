import Basics
import CanonicalJSON
import Linux
import TestSupport
import Testing

/// suture-delta, run as a person runs it.
@Suite(.timeLimit(.minutes(10))) struct DeltaProgramTests {
  private let temporary: TemporaryDirectory

  init() throws { temporary = try TemporaryDirectory() }

  private func place(_ name: String) -> String { "\(temporary.path)/\(name)" }

  private func write(_ name: String, _ bytes: [UInt8], mode: UInt32 = 0o644) throws {
    let file = try path(name)
    if let folder = file.parent { _ = try temporary.directory.creatingDirectory(folder) }
    try temporary.directory.write(bytes, to: file, mode: mode)
  }

  private func write(_ name: String, _ text: String, mode: UInt32 = 0o644) throws {
    try write(name, Array(text.utf8), mode: mode)
  }

  private func read(_ name: String) throws -> [UInt8] {
    try temporary.directory.read(path(name), limit: 1 << 26)
  }

  private func run(_ arguments: String...) async throws -> (status: Int32?, output: String, error: String) {
    try await Program.run("suture-delta", arguments)
  }

  /// Some text that is long enough to be worth a delta.
  private static let words = (0..<400).map { "line \($0 * 7 % 31) of the words\n" }.joined()

  /// Two trees: a library that got another name, and whatever else can happen to a path.
  private func makeTrees() throws {
    try write("old/usr/lib/libx.so.1.0.1", Self.words)
    try temporary.directory.link(to: "libx.so.1.0.1", at: path("old/usr/lib/libx.so.1"))
    try write("old/etc/gone", "gone")
    try write("old/etc/mode", "same", mode: 0o600)
    try write("old/kind", "a file")
    try write("new/usr/lib/libx.so.1.0.2", Self.words.replacing("line 3 ", with: "line three "))
    try temporary.directory.link(to: "libx.so.1.0.2", at: path("new/usr/lib/libx.so.1"))
    try write("new/etc/mode", "same", mode: 0o755)
    try write("new/kind/now", "a folder")
    try write("new/kind/twice", Self.words)
    try write("new/kind/twice2", Self.words)
  }

  /// What stands in a folder: kind, mode, and content or target.
  private func told(_ name: String) throws -> [String] {
    var lines: [String] = []
    func enter(_ folder: RelativePath) throws {
      for name in try temporary.directory.names(in: folder) {
        let place = try #require(folder.appending(name))
        let status = try #require(try temporary.directory.statusOfLink(place))
        let mode = String(status.mode, radix: 8)
        switch status.kind {
        case .directory:
          lines.append("\(place.components.dropFirst()) folder \(mode)")
          try enter(place)
        case .symbolicLink:
          lines.append("\(place.components.dropFirst()) link \(try temporary.directory.linkTarget(place))")
        default:
          lines.append("\(place.components.dropFirst()) file \(mode) \(Digest(of: try read(place.description)))")
        }
      }
    }
    try enter(path(name))
    return lines
  }

  @Test func `a file comes back, and a patch of it is small`() async throws {
    try write("old", Self.words)
    try write("new", Self.words.replacing("line 3 ", with: "line three "))
    #expect(try await run("diff", place("old"), place("new"), place("patch")).status == 0)
    #expect(try read("patch").count < 100)
    #expect(try await run("patch", place("old"), place("patch"), place("rebuilt")).status == 0)
    #expect(try read("rebuilt") == read("new"))
    let info = try await run("info", place("patch"))
    #expect(info.status == 0 && info.output.contains("format 1"), "\(info.output)")
  }

  @Test func `a tree comes back whole, the same patch whatever the number of jobs`() async throws {
    try makeTrees()
    let made = try await run("diff", place("old"), place("new"), place("patch"), "--jobs", "1")
    #expect(made.status == 0, "\(made.error)")
    #expect(try await run("diff", place("old"), place("new"), place("patch2"), "--jobs", "2").status == 0)
    #expect(try read("patch") == read("patch2"))
    let applied = try await run("patch", place("old"), place("patch"), place("rebuilt"))
    #expect(applied.status == 0, "\(applied.error)")
    #expect(try told("rebuilt") == told("new"))
    #expect(try read("patch").count < 700)
    // Back again: what came goes, and what went comes.
    #expect(try await run("diff", place("new"), place("old"), place("back")).status == 0)
    #expect(try await run("patch", place("rebuilt"), place("back"), place("again")).status == 0)
    #expect(try told("again") == told("old"))
  }

  @Test func `packages count as the files that they install`() async throws {
    var old = DebBuilder(version: "1")
    old.data = [.directory("./usr/"), .file("./usr/words", Self.words), .hardLink("./usr/words2", to: "./usr/words")]
    var new = DebBuilder(version: "2")
    new.data = [
      .directory("./lib/"), .file("./lib/words", Self.words + "more\n"), .symbolicLink("./lib/link", to: "/x"),
    ]
    try write("old.deb", old.bytes)
    try write("new.deb", new.bytes)
    #expect(try await run("diff", place("old.deb"), place("new.deb"), place("patch")).status == 0)
    let applied = try await run("patch", place("old.deb"), place("patch"), place("rebuilt"))
    #expect(applied.status == 0, "\(applied.error)")
    #expect(try read("rebuilt/usr/lib/words") == Array((Self.words + "more\n").utf8))
    #expect(try temporary.directory.linkTarget(path("rebuilt/usr/lib/link")) == "/x")
    // As files they are files.
    #expect(try await run("diff", "--packed", place("old.deb"), place("new.deb"), place("patch")).status == 0)
    #expect(try await run("patch", place("old.deb"), place("patch"), place("again.deb")).status == 0)
    #expect(try read("again.deb") == new.bytes)
  }

  @Test func `a patch of trees that is damaged anywhere is refused, and nothing is left`() async throws {
    try makeTrees()
    #expect(try await run("diff", place("old"), place("new"), place("patch")).status == 0)
    let patch = try read("patch")
    let before = try temporary.directory.names() + ["broken"]
    for index in stride(from: 0, to: patch.count, by: 13) {
      var broken = patch
      broken[index] ^= 0x10
      try write("broken", broken)
      let applied = try await run("patch", place("old"), place("broken"), place("rebuilt"))
      // A broken magic makes it a patch of a file, which a folder is not.
      #expect(applied.status == (index < 4 ? 64 : 1), "byte \(index): \(applied.output) \(applied.error)")
      #expect(try temporary.directory.names() == before.sorted())
    }
  }

  @Test func `another old tree is refused, and so is a place where something stands`() async throws {
    try makeTrees()
    #expect(try await run("diff", place("old"), place("new"), place("patch")).status == 0)
    let other = try await run("patch", place("new"), place("patch"), place("rebuilt"))
    #expect(other.status == 1 && other.error.contains("for the tree with digest"), "\(other.error)")
    try write("full/mine", "mine")
    #expect(try await run("patch", place("old"), place("patch"), place("full")).status == 73)
    #expect(try temporary.directory.names(in: path("full")) == ["mine"])
    #expect(try await run("patch", place("patch"), place("patch"), place("rebuilt")).status == 64)
  }

  @Test func `files that would run as somebody else are refused until they are allowed`() async throws {
    try write("old/a", "a")
    try write("new/a", "a", mode: 0o4755)
    #expect(try await run("diff", place("old"), place("new"), place("patch")).status == 0)
    let refused = try await run("patch", place("old"), place("patch"), place("rebuilt"))
    #expect(refused.status == 1 && refused.error.contains("--set-id"), "\(refused.error)")
    #expect(try await run("patch", "--set-id", place("old"), place("patch"), place("rebuilt")).status == 0)
    #expect(try temporary.directory.status(path("rebuilt/a"))?.mode == 0o4755)
    // The old tree has it: nothing new is asked for.
    try write("newer/a", "b", mode: 0o4755)
    #expect(try await run("diff", place("rebuilt"), place("newer"), place("patch")).status == 0)
    #expect(try await run("patch", place("rebuilt"), place("patch"), place("third")).status == 0)
  }

  @Test func `more than the limit is refused before anything is made`() async throws {
    try makeTrees()
    #expect(try await run("diff", place("old"), place("new"), place("patch")).status == 0)
    let refused = try await run("patch", "--limit", "1000", place("old"), place("patch"), place("rebuilt"))
    #expect(refused.status == 1 && refused.error.contains("--limit"), "\(refused.error)")
    #expect(try temporary.directory.statusOfLink(path("rebuilt")) == nil)
  }

  @Test func `wrong usage, what cannot be read and what cannot be written have their own statuses`() async throws {
    try makeTrees()
    #expect(try await run("diff", place("old"), place("kind"), place("patch")).status == 66)
    #expect(try await run("diff", place("old"), place("new/kind/now"), place("patch")).status == 64)
    #expect(try await run("diff", place("old/kind"), place("new/kind/now"), place("none/patch")).status == 73)
    #expect(try await run("diff", "--jobs", "0", place("old"), place("new"), place("patch")).status == 64)
    try write("broken.deb", "!<arch>\ndebian-binary   0           0     0     100644  4         `\n2.0\n")
    #expect(try await run("diff", place("broken.deb"), place("new"), place("patch")).status == 66)
  }
}
