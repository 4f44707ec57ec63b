import Basics
import Testing
import TreeDelta

@Suite struct TreePatchTests {
  private func patch(_ listing: [UInt8], _ packed: [UInt8], _ parts: [TreePatch.Part]) throws -> [UInt8] {
    TreePatch.bytes(from: try Sample.old(), to: try Tree([]), listing: listing, packed: packed, parts: parts)
  }

  @Test func `what is put together comes apart`() throws {
    let parts = [
      TreePatch.Part(payload: [1, 2, 3], files: [1]), TreePatch.Part(payload: [4, 5], files: [0, 2, 4]),
      TreePatch.Part(payload: [6], files: [3, 5]),
    ]
    let bytes = try patch([7, 8], [9, 9, 9], parts)
    let read = try TreePatch(parsing: bytes)
    #expect(try read.oldMark == Sample.old().mark && read.newMark == Tree([]).mark)
    #expect(read.listing == .plain([7, 8]))
    let files = try read.files(of: 6)
    let found = zip(read.payloads, files).map { TreePatch.Part(payload: Array(bytes[$0]), files: $1) }
    #expect(Set(found) == Set(parts))
    #expect(TreePatch.looksLikeTreePatch(bytes))
  }

  @Test func `the whole example of the format is what comes out, and is read`() throws {
    let old = try Tree([Sample.file("a", "one\n"), Sample.folder("b")])
    let new = try Tree([
      Sample.file("a", "one\n"), Sample.link("b", to: "a"), Sample.file("c", "one\n", mode: 0o600),
    ])
    let frozen: [UInt8] = [
      0x53, 0x55, 0x54, 0x54, 0x01, 0xb7, 0xea, 0x66, 0xa8, 0xa4, 0xd1, 0x2d, 0x67, 0xf8, 0xad, 0xf8, 0x56, 0xb7, 0x60,
      0xf3, 0x52, 0x1c, 0x04, 0x05, 0x0b, 0x01, 0x00, 0x01, 0x61, 0x07, 0x00, 0x01, 0x63, 0x80, 0x03, 0x03, 0x00,
    ]
    let difference = TreeDifference(from: old, to: new)
    let listing = TreeListing.bytes(of: difference.steps, from: old)
    let packed = [UInt8](repeating: 0, count: 100)
    #expect(TreePatch.bytes(from: old, to: new, listing: listing, packed: packed, parts: []) == frozen)
    let read = try TreePatch(parsing: frozen)
    #expect(read.oldMark == old.mark && read.newMark == new.mark && read.listing == .plain(listing))
    #expect(try TreePlan(TreeListing.steps(in: listing, from: old), from: old).entries.count == 3)
  }

  @Test func `a listing is packed where that is shorter`() throws {
    let bytes = try patch([7, 8, 9], [1, 2], [])
    let read = try TreePatch(parsing: bytes)
    guard case .packed(let range) = read.listing else {
      Issue.record("it is not packed")
      return
    }
    #expect(Array(bytes[range]) == [1, 2])
    #expect(try read.files(of: 0) == [])
  }

  @Test func `payloads that do not have each file once are refused`() throws {
    let bytes = try patch([], [], [TreePatch.Part(payload: [1], files: [0]), TreePatch.Part(payload: [2], files: [1])])
    #expect(throws: TreeError.filesDisagree(1)) { try TreePatch(parsing: bytes).files(of: 1) }
    #expect(try TreePatch(parsing: bytes).files(of: 3) == [[0, 2], [1]])
    let twice = try patch(
      [], [],
      [
        TreePatch.Part(payload: [1], files: [0, 2]), TreePatch.Part(payload: [2], files: [1]),
        TreePatch.Part(payload: [3], files: [1]),
      ])
    #expect(throws: TreeError.filesDisagree(3)) { try TreePatch(parsing: twice).files(of: 3) }
    let none = try patch([], [], [])
    #expect(throws: TreeError.filesDisagree(1)) { try TreePatch(parsing: none).files(of: 1) }
  }

  @Test func `another magic, format or end is refused`() throws {
    let bytes = try patch([7], [8, 8], [])
    var other = bytes
    other[4] = 2
    #expect(throws: TreeError.unknownFormat(2)) { try TreePatch(parsing: other) }
    #expect(throws: TreeError.notTreePatch) { try TreePatch(parsing: Array("SUT\u{1}".utf8)) }
    #expect(throws: TreeError.patchLeftOver) { try TreePatch(parsing: bytes + [0]) }
  }

  @Test func `every cut and every changed byte ends in an answer`() throws {
    let parts = (0..<4).map { TreePatch.Part(payload: [UInt8]($0..<9), files: [Int($0)]) }
    let bytes = try patch([1, 2, 3], [4, 5, 6, 7], parts)
    // The last payload reaches to the end, however short that makes it.
    for count in 0..<bytes.count - 6 {
      #expect(throws: TreeError.self) { try TreePatch(parsing: Array(bytes.prefix(count))).files(of: 4) }
    }
    for index in bytes.indices {
      for bit in 0..<8 {
        var changed = bytes
        changed[index] ^= 1 << UInt8(bit)
        _ = try? TreePatch(parsing: changed).files(of: 4)
      }
    }
  }
}
