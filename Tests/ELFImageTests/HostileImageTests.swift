import ELFImage
import Testing

/// Damaged and hostile images: refused or read, never a trap.
@Suite struct HostileImageTests {
  struct Generator: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state &+= 0x9e37_79b9_7f4a_7c15
      var mixed = state
      mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
      mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
      return mixed ^ (mixed >> 31)
    }
  }

  /// Reads everything there is; gives whether all of it was accepted.
  @discardableResult
  static func readAll(_ bytes: [UInt8], against other: ELFImage) -> Bool {
    readReferences(bytes)
    guard let image = try? ELFImage(parsing: bytes) else { return false }
    _ = ELFImage.change(from: other, to: image)
    _ = ELFImage.change(from: image, to: other)
    for section in image.sections { _ = image.contents(of: section).count }
    return [
      isSound { try image.dynamic() }, isSound { try image.buildID() }, isSound { try image.debugLink() },
      isSound { try image.dynamicSymbols() },
    ].allSatisfy(\.self)
  }

  /// Finds the references of whatever has any: in order, and in the file.
  private static func readReferences(_ bytes: [UInt8]) {
    guard let map = try? ReferenceMap(of: bytes.span) else { return }
    var end = 0
    for field in map.references(in: bytes.indices, of: bytes.span) {
      #expect(field.offset >= end)
      end = field.offset + field.byteCount
    }
    #expect(end <= bytes.count)
  }

  private static func isSound<Part>(_ read: () throws -> Part) -> Bool {
    do {
      _ = try read()
      return true
    } catch {
      #expect((error as? ELFError)?.description.isEmpty == false)
      return false
    }
  }

  static func sound() throws -> (bytes: [UInt8], image: ELFImage) {
    var synthetic = ReferenceTests.library()
    let bytes = synthetic.bytes()
    return (bytes, try ELFImage(parsing: bytes))
  }

  @Test func `every byte at its extremes is survived`() throws {
    let (bytes, image) = try Self.sound()
    #expect(Self.readAll(bytes, against: image))
    for index in bytes.indices {
      for value: UInt8 in [0, 1, 0x7f, 0x80, 0xff] {
        var damaged = bytes
        damaged[index] = value
        Self.readAll(damaged, against: image)
      }
    }
  }

  @Test func `every truncation is survived`() throws {
    let (bytes, image) = try Self.sound()
    for count in bytes.indices { #expect(!Self.readAll(Array(bytes[..<count]), against: image)) }
  }

  @Test(arguments: 1...6)
  func `seeded damage is survived`(seed: UInt64) throws {
    let (bytes, image) = try Self.sound()
    var generator = Generator(state: seed)
    for _ in 0..<2_000 {
      var damaged = bytes
      for _ in 0...Int.random(in: 0...5, using: &generator) {
        let index = Int.random(in: damaged.indices, using: &generator)
        let word = SyntheticImage.little(generator.next() >> UInt64.random(in: 0...63, using: &generator))
        for (offset, byte) in word.enumerated() where index + offset < damaged.count {
          damaged[index + offset] = byte
        }
      }
      Self.readAll(damaged, against: image)
    }
  }

  @Test func `a part outside the file is refused and named`() throws {
    var (bytes, _) = try Self.sound()
    bytes.replaceSubrange(40..<48, with: SyntheticImage.little(UInt64.max - 8))
    let refusal = #expect(throws: ELFError.self) { try ELFImage(parsing: bytes) }
    #expect(
      refusal
        == .outsideFile("section header table", offset: .max - 8, size: 960, fileSize: bytes.count))
  }

  @Test func `too many segments are refused`() throws {
    var (bytes, _) = try Self.sound()
    bytes.replaceSubrange(56..<58, with: SyntheticImage.little(UInt16(1_025)))
    #expect(throws: ELFError.tooMany("segments", count: 1_025, limit: 1_024)) { try ELFImage(parsing: bytes) }
  }

  @Test func `a chain of versions cannot run in a circle`() throws {
    // Distances are unsigned and must stay in the section, so a chain of many small steps is the worst; it is bounded
    // too.
    var synthetic = SyntheticImage.library()
    let index = try #require(synthetic.sections.firstIndex { $0.name == ".gnu.version_r" })
    let step =
      SyntheticImage.little(UInt16(1)) + SyntheticImage.little(UInt16(1)) + SyntheticImage.little(UInt32(1))
      + SyntheticImage.little(UInt32(16)) + SyntheticImage.little(UInt32(16))
    synthetic.sections[index].contents = (0..<2_000).flatMap { _ in step }
    let image = try ELFImage(parsing: synthetic.bytes())
    #expect(throws: ELFError.self) { try image.dynamicSymbols() }
  }

  @Test func `a name without an end is refused`() throws {
    var synthetic = SyntheticImage.library()
    synthetic.sections[2].contents = [UInt8](repeating: 0x61, count: SyntheticImage.strings.count)
    let image = try ELFImage(parsing: synthetic.bytes())
    #expect(throws: ELFError.self) { try image.dynamicSymbols() }
    #expect(throws: ELFError.self) { try image.dynamic() }
  }
}
