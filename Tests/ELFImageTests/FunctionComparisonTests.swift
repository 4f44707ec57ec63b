import ELFImage
import Testing

@Suite struct FunctionComparisonTests {
  /// A function of a test: its code, and 4-byte distances in it that lead to another, or to a text.
  struct Code {
    var name: String
    var bytes: [UInt8]
    var links: [(at: Int, to: String)] = []
    var texts: [(at: Int, to: String)] = []
  }

  static func call(_ name: String, _ other: String) -> Code {
    Code(name: name, bytes: [0xe8, 0, 0, 0, 0, 0xc3], links: [(1, other)])
  }

  static func load(_ name: String, _ text: String) -> Code {
    Code(name: name, bytes: [0x48, 0x8d, 0x05, 0, 0, 0, 0, 0xc3], texts: [(3, text)])
  }

  /// An image of functions that are 16 bytes apart at least, with `space` between code and texts.
  static func image(_ codes: [Code], space: Int = 0) -> [UInt8] {
    var text: [UInt8] = []
    var starts: [String: Int] = [:]
    for code in codes {
      starts[code.name] = text.count
      text += code.bytes
      while text.count % 16 != 0 { text.append(0xcc) }
    }
    var constants = [UInt8](repeating: 0, count: space)
    var texts: [String: Int] = [:]
    for item in codes.flatMap(\.texts) where texts[item.to] == nil {
      texts[item.to] = constants.count
      constants += Array(item.to.utf8) + [0]
    }
    let names = Array(("\0" + codes.map(\.name).joined(separator: "\0") + "\0").utf8)
    func build(_ text: [UInt8], _ address: UInt64) -> SyntheticImage {
      var symbols = [UInt8](repeating: 0, count: 24)
      var name: UInt32 = 1
      for code in codes {
        symbols += SyntheticImage.little(name) + [0x12, 0] + SyntheticImage.little(UInt16(1))
        symbols += SyntheticImage.little(address + UInt64(starts[code.name] ?? 0))
        symbols += SyntheticImage.little(UInt64(code.bytes.count))
        name += UInt32(code.name.utf8.count) + 1
      }
      return SyntheticImage(sections: [
        SyntheticImage.Section(name: ".text", flags: 6, contents: text),
        SyntheticImage.Section(name: ".rodata", flags: 2, contents: constants),
        SyntheticImage.Section(name: ".dynstr", kind: 3, flags: 2, contents: names),
        SyntheticImage.Section(name: ".dynsym", kind: 11, flags: 2, link: 3, entrySize: 24, contents: symbols),
      ])
    }
    var draft = build(text, 0)
    _ = draft.bytes()
    let (code, data) = (draft.range(".text").lowerBound, draft.range(".rodata").lowerBound)
    for item in codes {
      let start = starts[item.name] ?? 0
      let links = item.links.map { ($0.at, code + (starts[$0.to] ?? 0)) }
      for (at, target) in links + item.texts.map({ ($0.at, data + (texts[$0.to] ?? 0)) }) {
        let distance = Int32(target - (code + start + at + 4))
        text.replaceSubrange(start + at..<start + at + 4, with: SyntheticImage.little(distance))
      }
    }
    var image = build(text, SyntheticImage.base + UInt64(code))
    return image.bytes()
  }

  static let old = [
    call("first", "second"), load("second", "hello world"), Code(name: "third", bytes: [0x31, 0xc0, 0xc3]),
    call("fourth", "third"), Code(name: "gone", bytes: [0x0f, 0x05, 0xc3]),
  ]

  private func compare(_ old: [UInt8], _ new: [UInt8]) throws -> [String] {
    try FunctionComparison(old: old.span, new: new.span).changes.map {
      "\($0.kind) \($0.old?.label ?? "-") \($0.new?.label ?? "-")"
    }
  }

  @Test func `what only moved is the same`() throws {
    let padding = Code(name: "gone", bytes: [0x0f, 0x05, 0xc3])
    let old = Self.image(Self.old)
    #expect(try compare(old, old) == [])
    #expect(try compare(old, Self.image([padding] + Self.old.dropLast(), space: 64)) == [])
  }

  @Test func `functions that changed, lead elsewhere, appeared and vanished are told apart`() throws {
    var new = Self.old
    new[1] = Self.load("second", "hello there")
    new[2].bytes = [0x31, 0xc0, 0x90, 0xc3]
    new[3] = Self.call("fourth", "second")
    new[4] = Code(name: "fifth", bytes: Array(repeating: 0x99, count: 20) + [0xc3])
    #expect(
      try compare(Self.image(Self.old), Self.image(new)) == [
        "redirected second second", "changed third third", "redirected fourth fourth", "appeared - fifth",
        "vanished gone -",
      ])
  }

  @Test func `a redirection names the field and both targets`() throws {
    var new = Self.old
    new[3] = Self.call("fourth", "first")
    let comparison = try FunctionComparison(old: Self.image(Self.old).span, new: Self.image(new).span)
    let change = try #require(comparison.changes.first)
    #expect(change.kind == .redirected)
    #expect(change.redirections.map(\.offset) == [1])
    #expect(change.redirections.map(\.oldTarget) == [comparison.oldFunctions[2].address])
    #expect(change.redirections.map(\.newTarget) == [comparison.newFunctions[0].address])
  }

  @Test func `a redirection says what stands at both targets`() throws {
    var new = Self.old
    new[1] = Self.load("second", "hello there")
    new[3] = Self.call("fourth", "first")
    let comparison = try FunctionComparison(old: Self.image(Self.old).span, new: Self.image(new).span)
    let told = comparison.changes.flatMap(\.redirections).map { "\($0.oldMeaning) -> \($0.newMeaning)" }
    #expect(told == ["\"hello world\" -> \"hello there\"", "third -> first"])
  }

  @Test func `what took the place of a function in the same code is that function, changed beyond recognition`() throws
  {
    var old = Self.old
    old[4] = Self.call("caller", "third")
    var new = old
    new[2] = Code(name: "other", bytes: Array(repeating: 0x99, count: 20) + [0xc3])
    new[3] = Self.call("fourth", "other")
    new[4] = Self.call("caller", "other")
    #expect(try compare(Self.image(old), Self.image(new)) == ["changed third other"])
  }

  @Test func `an edit is what lies between equal beginnings and equal ends`() throws {
    var new = Self.old
    new[2].bytes = [0x31, 0xc0, 0x90, 0xc3]
    let comparison = try FunctionComparison(old: Self.image(Self.old).span, new: Self.image(new).span)
    let edit = try #require(comparison.changes.first?.edit)
    #expect(edit.offset == 2 && edit.oldLength == 0 && edit.newLength == 1)
  }

  @Test func `one changed byte of code is seen, wherever it is`() throws {
    let old = Self.image(Self.old)
    let map = try ReferenceMap(of: old.span)
    let region = try #require(map.regions.first { $0.content == .code })
    for index in region.fileRange {
      var new = old
      new[index] ^= 0x40
      #expect(try !compare(old, new).isEmpty, "the byte at \(index)")
    }
  }

  @Test func `images for two processors are not compared`() throws {
    var arm = SyntheticImage(machine: 183, sections: [SyntheticImage.Section(name: ".text", flags: 6, contents: [0])])
    let bytes = arm.bytes()
    #expect(throws: ELFError.self) { try FunctionComparison(old: Self.image(Self.old).span, new: bytes.span) }
  }
}
