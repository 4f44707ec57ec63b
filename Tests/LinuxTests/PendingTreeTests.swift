import Basics
import Linux
import TestSupport
import Testing

@Suite struct PendingTreeTests {
  private let temporary: TemporaryDirectory

  init() throws { temporary = try TemporaryDirectory() }

  private func make() throws -> PendingTree { try temporary.directory.pendingTree(for: path("new")) }

  @Test func `it appears with its modes when it is committed, and nobody else enters it before`() throws {
    let tree = try make()
    let beside = try #require(try temporary.directory.names().first)
    #expect(try temporary.directory.statusOfLink(path(beside))?.mode == 0o700)
    try tree.makeDirectory(path("folder"))
    try tree.makeFile(path("folder/file")).write(Array("text".utf8))
    try tree.makeLink(to: "/nowhere", at: path("link"))
    #expect(try temporary.directory.statusOfLink(path("new")) == nil)
    try tree.setMode(0o4755, at: path("folder/file"))
    try tree.setMode(0o555, at: path("folder"))
    try tree.commit()
    #expect(try temporary.directory.names() == ["new"])
    #expect(try temporary.directory.read(path("new/folder/file"), limit: 100) == Array("text".utf8))
    #expect(try temporary.directory.statusOfLink(path("new/folder/file"))?.mode == 0o4755)
    #expect(try temporary.directory.statusOfLink(path("new/folder"))?.mode == 0o555)
    #expect(try temporary.directory.linkTarget(path("new/link")) == "/nowhere")
  }

  @Test func `one that is never committed leaves nothing`() throws {
    do {
      let tree = try make()
      try tree.makeDirectory(path("a"))
      try tree.makeFile(path("a/b")).write([1])
    }
    #expect(try temporary.directory.names() == [])
  }

  @Test func `what stands at its place is not overwritten`() throws {
    _ = try temporary.directory.creatingDirectory(path("new"))
    try temporary.directory.write(Array("mine".utf8), to: path("new/file"))
    do {
      let tree = try make()
      #expect(throws: LinuxError.self) { try tree.commit() }
    }
    #expect(try temporary.directory.read(path("new/file"), limit: 100) == Array("mine".utf8))
    #expect(try temporary.directory.names() == ["new"])
  }

  @Test func `a symbolic link in it is never followed`() throws {
    _ = try temporary.directory.creatingDirectory(path("outside"))
    let tree = try make()
    try tree.makeLink(to: "\(temporary.path)/outside", at: path("link"))
    #expect(throws: LinuxError.self) { try tree.makeFile(path("link/file")) }
    #expect(throws: LinuxError.self) { try tree.makeDirectory(path("link/folder")) }
    #expect(throws: LinuxError.self) { try tree.makeFile(path("link")) }
    #expect(try temporary.directory.names(in: path("outside")) == [])
  }
}
