/// A Swift file taken apart into its code and its comments, line for line: in `code` comments and the contents of string
/// literals are blank, in `comments` everything but the comments is.
///
/// A light reading, not a parser: nested comments, raw and multi-line strings and interpolations are understood, regular
/// expression literals are read as code.
struct SwiftText {
  private(set) var code: [UInt8] = []
  private(set) var comments: [UInt8] = []

  private enum Context {
    case code(parentheses: Int)
    case lineComment
    case blockComment(depth: Int)
    case string(hashes: Int, isMultiline: Bool)
  }

  private let bytes: [UInt8]
  private var index = 0
  private var stack: [Context] = [.code(parentheses: 0)]

  init(_ text: String) {
    bytes = Array(text.utf8)
    code.reserveCapacity(bytes.count)
    comments.reserveCapacity(bytes.count)
    while index < bytes.count {
      switch stack[stack.count - 1] {
      case .code(let parentheses): readCode(parentheses)
      case .lineComment: readLineComment()
      case .blockComment(let depth): readBlockComment(depth)
      case .string(let hashes, let isMultiline): readString(hashes, isMultiline)
      }
    }
  }

  /// The code's lines.
  var codeLines: [String] { Self.lines(code) }

  /// The comments' lines.
  var commentLines: [String] { Self.lines(comments) }

  private static func lines(_ bytes: [UInt8]) -> [String] {
    bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map {
      String(decoding: $0, as: UTF8.self)
    }
  }

  private func starts(_ text: StaticString, at offset: Int = 0) -> Bool {
    let wanted = Array("\(text)".utf8)
    return bytes[min(index + offset, bytes.count)...].starts(with: wanted)
  }

  /// Passes `count` bytes on: to the code, to the comments, or (as blanks) to neither.
  private mutating func take(_ count: Int, asCode: Bool = false, asComment: Bool = false) {
    for byte in bytes[index..<min(index + count, bytes.count)] {
      let blank = byte == UInt8(ascii: "\n") ? byte : UInt8(ascii: " ")
      code.append(asCode ? byte : blank)
      comments.append(asComment ? byte : blank)
    }
    index += count
  }

  private mutating func readCode(_ parentheses: Int) {
    let byte = bytes[index]
    if byte == UInt8(ascii: "/"), starts("//") {
      stack.append(.lineComment)
    } else if byte == UInt8(ascii: "/"), starts("/*") {
      stack.append(.blockComment(depth: 0))
    } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "#"), let hashes = hashesBeforeQuote() {
      let isMultiline = starts("\"\"\"", at: hashes)
      stack.append(.string(hashes: hashes, isMultiline: isMultiline))
      take(hashes + (isMultiline ? 3 : 1), asCode: true)
    } else if byte == UInt8(ascii: ")"), parentheses == 1, stack.count > 1 {
      stack.removeLast()
      take(1)
    } else {
      let change = byte == UInt8(ascii: "(") ? 1 : byte == UInt8(ascii: ")") ? -1 : 0
      stack[stack.count - 1] = .code(parentheses: parentheses + change)
      take(1, asCode: true)
    }
  }

  /// How many `#` stand between here and a quotation mark; nil where there is no string.
  private func hashesBeforeQuote() -> Int? {
    var hashes = 0
    while index + hashes < bytes.count, bytes[index + hashes] == UInt8(ascii: "#") { hashes += 1 }
    return starts("\"", at: hashes) ? hashes : nil
  }

  private mutating func readLineComment() {
    if bytes[index] == UInt8(ascii: "\n") { stack.removeLast() }
    take(1, asComment: true)
  }

  private mutating func readBlockComment(_ depth: Int) {
    if starts("/*") {
      stack[stack.count - 1] = .blockComment(depth: depth + 1)
      take(2, asComment: true)
    } else if starts("*/") {
      if depth == 1 { stack.removeLast() } else { stack[stack.count - 1] = .blockComment(depth: depth - 1) }
      take(2, asComment: true)
    } else {
      take(1, asComment: true)
    }
  }

  private mutating func readString(_ hashes: Int, _ isMultiline: Bool) {
    let byte = bytes[index]
    if byte == UInt8(ascii: "\\"), hasHashes(hashes, at: 1) {
      if starts("(", at: 1 + hashes) {
        take(2 + hashes)
        stack.append(.code(parentheses: 1))
      } else {
        take(2 + hashes)
      }
    } else if byte == UInt8(ascii: "\""), isMultiline ? starts("\"\"\"") : true,
      hasHashes(hashes, at: isMultiline ? 3 : 1)
    {
      stack.removeLast()
      take((isMultiline ? 3 : 1) + hashes, asCode: true)
    } else {
      if byte == UInt8(ascii: "\n"), !isMultiline { stack.removeLast() }
      take(1)
    }
  }

  private func hasHashes(_ count: Int, at offset: Int) -> Bool {
    (0..<count).allSatisfy { starts("#", at: offset + $0) }
  }
}
