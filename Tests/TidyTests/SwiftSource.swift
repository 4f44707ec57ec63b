/// A Swift file as the rules read it.
struct SwiftSource: Sendable {
  let file: TextFile
  let code: [String]
  let comments: [String]

  init(_ file: TextFile) {
    self.file = file
    let text = SwiftText(file.text)
    code = text.codeLines
    comments = text.commentLines
  }

  /// A file that exists in a test only.
  init(path: String, _ text: String) {
    self.init(TextFile(path: path, text: text))
  }

  /// Every Swift file of the modules.
  static let modules = Repository.texts(under: "Sources", endings: [".swift"]).map { SwiftSource($0) }

  /// Every Swift file of the clone: modules, tests, fuzzers, benchmarks, Package.swift.
  static let all = Repository.texts(endings: [".swift"]).map { SwiftSource($0) }
}

extension String {
  /// Whether a word stands in the text by itself: where it begins or ends with a letter, no other letter follows there.
  func containsWord(_ word: String) -> Bool {
    let text = Array(utf8)
    let wanted = Array(word.utf8)
    guard let first = wanted.first, let last = wanted.last, text.count >= wanted.count else { return false }
    for start in 0...(text.count - wanted.count) where text[start] == first {
      guard text[start..<start + wanted.count].elementsEqual(wanted) else { continue }
      let joinsBefore = Self.isLetter(first) && start > 0 && Self.isLetter(text[start - 1])
      let end = start + wanted.count
      let joinsAfter = Self.isLetter(last) && end < text.count && Self.isLetter(text[end])
      if !joinsBefore && !joinsAfter { return true }
    }
    return false
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
      || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "_") || byte > 0x7f
  }
}
