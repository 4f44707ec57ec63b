/// A system call as strace tells it with `-f -y -xx`: every text and path in hexadecimal, so that nothing is ambiguous.
struct SystemCall: Sendable {
  let name: String
  let arguments: [Argument]
  /// What it returned; negative where it failed.
  let result: Int
  /// The file that it returned, where it is a descriptor.
  let opened: String?

  /// One argument, just as it is written there.
  struct Argument: Sendable {
    let text: [UInt8]

    /// What stands between quotes.
    var bytes: [UInt8]? { Trace.decoded(text, between: UInt8(ascii: "\""), and: UInt8(ascii: "\"")) }
    /// All that stands between quotes, one after the other.
    var allBytes: [UInt8] {
      let quote = UInt8(ascii: "\"")
      let parts = text.split(separator: quote, omittingEmptySubsequences: false)
      return parts.indices.filter { $0 % 2 == 1 }.flatMap { index in
        Trace.decoded([quote] + parts[index] + [quote], between: quote, and: quote) ?? []
      }
    }
    /// The file that a descriptor stands for; nil where it is none, or has no name any more.
    var file: String? {
      guard let end = text.lastIndex(of: UInt8(ascii: ">")), end == text.count - 1 else { return nil }
      return Trace.decoded(text, between: UInt8(ascii: "<"), and: UInt8(ascii: ">")).map {
        String(decoding: $0, as: UTF8.self)
      }
    }
    /// A number, decimal or octal as C writes it.
    var number: Int? {
      let digits = String(decoding: text.prefix { $0 != UInt8(ascii: "<") }, as: UTF8.self)
      if digits.count > 1, digits.hasPrefix("0"), !digits.hasPrefix("0x") { return Int(digits, radix: 8) }
      return Int(digits)
    }
    var word: String { String(decoding: text, as: UTF8.self) }
  }
}

/// Reads what strace wrote.
enum Trace {
  /// The calls in the order in which they were done; one that tells someone something counts from its beginning, since
  /// the other may hear it before the call returns.
  static func calls(in text: [UInt8], isTelling: (SystemCall) -> Bool) throws -> [SystemCall] {
    var calls: [SystemCall?] = []
    var unfinished: [String: (text: [UInt8], place: Int)] = [:]
    for line in text.split(separator: UInt8(ascii: "\n")) {
      guard let space = line.firstIndex(of: UInt8(ascii: " ")) else { continue }
      let process = String(decoding: line[..<space], as: UTF8.self)
      let rest = line[space...].drop { $0 == UInt8(ascii: " ") }
      // Signals and ends: --- and +++.
      guard let first = rest.first, first != UInt8(ascii: "-"), first != UInt8(ascii: "+") else { continue }
      let marker = Array("<unfinished ...>".utf8)
      if rest.suffix(marker.count).elementsEqual(marker) {
        unfinished[process] = (Array(rest.dropLast(marker.count)), calls.count)
        calls.append(nil)
      } else if first == UInt8(ascii: "<") {
        guard let (begun, place) = unfinished.removeValue(forKey: process),
          let end = rest.firstIndex(of: UInt8(ascii: ">"))
        else {
          throw Impossible(
            description: "a call is resumed that was not begun: \(String(decoding: rest.prefix(80), as: UTF8.self))")
        }
        let call = try parsed(trimmed(begun) + rest[(end + 1)...].drop { $0 == UInt8(ascii: " ") })
        if isTelling(call) { calls[place] = call } else { calls.append(call) }
      } else {
        calls.append(try parsed(Array(rest)))
      }
    }
    return calls.compactMap { $0 }
  }

  // NAME(ARGUMENT, …) = RESULT
  private static func parsed(_ line: [UInt8]) throws -> SystemCall {
    func refused() -> Impossible {
      Impossible(
        description: "strace wrote what is not understood: \(String(decoding: line.prefix(200), as: UTF8.self))")
    }
    guard let open = line.firstIndex(of: UInt8(ascii: "(")) else { throw refused() }
    var arguments: [SystemCall.Argument] = []
    var start = open + 1
    var depth = 0
    var index = start
    func take(_ end: Int) {
      let argument = trimmed(Array(line[start..<end]))
      if !argument.isEmpty { arguments.append(.init(text: argument)) }
      start = end + 1
    }
    scan: while true {
      guard index < line.count else { throw refused() }
      switch line[index] {
      case UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
      case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
      case UInt8(ascii: ")") where depth == 0:
        take(index)
        break scan
      case UInt8(ascii: ")"): depth -= 1
      case UInt8(ascii: ",") where depth == 0: take(index)
      default: break
      }
      index += 1
    }
    guard let equal = line[index...].firstIndex(of: UInt8(ascii: "=")) else { throw refused() }
    let result = SystemCall.Argument(text: trimmed(Array(line[(equal + 1)...])))
    let word = result.text.prefix { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "<") }
    // An address where memory was mapped; "?" where a call did not return: the process ended in it.
    let digits = String(decoding: word, as: UTF8.self)
    let number = digits.hasPrefix("0x") ? 0 : Int(digits) ?? -1
    return SystemCall(
      name: String(decoding: line[..<open], as: UTF8.self), arguments: arguments, result: number,
      opened: result.file)
  }

  private static func trimmed(_ text: [UInt8]) -> [UInt8] {
    let space = UInt8(ascii: " ")
    guard let first = text.firstIndex(where: { $0 != space }), let last = text.lastIndex(where: { $0 != space }) else {
      return []
    }
    return Array(text[first...last])
  }

  // \xHH\xHH… between two signs.
  static func decoded(_ text: [UInt8], between open: UInt8, and close: UInt8) -> [UInt8]? {
    guard let start = text.firstIndex(of: open), let end = text[(start + 1)...].firstIndex(of: close) else {
      return nil
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity((end - start) / 4)
    var index = start + 1
    while index + 3 < end {
      guard let high = digit(text[index + 2]), let low = digit(text[index + 3]) else { return nil }
      bytes.append(high << 4 | low)
      index += 4
    }
    return index == end ? bytes : nil
  }

  private static func digit(_ character: UInt8) -> UInt8? {
    switch character {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): character - UInt8(ascii: "a") + 10
    default: nil
    }
  }
}
