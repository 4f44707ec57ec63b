import Foundation
import Testing

@testable import ELFImage

/// Lengths and fields of x86-64 instructions, held against an independent disassembler.
@Suite(.enabled(if: Disassembler.x86 != nil, "NOT RUN: this machine has no objdump of binutils for x86-64"))
struct X86InstructionTests {
  /// Images whose every instruction is compared; more, as paths with colons between them, in SUTURE_DISASSEMBLE.
  static let images: [String] = {
    let more = ProcessInfo.processInfo.environment["SUTURE_DISASSEMBLE"].map {
      $0.split(separator: ":").map(String.init)
    }
    let usual = ["libz.so.1", "libc.so.6"].map { "/usr/lib/x86_64-linux-gnu/\($0)" }
    return (more ?? usual).filter { FileManager.default.isReadableFile(atPath: $0) }
  }()

  struct Tally {
    var compared = 0
    var fields = 0
    var disagreements: [String] = []

    /// Compares one line; `place` is where its bytes are.
    mutating func compare(_ line: Disassembler.Line, _ bytes: [UInt8], at place: Int) {
      // A wait before an x87 instruction is told as one with it, and is one of its own.
      let opcode = bytes[place...].first { ![0x66, 0x67, 0xf2, 0xf3].contains($0) }
      guard !line.isNothing, opcode != 0x9b else { return }
      compared += 1
      let length = Int(line.end - line.address)
      let end = min(bytes.count, place + 15)
      let found = X86Instruction.decode(bytes.span, at: place, end: end)
      var refers: UInt64?
      if let found, found.field != .none, found.length == length {
        fields += 1
        let width = found.field == .shortJump ? 1 : 4
        var value = Int64(0)
        for index in (0..<width).reversed() { value = value << 8 | Int64(bytes[place + found.fieldOffset + index]) }
        let shift = Int64(64 - 8 * width)
        refers = line.end &+ UInt64(bitPattern: (value << shift) >> shift)
      }
      let expected = line.jump ?? line.data
      // With an address-size prefix the sum is cut to 32 bits.
      let isSame = refers == expected || refers.map { $0 & 0xffff_ffff } == expected
      if found?.length != length || !isSame, disagreements.count < 20 {
        let code = bytes[place..<min(bytes.count, place + length)].map { String($0, radix: 16) }.joined(separator: " ")
        disagreements.append(
          "\(String(line.address, radix: 16)): \(code): \(line.mnemonic): \(length) bytes to "
            + "\(expected.map { String($0, radix: 16) } ?? "nothing"), we say \(found?.length ?? 0) to "
            + "\(refers.map { String($0, radix: 16) } ?? "nothing")")
      }
    }
  }

