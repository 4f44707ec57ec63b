import ELFImage
import Testing

/// What is kept of the look over code changes no field: whoever decodes again finds the same.
@Suite struct CodeTrailTests {
  /// Nothing is kept, the first page or two, what is in the middle of the code, and all.
  static let limits = [1, 1_024, 1_200, 1_600, 2_048, 5_000, 9_000, 1 << 20]

  /// Instructions with fields of every kind, others between them, and bytes that are none.
  static func code(_ count: Int, _ generator: inout HostileImageTests.Generator) -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < count {
      let near = SyntheticImage.little(Int32.random(in: -3_000...3_000, using: &generator))
      switch Int.random(in: 0..<12, using: &generator) {
      case 0: bytes += [0xe8] + near
      case 1: bytes += [0x0f, 0x84] + near
      case 2: bytes += [0x75, UInt8(truncatingIfNeeded: generator.next())]
      case 3: bytes += [0x48, 0x8d, 0x05] + near
      case 4: bytes += [0xc7, 0x05] + near + [1, 2, 3, 4]
      case 5: bytes += [0x80, 0x3d] + near + [0]
      case 6: bytes += [0x68] + SyntheticImage.little(Int32.random(in: 0..<50, using: &generator))
      case 7: bytes += [UInt8](repeating: 0x90, count: Int.random(in: 1...200, using: &generator))
      case 8: bytes += [0xff, 0x25] + near
      case 9: bytes += SyntheticImage.little(generator.next())
      default: bytes += [0x48, 0x89, 0xe8]
      }
    }
    return Array(bytes.prefix(count))
  }

  static func image(seed: UInt64) -> [UInt8] {
    var generator = HostileImageTests.Generator(state: seed)
    var image = ReferenceTests.library()
    image.sections[1].contents = code(Int.random(in: 20_000...40_000, using: &generator), &generator)
    for (place, name) in [".init", ".plt", ".plt.got"].enumerated() {
      let contents = code(Int.random(in: 1...3_000, using: &generator), &generator)
      image.sections.insert(
        SyntheticImage.Section(name: name, flags: 6, entrySize: 16, contents: contents), at: 2 + place)
    }
    // Sections that name others by number moved.
    for index in image.sections.indices where image.sections[index].link > 0 { image.sections[index].link += 3 }
    let relocations = image.sections.firstIndex { $0.name == ".rela.dyn" } ?? 0
    var stubs = image.sections[relocations]
    stubs.name = ".rela.plt"
    image.sections.append(stubs)
    return image.bytes()
  }

  @Test(arguments: 1...6)
  func `fields of code are the same whatever is kept`(seed: UInt64) throws {
    let bytes = Self.image(seed: seed)
    let expected = try ReferenceMap(of: bytes.span, indexByteLimit: 0).references(in: bytes.indices, of: bytes.span)
    #expect(Set(expected.map(\.kind)).isSuperset(of: [.relative8, .relative32, .index32]))
    #expect(Set(expected.filter { $0.kind == .relative32 }.map(\.parameter)).isSuperset(of: [4, 5, 8]))
    var generator = HostileImageTests.Generator(state: seed)
    for limit in Self.limits {
      let map = try ReferenceMap(of: bytes.span, indexByteLimit: limit)
      #expect(map.references(in: bytes.indices, of: bytes.span) == expected, "\(limit) bytes kept")
      for _ in 0..<100 {
        let start = Int.random(in: bytes.indices, using: &generator)
        let part = start..<min(bytes.count, start + Int.random(in: 0...5_000, using: &generator))
        try #require(
          map.references(in: part, of: bytes.span) == expected.filter { part.contains($0.offset) },
          "\(part) with \(limit) bytes kept")
      }
    }
  }

  @Test func `fields of damaged images are the same whatever is kept`() throws {
    let sound = Self.image(seed: 9)
    var generator = HostileImageTests.Generator(state: 9)
    for _ in 0..<200 {
      var bytes = sound
      for _ in 0..<4 {
        // Headers of segments and sections stand at both ends.
        let distance = Int.random(in: 16..<2_000, using: &generator)
        let index = generator.next() & 1 == 0 ? distance : bytes.count - distance
        let shift = UInt64.random(in: 0...63, using: &generator)
        for (offset, byte) in SyntheticImage.little(generator.next() >> shift).enumerated() {
          bytes[index + offset] = byte
        }
      }
      guard let all = try? ReferenceMap(of: bytes.span, indexByteLimit: 1 << 20) else { continue }
      let none = try ReferenceMap(of: bytes.span, indexByteLimit: 0)
      let expected = none.references(in: bytes.indices, of: bytes.span)
      #expect(all.references(in: bytes.indices, of: bytes.span) == expected)
    }
  }

  @Test func `fields of this machine's libraries are the same whatever is kept`() throws {
    for bytes in [SystemImageTests.libc, SystemImageTests.libz].compactMap(\.self) {
      let expected = try ReferenceMap(of: bytes.span, indexByteLimit: 0).references(in: bytes.indices, of: bytes.span)
      for limit in [1 << 14, ReferenceMap.indexByteLimit] {
        let map = try ReferenceMap(of: bytes.span, indexByteLimit: limit)
        #expect(map.references(in: bytes.indices, of: bytes.span) == expected, "\(limit) bytes kept")
      }
    }
  }
}
