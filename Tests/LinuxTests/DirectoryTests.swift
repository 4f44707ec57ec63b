import Basics
import Linux
import TestSupport
import Testing

@Suite struct DirectoryTests {
  let temporary: TemporaryDirectory
  var directory: Directory { temporary.directory }

  init() throws { temporary = try TemporaryDirectory() }

  @Test func `a written file is whole, has its mode, and leaves nothing beside it`() throws {
    let name = try path("a/b/file")
    _ = try directory.creatingDirectory(path("a/b"))
    try directory.write([1, 2, 3], to: name, mode: 0o600)
    try directory.write([4], to: name, mode: 0o640)
    #expect(try directory.read(name, limit: 10) == [4])
    #expect(try directory.status(name)?.mode == 0o640)
    #expect(try directory.names(in: path("a/b")) == ["file"])
  }

  @Test func `a file that is never committed leaves nothing behind`() throws {
    do {
      let pending = try directory.pendingFile(for: path("x"))
      try pending.write([9])
    }
    #expect(try directory.names().isEmpty)
  }

  @Test func `what a write that was cut off left is cleared, and nothing else`() throws {
    let number = "00c0ffee00c0ffee"
    // What people put beside: a drop-in that is switched off, an editor's and a backup's files.
    let others = [
      ".10-site.conf", ".50-owner.conf.bak", ".50-owner.conf.swp", ".\(number)", ".hidden", ".x.",
      ".x.00C0FFEE00C0FFEE",
      ".x.1a2b", "x.\(number)",
    ]
    for name in [".x.\(number)", ".long.name.\(number)"] + others {
      try directory.create([1], at: path(name), mode: 0o600)
    }
    try directory.link(to: "nowhere", at: path(".current.\(number)"))
    _ = try directory.creatingDirectory(path(".folder.\(number)"))
    try directory.clearLeftovers()
    #expect(try directory.names() == (others + [".folder.\(number)"]).sorted())
    // The names that a write gives are among those.
    let pending = try directory.pendingFile(for: path("y"))
    try directory.clearLeftovers()
    #expect(throws: LinuxError.self) { try pending.commit() }
  }

  @Test func `creating what exists is refused`() throws {
    try directory.create([1], at: path("key"), mode: 0o600)
    #expect(throws: LinuxError.self) { try directory.create([2], at: path("key"), mode: 0o600) }
    #expect(try directory.read(path("key"), limit: 1) == [1])
    #expect(try directory.status(path("key"))?.mode == 0o600)
  }

  @Test func `a file longer than its limit is refused`() throws {
    try directory.write([UInt8](repeating: 7, count: 100), to: path("x"))
    #expect(throws: LinuxError.self) { try directory.read(path("x"), limit: 99) }
    #expect(try directory.read(path("x"), limit: 100).count == 100)
  }

  @Test(arguments: ["/etc/hostname", "../../../../../../etc/hostname", "/proc/self/root/etc/hostname"])
  func `a symbolic link cannot lead out of a root`(target: String) throws {
    try directory.link(to: target, at: path("escape"))
    let root = try Directory(path: temporary.path, links: .withinRoot)
    #expect(throws: LinuxError.self) { try root.read(path("escape"), limit: 1 << 20) }
    #expect(throws: LinuxError.self) { try directory.read(path("escape"), limit: 1 << 20) }
  }

  @Test func `a symbolic link within a root is followed as if the root were the file system's`() throws {
    _ = try directory.creatingDirectory(path("usr/lib"))
    try directory.write([5], to: path("usr/lib/x.so.1.2"))
    try directory.link(to: "x.so.1.2", at: path("usr/lib/x.so"))
    try directory.link(to: "/usr/lib", at: path("lib"))
    let root = try Directory(path: temporary.path, links: .withinRoot)
    #expect(try root.read(path("lib/x.so"), limit: 9) == [5])
    #expect(try root.status(path("lib/x.so"))?.identity == root.status(path("usr/lib/x.so.1.2"))?.identity)
    #expect(try root.statusOfLink(path("usr/lib/x.so"))?.kind == .symbolicLink)
    #expect(try root.linkTarget(path("usr/lib/x.so")) == "x.so.1.2")
    #expect(throws: LinuxError.self) { try directory.read(path("lib/x.so"), limit: 9) }
  }

  @Test func `a pipe or a directory is no file`() throws {
    #expect(throws: LinuxError.self) { try Directory(path: "/dev").openFile(path("null")) }
    _ = try directory.creatingDirectory(path("d"))
    #expect(throws: LinuxError.self) { try directory.openFile(path("d")) }
    #expect(try directory.readIfPresent(path("none"), limit: 1) == nil)
    #expect(try directory.status(path("none/none")) == nil)
  }

  @Test func `a link is replaced in one step and a tree is removed without following links`() throws {
    _ = try directory.creatingDirectory(path("kept"))
    try directory.write([1], to: path("kept/file"))
    _ = try directory.creatingDirectory(path("tree/deep"))
    try directory.link(to: "../../kept", at: path("tree/deep/link"))
    try directory.replaceLink(to: "one", at: path("current"))
    try directory.replaceLink(to: "two", at: path("current"))
    #expect(try directory.linkTarget(path("current")) == "two")
    try directory.removeTree(path("tree"))
    try directory.removeTree(path("tree"))
    #expect(try directory.names() == ["current", "kept"])
    #expect(try directory.read(path("kept/file"), limit: 1) == [1])
  }

  @Test func `a lock is held by one`() throws {
    let first = try directory.lockFile(path("lock"))
    try first.lock()
    let second = try directory.lockFile(path("lock"))
    let error = #expect(throws: LinuxError.self) { try second.lock() }
    #expect(error?.isLocked == true)
  }

  @Test func `a mapping and a digest see what was written`() throws {
    let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    try directory.write(bytes, to: path("x"))
    let file = try directory.openFile(path("x"))
    let (digest, length) = try file.digest()
    #expect(digest == Digest(of: bytes) && length == bytes.count)
    let mapped = try MappedFile(file, limit: 1 << 20).withBytes { span in
      var hasher = Digest.Hasher()
      hasher.update(span)
      return hasher.finish()
    }
    #expect(mapped == digest)
    #expect(throws: LinuxError.self) { try MappedFile(file, limit: 299_999) }
  }
}