  /// Without SUTURE_DISASSEMBLE, those at one address of 16: a library has more instructions than a debug build reads in a minute.
  @Test(arguments: images)
  func `every instruction of a real image has the length and the field that objdump gives it`(path: String) throws {
    let bytes = Array(try #require(FileManager.default.contents(atPath: path)))
    let space = try ReferenceMap(of: bytes.span).space
    var tally = Tally()
    let isAll = ProcessInfo.processInfo.environment["SUTURE_DISASSEMBLE"] != nil
    try Disassembler.x86?.lines(["-d", "-M", "intel64"], of: path, where: { isAll || $0 % 16 == 5 }) { line in
      if let place = space.offset(ofAddress: line.address) { tally.compare(line, bytes, at: Int(place)) }
    }
    print("\(path): \(tally.compared) instructions, \(tally.fields) fields, \(tally.disagreements.count) disagreements")
    #expect(tally.compared > 1_000)
    #expect(tally.disagreements.isEmpty, "\(tally.disagreements.joined(separator: "\n"))")
  }

  /// Starts of instructions up to their opcode: a map, and what precedes it.
  static let maps: [(name: String, before: [UInt8])] = [
    ("one byte", []), ("one byte, 66", [0x66]), ("one byte, REX.W", [0x48]), ("one byte, 67", [0x67]),
    ("one byte, F2", [0xf2]), ("one byte, F3", [0xf3]), ("one byte, 66 REX.W", [0x66, 0x48]),
    ("0F", [0x0f]), ("0F, 66", [0x66, 0x0f]), ("0F, F2", [0xf2, 0x0f]), ("0F, F3", [0xf3, 0x0f]),
    ("0F, REX.W", [0x48, 0x0f]), ("0F 38", [0x0f, 0x38]), ("0F 38, 66", [0x66, 0x0f, 0x38]),
    ("0F 38, F2", [0xf2, 0x0f, 0x38]), ("0F 38, F3", [0xf3, 0x0f, 0x38]), ("0F 3A", [0x0f, 0x3a]),
    ("0F 3A, 66", [0x66, 0x0f, 0x3a]),
    ("VEX", [0xc5, 0xf8]), ("VEX, 66", [0xc5, 0xf9]), ("VEX, F3", [0xc5, 0xfa]), ("VEX, F2", [0xc5, 0xfb]),
    ("VEX, 66, 256", [0xc5, 0xfd]), ("VEX, 256", [0xc5, 0xec]), ("VEX 1", [0xc4, 0xe1, 0xf9]),
    ("VEX 2, 66", [0xc4, 0xe2, 0x79]), ("VEX 2, 66, 256", [0xc4, 0xe2, 0x7d]), ("VEX 2, 66, W", [0xc4, 0xe2, 0xf9]),
    ("VEX 2", [0xc4, 0xe2, 0x70]), ("VEX 2, F2", [0xc4, 0xe2, 0x73]), ("VEX 2, F3", [0xc4, 0xe2, 0x72]),
    ("VEX 3, 66", [0xc4, 0xe3, 0x79]), ("VEX 3, 66, 256", [0xc4, 0xe3, 0x7d]), ("VEX 3, W", [0xc4, 0xe3, 0xf9]),
    ("VEX 3, F2", [0xc4, 0xe3, 0x7b]),
    ("XOP 8", [0x8f, 0xe8, 0x78]), ("XOP 9", [0x8f, 0xe9, 0x78]), ("XOP 9, W", [0x8f, 0xe9, 0xf8]),
    ("XOP 10", [0x8f, 0xea, 0x78]),
    ("EVEX 1", [0x62, 0xf1, 0x7c, 0x48]), ("EVEX 1, 66", [0x62, 0xf1, 0x7d, 0x48]),
    ("EVEX 1, 66, W", [0x62, 0xf1, 0xfd, 0x48]), ("EVEX 1, F3", [0x62, 0xf1, 0x7e, 0x48]),
    ("EVEX 1, F2", [0x62, 0xf1, 0x7f, 0x08]), ("EVEX 1, F2, W", [0x62, 0xf1, 0xff, 0x08]),
    ("EVEX 2, 66", [0x62, 0xf2, 0x7d, 0x48]), ("EVEX 2, 66, W", [0x62, 0xf2, 0xfd, 0x48]),
    ("EVEX 2, 66, mask", [0x62, 0xf2, 0x7d, 0x49]), ("EVEX 2, F3", [0x62, 0xf2, 0x7e, 0x48]),
    ("EVEX 2, F2", [0x62, 0xf2, 0x7f, 0x48]), ("EVEX 3", [0x62, 0xf3, 0x7c, 0x08]),
    ("EVEX 3, 66", [0x62, 0xf3, 0x7d, 0x48]), ("EVEX 3, 66, W", [0x62, 0xf3, 0xfd, 0x48]),
    ("EVEX 5", [0x62, 0xf5, 0x7c, 0x48]), ("EVEX 5, F3", [0x62, 0xf5, 0x7e, 0x08]),
    ("EVEX 6, 66", [0x62, 0xf6, 0x7d, 0x48]),
  ]

  /// Opcodes whose members the middle field of ModRM tells apart, in some map.
  static let groups = Set<UInt8>(
    [0x00, 0x01, 0x02, 0x0d, 0x12, 0x18, 0x1c, 0x1e, 0x8f, 0xae, 0xba, 0xc0, 0xc1, 0xc6, 0xc7, 0xf3, 0xf6, 0xf7]
      + [0xfe, 0xff] + Array(0x71...0x73) + Array(0x80...0x83) + Array(0xd0...0xd3) + Array(0xd8...0xdf))

  /// With SUTURE_EXHAUSTIVE set every ModRM; else three, every member of a group, and for one opcode of eight each length.
  static func modRMs(_ opcode: UInt8) -> [UInt8] {
    if ProcessInfo.processInfo.environment["SUTURE_EXHAUSTIVE"] != nil { return Array(UInt8.min...UInt8.max) }
    return [0x04, 0x45] + (opcode % 8 == 3 ? [0x00, 0x05, 0x40, 0x44, 0x80, 0x84, 0x85] : [])
      + (groups.contains(opcode) ? stride(from: 0xc1, through: 0xf9, by: 8).map { UInt8($0) } : [0xc1])
  }

  @Test(arguments: maps.indices)
  func `every opcode has the length that objdump gives it`(map index: Int) throws {
    let map = Self.maps[index]
    // Slots of 16 bytes: the start, then prefixes up to a NOP, so that whatever is left of a slot is one instruction.
    let slot = 16
    var bytes: [UInt8] = []
    for opcode in UInt8.min...UInt8.max {
      for modRM in Self.modRMs(opcode) {
        let start = map.before + [opcode, modRM]
        bytes += start + [UInt8](repeating: 0x66, count: slot - 1 - start.count) + [0x90]
      }
    }
    let path = "\(NSTemporaryDirectory())suture-opcodes-\(UUID().uuidString)"
    _ = FileManager.default.createFile(atPath: path, contents: Data(bytes))
    defer { try? FileManager.default.removeItem(atPath: path) }
    var tally = Tally()
    let options = ["-D", "-M", "intel64", "-b", "binary", "-m", "i386:x86-64"]
    try Disassembler.x86?.lines(options, of: path, where: { $0 % UInt64(slot) == 0 }) { line in
      tally.compare(line, bytes, at: Int(line.address))
    }
    print("\(map.name): \(tally.compared) instructions, \(tally.disagreements.count) disagreements")
    #expect(tally.compared > 0)
    #expect(tally.disagreements.isEmpty, "\(tally.disagreements.joined(separator: "\n"))")
  }
}
