import Foundation

/// binutils' objdump or LLVM's, which were written by others from the same manuals: what we say of an instruction is held against them.
struct Disassembler {
  /// One line of its output.
  struct Line {
    let address: UInt64
    /// The address of the next line, which is where the instruction ends if nothing is left out.
    let end: UInt64
    let mnemonic: String
    /// The mnemonic and its operands, without what stands in angle brackets after them.
    let words: [String]
    /// The address that a jump or a call names.
    let jump: UInt64?
    /// The address that is told in a comment: what lies at a distance from the instruction's end.
    let data: UInt64?
    /// It could make nothing of these bytes, or took prefixes for an instruction of their own.
    let isNothing: Bool
  }

  let program: String

  /// The first of some programs that the machine has.
  static func first(of names: [String]) -> Disassembler? {
    names.map { "/usr/bin/\($0)" }.first { FileManager.default.isExecutableFile(atPath: $0) }.map(Disassembler.init)
  }

  static let arm = first(of: ["llvm-objdump", "llvm-objdump-14", "llvm-objdump-19"])
  static let x86 = first(of: ["x86_64-linux-gnu-objdump", "objdump"])

  /// Hands lines of the code sections of a file, or of bytes that are nothing but code, to `body`: those at the addresses
  /// that are wanted.
  func lines(
    _ arguments: [String], of path: String, where isWanted: (UInt64) -> Bool = { _ in true },
    _ body: (Line) throws -> Void
  ) throws {
    let output = "\(NSTemporaryDirectory())suture-disassembly-\(UUID().uuidString)"
    _ = FileManager.default.createFile(atPath: output, contents: nil)
    defer { try? FileManager.default.removeItem(atPath: output) }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments + ["-z", "-w", "--no-show-raw-insn", path]
    process.environment = ["LC_ALL": "C"]
    process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: output))
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    let text = [UInt8](try Data(contentsOf: URL(fileURLWithPath: output)))
    var last: (address: UInt64, text: ArraySlice<UInt8>)?
    var start = 0
    while start < text.count, let end = text[start...].firstIndex(of: 0x0a) {
      let line = text[start..<end]
      start = end + 1
      // "  401000:<tab>text": anything else is a heading, after which addresses may go back.
      let found = Self.parts(line)
      if let last, let found, found.address > last.address, isWanted(last.address) {
        try body(Self.line(last.text, at: last.address, end: found.address))
      }
      if let found { last = found } else if line.starts(with: Array("Disassembly".utf8)) { last = nil }
    }
  }

  private static func parts(_ line: ArraySlice<UInt8>) -> (address: UInt64, text: ArraySlice<UInt8>)? {
    var address: UInt64 = 0
    var at = line.startIndex
    while at < line.endIndex, line[at] == 0x20 { at += 1 }
    let first = at
    while at < line.endIndex, let digit = hex(line[at]) {
      address = address << 4 | digit
      at += 1
    }
    guard at > first, at < line.endIndex, line[at] == 0x3a else { return nil }
    at += 1
    while at < line.endIndex, line[at] == 0x20 { at += 1 }
    guard at < line.endIndex, line[at] == 0x09 else { return nil }
    return (address, line[(at + 1)...])
  }

  private static func hex(_ byte: UInt8) -> UInt64? {
    switch byte {
    case 0x30...0x39: UInt64(byte - 0x30)
    case 0x61...0x66: UInt64(byte - 0x57)
    default: nil
    }
  }

  private static let prefixes: Set<Substring> = [
    "data16", "addr32", "cs", "ds", "es", "ss", "fs", "gs", "lock", "rep", "repz", "repnz", "bnd", "notrack", "fwait",
    "xacquire", "xrelease",
  ]

  private static func line(_ text: ArraySlice<UInt8>, at address: UInt64, end: UInt64) -> Line {
    // binutils' comments follow a hash and a space; LLVM's numbers follow a hash.
    let halves = Self.halves(text)
    let words = halves.isEmpty ? [] : String(decoding: halves[0], as: UTF8.self).split { $0 == " " || $0 == "\t" }
    let body = words.drop { prefixes.contains($0) || $0.hasPrefix("rex") }
    // A jump may carry a hint: "jb,pn".
    let mnemonic = body.first.map { String($0.prefix { $0 != "," }) } ?? ""
    // "e8 … call 401000 <name>": the one operand is a bare number.
    let isJump = mnemonic.hasPrefix("j") || ["call", "xbegin"].contains(mnemonic) || mnemonic.hasPrefix("loop")
    let operand = body.dropFirst().first.flatMap(number)
    let comment = halves.count == 2 ? String(decoding: halves[1], as: UTF8.self).split(separator: " ").first : nil
    return Line(
      address: address, end: end, mnemonic: mnemonic,
      words: body.prefix { !$0.hasPrefix("<") }.map(String.init), jump: isJump ? operand : nil,
      data: comment.flatMap(number),
      isNothing: body.isEmpty || mnemonic == ".byte" || text.contains(0x28) && isBad(text))
  }

  private static func halves(_ text: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
    let hash = text.indices.first { text[$0] == 0x23 && $0 + 1 < text.endIndex && text[$0 + 1] == 0x20 }
    return hash.map { [text[..<$0], text[($0 + 1)...]] } ?? [text]
  }

  static func number(_ text: Substring) -> UInt64? {
    UInt64(text.hasPrefix("0x") ? text.dropFirst(2) : text, radix: 16)
  }

  private static func isBad(_ text: ArraySlice<UInt8>) -> Bool {
    String(decoding: text, as: UTF8.self).contains("(bad)")
  }
}
