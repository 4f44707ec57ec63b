import Testing

@testable import ELFImage

/// The decoder's short way for plain instructions says what its long way for all says.
@Suite struct X86DecoderTests {
  private static func check(_ code: [UInt8], limit: Int) throws {
    let decoder = X86Decoder()
    var (short, long) = (X86Instruction(), X86Instruction())
    let found = unsafe code.span.withUnsafeBytes { buffer in
      guard let bytes = unsafe BorrowedBytes(buffer) else { return (false, true) }
      return unsafe (
        decoder.decode(bytes, at: 0, end: limit, into: &short), decoder.decodeAny(at: bytes.pointer(0), limit, &long)
      )
    }
    try #require(found.0 == found.1, "\(code) within \(limit)")
    if found.1 { try #require(short == long, "\(code)") }
  }

  @Test func `every opcode of two maps with every ModRM, with and without prefixes`() throws {
    let prefixes: [[UInt8]] = [[], [0x41], [0x48]]
    for prefix in prefixes {
      for escape: [UInt8] in [[], [0x0f]] {
        for opcode in UInt8.min...UInt8.max {
          for modRM in UInt8.min...UInt8.max {
            let start = prefix + escape + [opcode, modRM, modRM & 1 == 0 ? 0x25 : 0x24]
            try Self.check(start + [UInt8](repeating: 0x11, count: 32 - start.count), limit: 15)
          }
        }
      }
    }
  }

  @Test(arguments: 1...4)
  func `random bytes, and ends that come too soon`(seed: UInt64) throws {
    var generator = HostileImageTests.Generator(state: seed)
    for _ in 0..<20_000 {
      let code = (0..<4).flatMap { _ in SyntheticImage.little(generator.next()) }
      try Self.check(code, limit: Int.random(in: 0...20, using: &generator))
    }
  }
}
