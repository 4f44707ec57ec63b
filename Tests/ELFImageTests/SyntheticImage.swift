/// A small ELF image that is put together for a test.
struct SyntheticImage {
  struct Section {
    var name: String
    var kind: UInt32 = 1
    var flags: UInt64 = 0
    var link: UInt32 = 0
    var info: UInt32 = 0
    var entrySize: UInt64 = 0
    var contents: [UInt8]
  }

  var machine: UInt16 = 62
  /// What kind of image it is (e_type).
  var kind: UInt16 = 3
  var sections: [Section]
  /// Where each section's contents begin, once laid out.
  private(set) var offsets: [String: Int] = [:]

  init(machine: UInt16 = 62, sections: [Section]) {
    self.machine = machine
    self.sections = sections
  }

  static func little(_ value: some FixedWidthInteger) -> [UInt8] {
    stride(from: 0, to: value.bitWidth, by: 8).map { UInt8(truncatingIfNeeded: value >> $0) }
  }

  static func buildID(_ id: [UInt8]) -> Section {
    Section(
      name: ".note.gnu.build-id", kind: 7, flags: 2,
      contents: little(UInt32(4)) + little(UInt32(id.count)) + little(UInt32(3)) + Array("GNU\0".utf8) + id)
  }

  static func debugLink(_ name: String, checksum: UInt32) -> Section {
    var contents = Array(name.utf8) + [0]
    while contents.count % 4 != 0 { contents.append(0) }
    return Section(name: ".gnu_debuglink", contents: contents + little(checksum))
  }

  /// The address at which everything is mapped.
  static let base: UInt64 = 0x40_0000

  /// Header, three program headers (all of the sections as one load, the dynamic section, the notes), sections, names,
  /// and the section headers.
  mutating func bytes() -> [UInt8] {
    let all = sections + [Section(name: ".shstrtab", kind: 3, contents: names())]
    var body: [UInt8] = []
    let start = 64 + 3 * 56
    var headers = [UInt8](repeating: 0, count: 64)
    var nameOffset: UInt32 = 1
    for section in all {
      while (start + body.count) % 8 != 0 { body.append(0) }
      let offset = start + body.count
      offsets[section.name] = offset
      headers += Self.little(nameOffset) + Self.little(section.kind) + Self.little(section.flags)
      headers += Self.little(section.flags & 2 == 0 ? 0 : Self.base + UInt64(offset)) + Self.little(UInt64(offset))
      headers += Self.little(UInt64(section.contents.count)) + Self.little(section.link) + Self.little(section.info)
      headers += Self.little(UInt64(8)) + Self.little(section.entrySize)
      nameOffset += UInt32(section.name.utf8.count) + 1
      body += section.contents
    }
    while (start + body.count) % 8 != 0 { body.append(0) }
    // What runs comes first: the load ends where the first section that is not allocated begins.
    let loaded = all.first { $0.flags & 2 == 0 }.flatMap { offsets[$0.name] } ?? start + body.count
    return header(sectionTable: start + body.count, count: all.count + 1) + segment(1, 0..<loaded)
      + segment(2, range(".dynamic")) + segment(4, range(".note.gnu.build-id")) + body + headers
  }

  private func names() -> [UInt8] {
    [0] + (sections.map(\.name) + [".shstrtab"]).flatMap { Array($0.utf8) + [0] }
  }

  func range(_ name: String) -> Range<Int> {
    guard let section = sections.first(where: { $0.name == name }), let offset = offsets[name] else { return 0..<0 }
    return offset..<offset + section.contents.count
  }

  private func header(sectionTable: Int, count: Int) -> [UInt8] {
    var bytes: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    bytes += Self.little(kind) + Self.little(machine) + Self.little(UInt32(1)) + Self.little(UInt64(0x1234))
    bytes += Self.little(UInt64(64)) + Self.little(UInt64(sectionTable)) + Self.little(UInt32(0))
    for number in [64, 56, 3, 64, count, count - 1] { bytes += Self.little(UInt16(number)) }
    return bytes
  }

