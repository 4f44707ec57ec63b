import ELFImage
import Testing

@Suite struct ChangeTests {
  static func change(
    _ old: SyntheticImage, _ new: SyntheticImage, edit: (inout [UInt8]) -> Void = { _ in }
  ) throws -> ELFChange {
    var (old, new) = (old, new)
    var bytes = new.bytes()
    edit(&bytes)
    return try ELFImage.change(from: ELFImage(parsing: old.bytes()), to: ELFImage(parsing: bytes))
  }

  static let rebuilt = SyntheticImage.library(id: Array(101...120), linkChecksum: 7)

  @Test func `the same image is no change`() throws {
    #expect(try Self.change(.library(), .library()) == .none)
  }

  @Test func `another build ID and debug link are a change of identity only`() throws {
    #expect(try Self.change(.library(), Self.rebuilt) == .identityOnly)
    #expect(try Self.change(.library(), .library(id: Array(101...120))) == .identityOnly)
    #expect(try Self.change(.library(), .library(linkChecksum: 1)) == .identityOnly)
    var old = SyntheticImage.library()
    var new = Self.rebuilt
    #expect(
      try ELFImage.isIdentityOnlyChange(
        from: ELFImage(parsing: old.bytes()), to: ELFImage(parsing: new.bytes())))
  }

  @Test func `one changed instruction is substantive`() throws {
    var text = Array("machine code".utf8)
    text[5] ^= 1
    #expect(
      try Self.change(.library(), .library(text: text, id: Array(101...120), linkChecksum: 7))
        == .substantive([".note.gnu.build-id", ".text", ".gnu_debuglink"]))
  }

  @Test func `every single byte outside the two is substantive`() throws {
    var old = SyntheticImage.library()
    let oldBytes = old.bytes()
    let oldImage = try ELFImage(parsing: oldBytes)
    // The note's sizes, type and name are no identity: only its 20 bytes are.
    let note = old.range(".note.gnu.build-id")
    let free = [note.upperBound - 20..<note.upperBound, old.range(".gnu_debuglink")]
    for index in oldBytes.indices {
      var bytes = oldBytes
      bytes[index] ^= 0x10
      guard let image = try? ELFImage(parsing: bytes) else { continue }
      let isFree = free.contains { $0.contains(index) }
      #expect(ELFImage.isIdentityOnlyChange(from: oldImage, to: image) == isFree, "byte \(index)")
      #expect(ELFImage.isIdentityOnlyChange(from: image, to: oldImage) == isFree, "byte \(index), back")
    }
  }

  @Test func `a build ID of another length is substantive`() throws {
    guard case .substantive = try Self.change(.library(), .library(id: Array(1...16))) else {
      Issue.record("taken for a change of identity")
      return
    }
  }

  @Test func `a debug link that claims the text is substantive`() throws {
    var new = SyntheticImage.library()
    let bytes = new.bytes()
    // Both images call .text by the debug link's name, by swapping the two names' offsets in the section headers.
    func disguise(_ bytes: inout [UInt8]) {
      let table = Int(bytes[40]) + Int(bytes[41]) << 8
      let (text, link) = (table + 2 * 64, table + 9 * 64)
      for offset in 0..<4 { bytes.swapAt(text + offset, link + offset) }
    }
    var old = bytes
    var changed = bytes
    changed[new.range(".text").lowerBound] ^= 1
    disguise(&old)
    disguise(&changed)
    let change = try ELFImage.change(from: ELFImage(parsing: old), to: ELFImage(parsing: changed))
    #expect(change == .substantive([".gnu_debuglink"]))
  }

  @Test func `a debug link that overlaps another section is substantive`() throws {
    var synthetic = SyntheticImage.library()
    var old = synthetic.bytes()
    let table = Int(old[40]) + Int(old[41]) << 8
    // The link's header now points at the text.
    let start = synthetic.range(".text").lowerBound
    old.replaceSubrange(table + 9 * 64 + 24..<table + 9 * 64 + 32, with: SyntheticImage.little(UInt64(start)))
    old.replaceSubrange(table + 9 * 64 + 32..<table + 9 * 64 + 40, with: SyntheticImage.little(UInt64(12)))
    var new = old
    new[start] ^= 1
    let change = try ELFImage.change(from: ELFImage(parsing: old), to: ELFImage(parsing: new))
    #expect(change == .substantive([".text", ".gnu_debuglink"]))
  }

  @Test func `changed headers or padding are substantive and said`() throws {
    let change = try Self.change(.library(), .library()) { $0[48] = 1 }
    #expect(change == .substantive(["(headers or padding)"]))
  }

  @Test func `sections that are new or gone are named`() throws {
    var more = SyntheticImage.library()
    more.sections.append(.init(name: ".comment", contents: [1]))
    guard case .substantive(let added) = try Self.change(.library(), more) else {
      Issue.record("no change seen")
      return
    }
    #expect(added.contains(".comment"))
    guard case .substantive(let gone) = try Self.change(more, .library()) else {
      Issue.record("no change seen")
      return
    }
    #expect(gone.contains(".comment"))
  }
}
