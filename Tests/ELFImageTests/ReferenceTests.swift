import ELFImage
import Testing

@Suite struct ReferenceTests {
  /// A library with relocations of every kind that matters, a packed one, and both hash tables.
  static func library() -> SyntheticImage {
    var image = SyntheticImage.library()
    func little(_ numbers: [UInt32]) -> [UInt8] { numbers.flatMap { SyntheticImage.little($0) } }
    func relocation(_ place: UInt64, _ type: UInt32, _ symbol: UInt32, _ addend: UInt64) -> [UInt8] {
      SyntheticImage.little(place) + SyntheticImage.little(type) + SyntheticImage.little(symbol)
        + SyntheticImage.little(addend)
    }
    image.sections += [
      SyntheticImage.Section(
        name: ".rela.dyn", kind: 4, flags: 2, link: 4, entrySize: 24,
        contents: relocation(0x40_1000, 8, 0, 0x40_2000) + relocation(0x40_1008, 1, 2, 16)),
      SyntheticImage.Section(
        name: ".relr.dyn", kind: 19, flags: 2, entrySize: 8,
        contents: [0x40_1010, 0b1011].flatMap { SyntheticImage.little(UInt64($0)) }),
      SyntheticImage.Section(
        name: ".gnu.hash", kind: 0x6fff_fff6, flags: 2, link: 4,
        contents: little([2, 1, 1, 6, 0, 0, 3, 0, 7, 7])),
      SyntheticImage.Section(name: ".hash", kind: 5, flags: 2, link: 4, contents: little([1, 2, 1, 0, 2])),
    ]
    return image
  }

  static func map(_ bytes: [UInt8]) throws -> ReferenceMap { try ReferenceMap(of: bytes.span) }

  /// The field's bytes as they stand in the file.
  static func value(_ field: Reference, in bytes: [UInt8]) -> UInt64 {
    bytes[field.offset..<field.offset + field.byteCount].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  @Test func `fields of tables are found, with what they refer to`() throws {
    var image = Self.library()
    let bytes = image.bytes()
    let fields = try Self.map(bytes).references(in: bytes.indices, of: bytes.span)
    func targets(_ section: String) -> [UInt64] {
      fields.filter { image.range(section).contains($0.offset) }.map(\.target)
    }
    let symbols = SyntheticImage.base + UInt64(image.range(".dynsym").lowerBound)
    let names = SyntheticImage.base + UInt64(image.range(".dynstr").lowerBound)
    #expect(targets(".rela.dyn") == [0x40_1000, 0x40_2000, 0x40_1008, symbols + 48])
    #expect(targets(".relr.dyn") == [0x40_1010])
    #expect(targets(".gnu.hash") == [symbols + 24, symbols + 72])
    #expect(targets(".hash") == [symbols + 24, symbols + 48])
    #expect(targets(".dynsym").filter { $0 == 0x1000 }.count == 4)
    #expect(targets(".gnu.version_r").count == 2)
    #expect(targets(".gnu.version_d").count == 1)
    #expect(targets(".dynamic").contains(names))
    let start = try #require(fields.first { image.range(".rela.dyn").contains($0.offset) && $0.symbol != 0 })
    #expect(bytes[Int(start.symbol)...].starts(with: Array("start\0".utf8)))
  }

  @Test func `every field of every image encodes to what stands in the file`() throws {
    var images = [Self.library().bytesOfCopy()]
    images += [SystemImageTests.libc, SystemImageTests.libz].compactMap(\.self)
    for bytes in images {
      let map = try Self.map(bytes)
      let fields = map.references(in: bytes.indices, of: bytes.span)
      #expect(!fields.isEmpty)
      var end = 0
      for field in fields {
        let place = map.space.address(ofOffset: UInt64(field.offset)) ?? 0
        let value = Self.value(field, in: bytes)
        try #require(field.offset >= end, "\(field) meets the one before it")
        try #require(field.encoded(place: place, target: field.target, base: field.base) == value, "\(field)")
        let target = field.target(of: value, place: place, base: field.base, predicted: field.target)
        try #require(target == field.target, "\(field) gives back \(target)")
        end = field.offset + field.byteCount
      }
    }
  }

  @Test func `a hash table that is too short for its header has no fields`() throws {
    var image = Self.library()
    image.sections[image.sections.count - 1].contents = [1, 2, 3]
    let bytes = image.bytes()
    let fields = try Self.map(bytes).references(in: bytes.indices, of: bytes.span)
    #expect(!fields.contains { image.range(".hash").contains($0.offset) })
  }

  @Test func `a part gives the same fields as the whole`() throws {
    var images = [Self.library().bytesOfCopy()]
    images += [SystemImageTests.libz].compactMap(\.self)
    for bytes in images {
      let map = try Self.map(bytes)
      let whole = map.references(in: bytes.indices, of: bytes.span)
      for size in [max(1, bytes.count / 1_000), 4_096, 65_537] {
        var pieced: [Reference] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
          map.appendReferences(in: start..<min(start + size, bytes.count), of: bytes.span, to: &pieced)
        }
        #expect(pieced == whole)
      }
    }
  }
}

extension SyntheticImage {
  /// The bytes of an image that is no longer needed.
  func bytesOfCopy() -> [UInt8] {
    var copy = self
    return copy.bytes()
  }
}