  private func segment(_ kind: UInt32, _ range: Range<Int>) -> [UInt8] {
    var bytes = Self.little(kind) + Self.little(UInt32(5)) + Self.little(UInt64(range.lowerBound))
    bytes += Self.little(Self.base + UInt64(range.lowerBound)) + Self.little(UInt64(0))
    return bytes + Self.little(UInt64(range.count)) + Self.little(UInt64(range.count)) + Self.little(UInt64(8))
  }
}

extension SyntheticImage {
  /// The start of the strings of `library`, whose offsets the tables below use.
  static let strings = Array("\0libtest.so.1\0libc.so.6\0start\0asked\0TEST_1.0\0GLIBC_2.2.5\0hidden\0copied\0".utf8)

  /// A library with everything that this module reads.
  static func library(
    text: [UInt8] = Array("machine code".utf8), id: [UInt8] = Array(1...20), linkChecksum: UInt32 = 0xdead_beef
  ) -> SyntheticImage {
    func offset(_ name: String) -> Int {
      var position = 1
      for part in strings.dropFirst().split(separator: 0) {
        if part.elementsEqual(name.utf8) { break }
        position += part.count + 1
      }
      return position
    }
    func symbol(_ name: String, info: UInt8, section: UInt16, size: UInt64) -> [UInt8] {
      little(UInt32(offset(name))) + [info, 0] + little(section) + little(UInt64(0x1000)) + little(size)
    }
    let symbols =
      [UInt8](repeating: 0, count: 24) + symbol("asked", info: 0x12, section: 0, size: 0)
      + symbol("start", info: 0x12, section: 2, size: 42) + symbol("hidden", info: 0x21, section: 2, size: 8)
      + symbol("copied", info: 0x11, section: 2, size: 16)
    let definition =
      little(UInt16(1)) + little(UInt16(0)) + little(UInt16(2)) + little(UInt16(1)) + little(UInt32(0))
      + little(UInt32(20)) + little(UInt32(0)) + little(UInt32(offset("TEST_1.0"))) + little(UInt32(0))
    let need =
      little(UInt16(1)) + little(UInt16(1)) + little(UInt32(offset("libc.so.6"))) + little(UInt32(16))
      + little(UInt32(0)) + little(UInt32(0)) + little(UInt16(0)) + little(UInt16(3))
      + little(UInt32(offset("GLIBC_2.2.5"))) + little(UInt32(0))
    let versions = [0, 3, 2, 0x8002, 3].flatMap { little(UInt16($0)) }
    var image = SyntheticImage(sections: [
      buildID(id),
      Section(name: ".text", flags: 6, contents: text),
      Section(name: ".dynstr", kind: 3, flags: 2, contents: strings),
      Section(name: ".dynsym", kind: 11, flags: 2, link: 3, info: 1, entrySize: 24, contents: symbols),
      Section(name: ".gnu.version", kind: 0x6fff_ffff, flags: 2, link: 4, entrySize: 2, contents: versions),
      Section(name: ".gnu.version_d", kind: 0x6fff_fffd, flags: 2, link: 3, info: 1, contents: definition),
      Section(name: ".gnu.version_r", kind: 0x6fff_fffe, flags: 2, link: 3, info: 1, contents: need),
      Section(name: ".dynamic", kind: 6, flags: 2, link: 3, contents: [UInt8](repeating: 0, count: 80)),
      debugLink("0203.debug", checksum: linkChecksum),
    ])
    // The dynamic section names an address, so the layout comes first.
    _ = image.bytes()
    let address = base + UInt64(image.range(".dynstr").lowerBound)
    let entries: [(UInt64, UInt64)] = [
      (1, UInt64(offset("libc.so.6"))), (14, UInt64(offset("libtest.so.1"))), (5, address),
      (10, UInt64(strings.count)), (0, 0),
    ]
    image.sections[7].contents = entries.flatMap { little($0.0) + little($0.1) }
    return image
  }
}
