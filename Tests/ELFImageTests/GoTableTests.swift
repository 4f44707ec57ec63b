import ELFImage
import Testing

/// Go's table of functions, of which every word says where something lies.
@Suite struct GoTableTests {
  private static func words(_ numbers: [UInt32]) -> [UInt8] { numbers.flatMap { SyntheticImage.little($0) } }
  private static func address(_ image: SyntheticImage, _ section: String) -> UInt64 {
    SyntheticImage.base + UInt64(image.range(section).lowerBound)
  }

  /// Distances of the parts: names, units, files, steps, functions.
  private static let parts: [UInt64] = [72, 80, 88, 96, 104]

  /// Two functions: one with a number of its own and data, one without.
  private static func table(text: UInt64, magic: UInt32) -> [UInt8] {
    let hasLine = magic == 0xffff_fff1
    let size: UInt32 = hasLine ? 44 : 40
    var bytes = words([magic]) + [0, 0, 1, 8]
    bytes += SyntheticImage.little(UInt64(2)) + SyntheticImage.little(UInt64(1)) + SyntheticImage.little(text)
    bytes += parts.flatMap { SyntheticImage.little($0) }
    bytes += Array("\0a\0b\0\0\0\0".utf8) + words([0, 3]) + Array("\0a.go\0\0\0".utf8) + [0, 1, 2, 3, 4, 5, 6, 7]
    // The list is 20 bytes long, and the first record has three numbers after it.
    bytes += words([4, 20, 24, 20 + size + 12, 48])
    func record(_ start: UInt32, _ name: UInt32, _ steps: UInt32, numbers: [UInt32], data: [UInt32]) -> [UInt8] {
      words([start, name, 9, 9, steps, 2, 3, UInt32(numbers.count), 1]) + (hasLine ? words([77]) : [])
        + [0, 0, 0, UInt8(data.count)] + words(numbers) + words(data)
    }
    bytes += record(4, 1, 1, numbers: [5], data: [0x10, .max])
    return bytes + record(24, 3, 4, numbers: [], data: [])
  }

  private static func image(magic: UInt32 = 0xffff_fff0) -> SyntheticImage {
    let count = magic == 0xffff_fff0 ? 39 : 41
    var image = SyntheticImage(sections: [
      SyntheticImage.Section(name: ".text", flags: 6, contents: [UInt8](repeating: 0x90, count: 64)),
      SyntheticImage.Section(name: ".typelink", flags: 2, contents: words([8, 16])),
      SyntheticImage.Section(name: ".gopclntab", flags: 2, contents: table(text: 0, magic: magic)),
      SyntheticImage.Section(name: ".noptrdata", flags: 3, contents: [UInt8](repeating: 0, count: 8 * (count + 2))),
    ])
    image.kind = 2
    _ = image.bytes()
    let (text, table) = (address(image, ".text"), address(image, ".gopclntab"))
    image.sections[2].contents = Self.table(text: text, magic: magic)
    var module = [UInt64](repeating: 0, count: count + 2)
    (module[1], module[2], module[23]) = (table, table + parts[0], text)
    (module[count - 3], module[count]) = (text + 32, text + 16)
    image.sections[3].contents = module.flatMap { SyntheticImage.little($0) }
    return image
  }

  @Test(arguments: [0xffff_fff0, 0xffff_fff1] as [UInt32])
  func `every word that says where something lies is a field`(magic: UInt32) throws {
    var image = Self.image(magic: magic)
    let bytes = image.bytes()
    let map = try ReferenceMap(of: bytes.span)
    let fields = map.references(in: bytes.indices, of: bytes.span)
    let (text, table) = (Self.address(image, ".text"), Self.address(image, ".gopclntab"))
    let found = fields.filter { image.range(".gopclntab").contains($0.offset) }
    let (names, units, files, steps, functions) = (table + 72, table + 80, table + 88, table + 96, table + 104)
    let size: UInt64 = magic == 0xffff_fff0 ? 40 : 44
    let list: [UInt64] = [text + 4, functions + 20, text + 24, functions + 32 + size, text + 48]
    let first: [UInt64] = [text + 4, names + 1, steps + 1, steps + 2, steps + 3, units + 4, steps + 5, text + 32]
    let second: [UInt64] = [text + 24, names + 3, steps + 4, steps + 2, steps + 3, units + 4]
    #expect(
      found.map(\.target)
        == [text, names, units, files, steps, functions, files + 3] + list + first + second)
    // Types count from another place; the module's words are addresses, because the image stands where it stands.
    #expect(fields.filter { image.range(".typelink").contains($0.offset) }.map(\.target) == [text + 40, text + 48])
    #expect(fields.filter { image.range(".noptrdata").contains($0.offset) }.count == 5)
    for field in fields where map.space.address(ofOffset: UInt64(field.offset)) != nil {
      let place = try #require(map.space.address(ofOffset: UInt64(field.offset)))
      #expect(
        field.encoded(place: place, target: field.target, base: field.base) == ReferenceTests.value(field, in: bytes))
    }
    for start in stride(from: 0, to: bytes.count, by: 7) {
      let part = start..<min(bytes.count, start + 7)
      #expect(map.references(in: part, of: bytes.span) == fields.filter { part.contains($0.offset) })
    }
  }

  @Test func `a table that lies is read as far as it makes sense, and never trapped on`() throws {
    let sound = Self.image()
    let start = { () -> Int in
      var image = sound
      _ = image.bytes()
      return image.range(".gopclntab").lowerBound
    }()
    var image = sound
    let bytes = image.bytes()
    let whole = try ReferenceMap(of: bytes.span).references(in: bytes.indices, of: bytes.span).count
    var fewer = 0
    for place in stride(from: 0, to: image.range(".gopclntab").count - 8, by: 4) {
      for value: UInt64 in [0, 1, 0x7fff_ffff, 0xffff_fff0, .max, 1 << 63] {
        var damaged = bytes
        damaged.replaceSubrange(start + place..<start + place + 8, with: SyntheticImage.little(value))
        let map = try ReferenceMap(of: damaged.span)
        let fields = map.references(in: damaged.indices, of: damaged.span)
        if fields.count < whole - 10 { fewer += 1 }
        for (field, next) in zip(fields, fields.dropFirst()) {
          #expect(field.offset + field.byteCount <= next.offset)
        }
      }
    }
    #expect(fewer > 20, "damage does not show")
  }
}
