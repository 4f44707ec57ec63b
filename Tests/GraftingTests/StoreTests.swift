import Basics
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
}
