import Basics
import Grafting
import Linux
import TestSupport
import Testing

/// What every backend owes, run against each.
@Suite struct ConformanceTests {
  @Test(.enabled(if: PrivateNamespace.absence == nil, "\(PrivateNamespace.absence ?? "")"))
  func `both backends are held to this suite`() {
    #expect(Set(WorldKind.all.map { "\($0)" }).count > 1)
  }

  @Test(arguments: WorldKind.all)
  func `a graft is what programs read, and the baseline stays as it was`(kind: WorldKind) throws {
    let world = try kind.make()
    let before = try world.root.status(path(libraryPath))
    let directory = try world.root.names(in: path("usr/lib/x86_64-linux-gnu"))
    #expect(try world.content(libraryPath) == "old")
    let grafts: Set = [try world.graft("new"), try world.graft("new program", at: programPath)]
    try world.backend.establish(grafts)
    #expect(try world.backend.standing() == grafts)
    #expect(try world.content(libraryPath) == "new")
    #expect(try world.content(programPath) == "new program")
    #expect(try world.root.status(path(libraryPath)) == before)
    #expect(try world.root.names(in: path("usr/lib/x86_64-linux-gnu")) == directory)
    try world.backend.establish([])
    #expect(try world.content(libraryPath) == "old")
    #expect(try world.content(programPath) == "old program")
    #expect(try world.backend.standing().isEmpty)
    #expect(try world.root.status(path(libraryPath)) == before)
  }

  @Test(arguments: WorldKind.all)
  func `a grafted file has the device and inode of the stored one`(kind: WorldKind) throws {
    let world = try kind.make()
    let graft = try world.graft("new")
    try world.backend.establish([graft])
    let name = try world.backend.name(of: graft.path)
    let seen = try world.view().status(path(String(name.dropFirst())))?.identity
    #expect(try seen == world.store.identity(of: graft.file))
  }

  @Test(arguments: WorldKind.all)
  func `the baseline is read whatever stands over it`(kind: WorldKind) throws {
    let world = try kind.make()
    #expect(try world.baseline(libraryPath) == "old")
    try world.backend.establish([world.graft("new")])
    #expect(try world.baseline(libraryPath) == "old")
    #expect(try world.baseline(programPath) == "old program")
    #expect(try world.baseline("usr/lib/x86_64-linux-gnu/libx.so.1") == "old")
    #expect(try world.baseline("usr/lib/none") == nil)
    // Reading takes nothing off.
    #expect(try world.content(libraryPath) == "new")
    let opened = try world.backend.openBaseline(path(libraryPath))?.status().identity
    #expect(try opened == world.root.status(path(libraryPath))?.identity)
  }

  @Test(arguments: WorldKind.all)
  func `the next set replaces the former wholly`(kind: WorldKind) throws {
    let world = try kind.make()
    try world.backend.establish([world.graft("b"), world.graft("b program", at: programPath)])
    let next: Set = [try world.graft("c")]
    try world.backend.establish(next)
    #expect(try world.content(libraryPath) == "c")
    #expect(try world.content(programPath) == "old program")
    #expect(try world.backend.standing() == next)
    try world.backend.establish([world.graft("b program", at: programPath)])
    #expect(try world.content(libraryPath) == "old")
    #expect(try world.content(programPath) == "b program")
  }

  @Test(arguments: WorldKind.all)
  func `to establish what stands changes nothing`(kind: WorldKind) throws {
    let world = try kind.make()
    let grafts: Set = [try world.graft("new")]
    try world.backend.establish(grafts)
    let name = try world.backend.name(of: path(libraryPath))
    let before = try world.view().status(path(String(name.dropFirst())))
    try world.backend.establish(grafts)
    #expect(try world.backend.name(of: path(libraryPath)) == name)
    #expect(try world.view().status(path(String(name.dropFirst()))) == before)
    #expect(try world.backend.standing() == grafts)
  }

  @Test(arguments: WorldKind.all)
  func `a damaged stored file is refused and what stood still stands`(kind: WorldKind) throws {
    let world = try kind.make()
    let first: Set = [try world.graft("first")]
    try world.backend.establish(first)
    let second = try world.graft("second", at: programPath)
    try world.store.directory.write(Array("sEcond".utf8), to: path(second.file.name), mode: second.file.mode)
    #expect(throws: GraftError.notInStore(second.file.digest)) {
      try world.backend.establish(first.union([second]))
    }
    #expect(try world.backend.standing() == first)
    #expect(try world.content(libraryPath) == "first")
    #expect(try world.content(programPath) == "old program")
  }

  @Test(arguments: WorldKind.all)
  func `two grafts at one path are refused and nothing stands`(kind: WorldKind) throws {
    let world = try kind.make()
    let grafts: Set = [try world.graft("one"), try world.graft("two")]
    #expect(throws: GraftError.doublePath(try path(libraryPath))) { try world.backend.establish(grafts) }
    #expect(try world.backend.standing().isEmpty)
    #expect(try world.content(libraryPath) == "old")
  }

  @Test(arguments: WorldKind.all)
  func `the links beside a library lead to the graft`(kind: WorldKind) throws {
    let world = try kind.make()
    try world.backend.establish([world.graft("new")])
    #expect(try world.content("usr/lib/x86_64-linux-gnu/libx.so.1") == "new")
  }

  @Test(arguments: WorldKind.all)
  func `what does not stand is missing, and nothing else`(kind: WorldKind) throws {
    let world = try kind.make()
    let grafts: Set = [try world.graft("new"), try world.graft("new program", at: programPath)]
    #expect(try world.backend.missing(of: grafts) == grafts)
    try world.backend.establish(grafts)
    #expect(try world.backend.missing(of: grafts).isEmpty)
    let other = try world.graft("newer")
    #expect(try world.backend.missing(of: grafts.union([other])) == [other])
    try world.backend.establish([other])
    #expect(try world.backend.missing(of: grafts) == grafts)
  }
}
