import Foundation
import Testing

@testable import ELFImage

/// Fields of aarch64 instructions, held against an independent disassembler.
@Suite(.enabled(if: Disassembler.arm != nil, "NOT RUN: this machine has no objdump of LLVM"))
struct ArmInstructionTests {
  /// Images whose every instruction is compared, as paths with colons between them.
  static let images =
    ProcessInfo.processInfo.environment["SUTURE_DISASSEMBLE_ARM"].map { $0.split(separator: ":").map(String.init) }
    ?? []

  struct Tally {
    var compared = 0
    var fields = 0
    var disagreements: [String] = []

    mutating func compare(_ line: Disassembler.Line, _ word: UInt32) {
      guard line.words.count > 1 else { return }
      compared += 1
      let instruction = ArmInstruction(word)
      let target = instruction.kind.map { kind in
        Reference(offset: 0, kind: kind, target: 0).target(
          of: UInt64(word), place: line.address, base: 0, predicted: 0)
      }
      if target != nil { fields += 1 }
      let low = instruction.lowShift.map { UInt64(word >> 10 & 0xfff) << UInt64($0) }
      if target != Self.target(line) || low != Self.low(line), disagreements.count < 20 {
        let place = String(line.address, radix: 16)
        disagreements.append(
          "\(place): \(String(word, radix: 16)): \(line.words.joined(separator: " ")), we say "
            + "\(target.map { String($0, radix: 16) } ?? "nothing"), \(low.map { "\($0)" } ?? "nothing")")
      }
    }

    /// The address that an instruction names by itself.
    static func target(_ line: Disassembler.Line) -> UInt64? {
      let last = line.words.last ?? ""
      switch line.mnemonic {
      case "adr": return Int64(last.dropFirst()).map { line.address &+ UInt64(bitPattern: $0) }
      case "b", "bl", "cbz", "cbnz", "tbz", "tbnz", "adrp", "ldr", "ldrsw", "prfm":
        return last.hasPrefix("0x") ? Disassembler.number(Substring(last)) : nil
      default: return line.mnemonic.hasPrefix("b.") ? Disassembler.number(Substring(last)) : nil
      }
    }

    private static let loads: Set<String> = [
      "ldr", "ldrb", "ldrh", "ldrsb", "ldrsh", "ldrsw", "str", "strb", "strh", "prfm",
    ]

    /// The number that an instruction adds to a register, where it is one of those that finish an ADRP.
    static func low(_ line: Disassembler.Line) -> UInt64? {
      let words = line.words.dropFirst()
      let last = words.last ?? ""
      if line.mnemonic == "add", words.count == 3, words.first?.first == "x" || words.first == "sp,", last.first == "#"
      {
        return UInt64(last.dropFirst())
      }
      // "mov x0, sp" is an addition of 0.
      if line.mnemonic == "mov", last.first != "#", words.contains("sp") || words.contains("sp,"),
        words.allSatisfy({ $0.first != "w" })
      {
        return 0
      }
      guard loads.contains(line.mnemonic), last.hasSuffix("]"), let base = words.first(where: { $0.hasPrefix("[") })
      else { return nil }
      if base.hasSuffix("]") { return 0 }
      return last.hasPrefix("#") && words.suffix(2).first == base ? UInt64(last.dropFirst().dropLast()) : nil
    }
  }

  private func compare(_ path: String, _ bytes: [UInt8]) throws -> Tally {
    let space = try ReferenceMap(of: bytes.span).space
    var tally = Tally()
    try Disassembler.arm?.lines(["-d", "--mattr=+all"], of: path) { line in
      guard let place = space.offset(ofAddress: line.address), Int(place) + 4 <= bytes.count else { return }
      tally.compare(line, bytes[Int(place)..<Int(place) + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) })
    }
    return tally
  }

  @Test(arguments: images)
  func `every instruction of a real image refers to what LLVM says`(path: String) throws {
    let tally = try compare(path, Array(try #require(FileManager.default.contents(atPath: path))))
    print("\(path): \(tally.compared) instructions, \(tally.fields) fields, \(tally.disagreements.count) disagreements")
    #expect(tally.compared > 1_000)
    #expect(tally.disagreements.isEmpty, "\(tally.disagreements.joined(separator: "\n"))")
  }

  @Test func `every class of instruction refers to what LLVM says`() throws {
    // Each value of the upper 11 bits, which hold the class, with seeded bits below.
    var generator = HostileImageTests.Generator(state: 64)
    let words = (UInt32(0)..<2_048).flatMap { top in
      (0..<16).map { _ in top << 21 | UInt32(truncatingIfNeeded: generator.next() >> 43) }
    }
    var image = SyntheticImage(
      machine: 183,
      sections: [SyntheticImage.Section(name: ".text", flags: 6, contents: words.flatMap(SyntheticImage.little))])
    let bytes = image.bytes()
    let path = "\(NSTemporaryDirectory())suture-words-\(UUID().uuidString)"
    _ = FileManager.default.createFile(atPath: path, contents: Data(bytes))
    defer { try? FileManager.default.removeItem(atPath: path) }
    let tally = try compare(path, bytes)
    print("words: \(tally.compared) instructions, \(tally.fields) fields, \(tally.disagreements.count) disagreements")
    #expect(tally.compared > 5_000)
    #expect(tally.disagreements.isEmpty, "\(tally.disagreements.joined(separator: "\n"))")
  }
}
