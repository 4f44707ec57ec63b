import Basics
import Glibc
import Grafting
import Linux
import TestSupport
import Testing

func put(_ text: String, in store: Store, as key: Store.Key? = nil, length: Int? = nil) throws -> Store.Key {
  let bytes = Array(text.utf8)
  let key = key ?? Store.Key(digest: Digest(of: bytes), mode: 0o644)
  try store.put(key, length: length ?? bytes.count) { sink throws in try unsafe sink(bytes.span.bytes) }
  return key
}

@Suite struct StoreTests {
  let temporary: TemporaryDirectory
  let store: Store

  init() throws {
    temporary = try TemporaryDirectory()
    store = Store(in: temporary.directory)
  }

  @Test func `a stored file is whole, has its mode, and is not written twice`() throws {
    let key = try put("content", in: store, as: Store.Key(digest: Digest(of: "content".utf8), mode: 0o4755))
    #expect(try store.isWhole(key))
    #expect(try temporary.directory.status(path(key.name))?.mode == 0o755)
    let before = try store.identity(of: key)
    try store.put(key, length: 7) { _ throws in Issue.record("written again") }
    #expect(try store.identity(of: key) == before)
  }

  @Test func `content that is not what was announced leaves nothing`() throws {
    let key = Store.Key(digest: Digest(of: "content".utf8), mode: 0o644)
    #expect(throws: GraftError.self) { try put("other", in: store, as: key) }
    #expect(throws: GraftError.tooLong(limit: 3)) { try put("content", in: store, as: key, length: 3) }
    #expect(try temporary.directory.names().isEmpty)
  }

  @Test func `a file that was changed in the store is not whole, and is written anew`() throws {
    let key = try put("content", in: store)
    try temporary.directory.write(Array("Content".utf8), to: path(key.name))
    #expect(try !store.isWhole(key))
    #expect(throws: GraftError.notInStore(key.digest)) { try store.verifiedName(of: key) }
    _ = try put("content", in: store)
    #expect(try store.isWhole(key))
  }

  @Test func `a stored file is sealed where the kernel and the file system can, and replaced all the same`() throws {
    let key = try put("content", in: store)
    // Asked of another file, so that the store's word is held against the kernel's.
    let name = try path("probe")
    try temporary.directory.write(Array("probe".utf8), to: name)
    let canSeal = try temporary.directory.openFile(name).seal()
    #expect(try store.isSealed(key) == canSeal)
    #expect(try temporary.directory.openFile(name).isSealed() == canSeal)
    let isRefused = unsafe open(store.name(of: key), O_WRONLY | O_CLOEXEC) == -1 && errno == EPERM
    #expect(isRefused == canSeal)
    try temporary.directory.write(Array("Content".utf8), to: path(key.name))
    _ = try put("content", in: store)
    #expect(try store.isWhole(key) && store.isSealed(key) == canSeal)
    print("FIGURE: fs-verity beneath the temporary folder: \(canSeal ? "sealed" : "not to be had")")
  }

  @Test func `a file that was stored before its file system could seal is sealed when it is put in place`() throws {
    let bytes = Array("content".utf8)
    let key = Store.Key(digest: Digest(of: bytes), mode: 0o644)
    try temporary.directory.write(bytes, to: path(key.name), mode: 0o644)
    #expect(try !store.isSealed(key))
    _ = try store.verifiedName(of: key)
    #expect(try store.isSealed(key) == temporary.directory.openFile(path(key.name)).seal())
  }

  private func baseline(mode: UInt32) throws -> (file: FileDescriptor, name: String) {
    _ = try temporary.directory.creatingDirectory(path("baseline"))
    try temporary.directory.write([1], to: path("baseline/file"), mode: mode)
    return (try temporary.directory.openFile(path("baseline/file")), "\(temporary.path)/baseline/file")
  }

  @Test(arguments: [0o4755, 0o2755, 0o1755] as [UInt32])
  func `a baseline file with a bit that a graft's mount takes away is refused`(mode: UInt32) throws {
    let file = try baseline(mode: mode).file
    #expect(throws: GraftError.specialMode(try path("x"))) { try store.checkStandsIn(for: file, at: path("x")) }
  }

  @Test(.enabled(if: ProcessLauncher.userID == 0, "NOT RUN: only root gives files away"))
  func `a baseline file whose owner or group has rights of its own is refused, and no other`() throws {
    for (mode, owner, group, isKept) in [
      (0o644, 0, 0, true), (0o640, 0, 0, true), (0o644, 7, 7, true), (0o755, 7, 0, true), (0o640, 0, 7, false),
      (0o750, 0, 7, false), (0o700, 7, 0, false),
    ] as [(UInt32, UInt32, UInt32, Bool)] {
      let (file, name) = try baseline(mode: mode)
      #expect(unsafe chown(name, owner, group) == 0)
      if isKept {
        try store.checkStandsIn(for: file, at: path("x"))
      } else {
        #expect(throws: GraftError.specialOwner(try path("x"))) { try store.checkStandsIn(for: file, at: path("x")) }
      }
    }
  }

  @Test func `a baseline file with capabilities is refused`() throws {
    let (file, name) = try baseline(mode: 0o755)
    try store.checkStandsIn(for: file, at: path("x"))
    let made = try? ProcessLauncher.run("/usr/sbin/setcap", arguments: ["cap_net_raw+ep", name])
    guard made?.end == .exited(0) else { return print("NOT RUN: needs root, CAP_SETFCAP and setcap") }
    #expect(throws: GraftError.specialAttribute(try path("x"), "security.capability")) {
      try store.checkStandsIn(for: file, at: path("x"))
    }
  }
}
