import Basics
import Grafting
import Linux
import TestSupport
import Testing

@Suite struct LinkFarmTests {
  let temporary: TemporaryDirectory
  let root: Directory
  let store: Store
  let farm: LinkFarm

  init() throws {
    temporary = try TemporaryDirectory()
    let top = temporary.directory
    _ = try top.creatingDirectory(path("root/usr/lib/x86_64-linux-gnu"))
    root = try top.directory(path("root"), links: .withinRoot)
    try root.write(Array("old".utf8), to: path("usr/lib/x86_64-linux-gnu/libx.so.1.2"))
    try root.link(to: "libx.so.1.2", at: path("usr/lib/x86_64-linux-gnu/libx.so.1"))
    try root.link(to: "liby.so.9", at: path("usr/lib/x86_64-linux-gnu/liby.so"))
    store = Store(in: try top.creatingDirectory(path("store")))
    farm = LinkFarm(root: root, farm: try top.creatingDirectory(path("farm")), store: store)
  }

  func graft(_ text: String) throws -> Graft {
    Graft(path: try path("usr/lib/x86_64-linux-gnu/libx.so.1.2"), file: try put(text, in: store))
  }

  func content(_ name: String) throws -> String {
    let search = try #require(try farm.environment()["LD_LIBRARY_PATH"])
    for directory in search.split(separator: ":") {
      guard let found = try? Directory(path: String(directory), links: .withinRoot).statusOfLink(path(name)) else {
        continue
      }
      _ = found
      // As the dynamic loader does: the first directory that has the name, every link followed by the kernel.
      let all = try Directory(path: "/", links: .withinRoot)
      return String(decoding: try all.read(path("\(directory.dropFirst())/\(name)"), limit: 100), as: UTF8.self)
    }
    return "none"
  }

  @Test func `a graft is found by the names that programs ask for, and the baseline stays as it was`() throws {
    let before = try root.status(path("usr/lib/x86_64-linux-gnu/libx.so.1.2"))
    #expect(try content("libx.so.1") == "old")
    let grafts: Set = [try graft("new")]
    try farm.establish(grafts)
    #expect(try farm.standing() == grafts)
    #expect(try content("libx.so.1") == "new")
    #expect(try content("libx.so.1.2") == "new")
    #expect(try farm.name(of: path("usr/lib/x86_64-linux-gnu/libx.so.1.2")).contains("/farm/current/"))
    #expect(try root.status(path("usr/lib/x86_64-linux-gnu/libx.so.1.2")) == before)
    try farm.establish([])
    #expect(try content("libx.so.1") == "old")
    #expect(try farm.standing().isEmpty)
    #expect(try farm.name(of: path("usr/lib/x86_64-linux-gnu/libx.so.1.2")).contains("/root/"))
  }

  @Test func `the next set replaces the former, and no generation is left over`() throws {
    try farm.establish([graft("b")])
    try farm.establish([graft("c")])
    #expect(try content("libx.so.1") == "c")
    #expect(try temporary.directory.names(in: path("farm")).count == 2)
  }

  @Test func `what a crash left half made is neither used nor kept`() throws {
    _ = try temporary.directory.creatingDirectory(path("farm/1/usr/lib"))
    try temporary.directory.link(to: "/etc/hostname", at: path("farm/1/usr/lib/odd"))
    #expect(try farm.standing().isEmpty)
    let grafts: Set = [try graft("new")]
    try farm.establish(grafts)
    #expect(try farm.standing() == grafts)
    #expect(try temporary.directory.names(in: path("farm")).count == 2)
  }

  @Test func `a generation that a crash left is cleared even when nothing is to change`() throws {
    let grafts: Set = [try graft("new")]
    try farm.establish(grafts)
    _ = try temporary.directory.creatingDirectory(path("farm/7/usr/lib"))
    try farm.establish(grafts)
    #expect(try farm.standing() == grafts)
    #expect(try temporary.directory.names(in: path("farm")) == ["1", "current"])
  }
}
