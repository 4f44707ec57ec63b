import ELFImage
import Testing

@Suite struct ImageTests {
  static func library() throws -> ELFImage {
    var image = SyntheticImage.library()
    return try ELFImage(parsing: image.bytes())
  }

  @Test func `header, segments and sections are read`() throws {
    let image = try Self.library()
    #expect(image.header.kind == .shared && image.header.machine == .x86_64 && image.header.entry == 0x1234)
    #expect(image.segments.map(\.kind) == [.load, .dynamic, .note])
    #expect(
      image.sections.map(\.name) == [
        "", ".note.gnu.build-id", ".text", ".dynstr", ".dynsym", ".gnu.version", ".gnu.version_d", ".gnu.version_r",
        ".dynamic", ".gnu_debuglink", ".shstrtab",
      ])
    let text = try #require(image.section(named: ".text"))
    #expect(text.isAllocated && text.kind == .program)
    #expect(image.contents(of: text).elementsEqual("machine code".utf8))
    #expect(image.section(named: ".data") == nil)
  }

  @Test func `programs and libraries of any machine are loaded, and nothing else is`() throws {
    var image = SyntheticImage.library()
    let bytes = image.bytes()
    func changed(_ places: [Int: UInt8]) -> [UInt8] {
      var bytes = bytes
      for (place, byte) in places { bytes[place] = byte }
      return bytes
    }
    #expect(ELFImage.isLoaded(bytes) && ELFImage.isLoaded(bytes.prefix(ELFImage.headByteCount)))
    #expect(ELFImage.isLoaded(changed([16: 2])) && ELFImage.isLoaded(changed([4: 1, 18: 3])))
    // In the other byte order.
    #expect(ELFImage.isLoaded(changed([5: 2, 16: 0, 17: 3])) && !ELFImage.isLoaded(changed([5: 2])))
    // An object file such as a kernel module, a core dump.
    for kind: UInt8 in [0, 1, 4] { #expect(!ELFImage.isLoaded(changed([16: kind]))) }
    #expect(!ELFImage.isLoaded(changed([0: 0])) && !ELFImage.isLoaded(bytes.prefix(17)) && !ELFImage.isLoaded([]))
    #expect(!ELFImage.isLoaded("#!/usr/bin/python3\nimport os\n".utf8))
  }

  @Test func `soname and needed libraries are read as the loader does`() throws {
    let dynamic = try Self.library().dynamic()
    #expect(dynamic?.soname == "libtest.so.1")
    #expect(dynamic?.needed == ["libc.so.6"])
  }

  @Test func `build ID and debug link are read`() throws {
    let image = try Self.library()
    #expect(try image.buildID()?.description == "0102030405060708090a0b0c0d0e0f1011121314")
    let link = try image.debugLink()
    #expect(link?.name == "0203.debug" && link?.checksum == 0xdead_beef)
  }

  @Test func `symbols have names, versions, kinds and sizes`() throws {
    let symbols = try Self.library().dynamicSymbols()
    #expect(symbols.map(\.name) == ["asked", "start", "hidden", "copied"])
    #expect(symbols.map(\.version) == ["GLIBC_2.2.5", "TEST_1.0", "TEST_1.0", "GLIBC_2.2.5"])
    // A version that is only needed is no default: a program's copy of a library's variable has one.
    #expect(symbols.map(\.isDefaultVersion) == [false, true, false, false])
    #expect(symbols.map(\.isDefined) == [false, true, true, true])
    #expect(symbols.map(\.isExported) == [false, true, true, true])
    #expect(symbols.map(\.kind) == [.function, .function, .object, .object])
    #expect(symbols.map(\.binding) == [.global, .global, .weak, .global])
    #expect(symbols.map(\.size) == [0, 42, 8, 16])
  }

  @Test func `an image without sections still has its dynamic section and build ID`() throws {
    var synthetic = SyntheticImage.library()
    var bytes = synthetic.bytes()
    bytes.replaceSubrange(40..<48, with: [UInt8](repeating: 0, count: 8))
    bytes.replaceSubrange(60..<64, with: [0, 0, 0, 0])
    let image = try ELFImage(parsing: bytes)
    #expect(image.sections.isEmpty)
    #expect(try image.dynamic() == Self.library().dynamic())
    #expect(try image.dynamic()?.soname == "libtest.so.1")
    #expect(try image.buildID()?.bytes == Array(1...20))
    #expect(try image.debugLink() == nil && image.dynamicSymbols().isEmpty)
  }

  @Test func `what is not ELF is refused`() {
    for bytes in [[], [0x7f], Array("#!/bin/sh\n".utf8), Array("\u{7f}ELG".utf8)] {
      #expect(throws: ELFError.notELF) { try ELFImage(parsing: bytes) }
      #expect(!ELFImage.looksLikeImage(bytes))
    }
    #expect(ELFImage.looksLikeImage([0x7f, 0x45, 0x4c, 0x46, 9]))
  }

  @Test(arguments: [
    (4, UInt8(1), "its class is 1, not 64-bit"), (5, 2, "its byte order is 2, not little-endian"),
    (18, 3, "its machine is 3"), (6, 0, "its version is not 1"),
  ])
  func `other kinds of images are refused politely`(offset: Int, byte: UInt8, reason: String) throws {
    var synthetic = SyntheticImage.library()
    var bytes = synthetic.bytes()
    bytes[offset] = byte
    #expect(throws: ELFError.unsupported(reason)) { try ELFImage(parsing: bytes) }
  }

  @Test func `aarch64 is read as well`() throws {
    var synthetic = SyntheticImage(machine: 183, sections: [SyntheticImage.buildID([9])])
    let image = try ELFImage(parsing: synthetic.bytes())
    #expect(image.header.machine == .aarch64)
    #expect(try image.buildID()?.description == "09")
  }
}
