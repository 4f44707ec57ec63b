internal import DebianArchive

/// Takes a package's own version out of its texts, so that two builds compare by what they do and not by their name.
///
/// Only its own: an old version that the new build's scripts name is a step of an upgrade, and stays a difference.
struct OwnVersion {
  /// What stands where the version stood; no Debian text holds this character.
  static let placeholder = Array("\u{FFFC}".utf8)

  /// The spellings, longest first.
  private let spellings: [[UInt8]]

  /// The spellings of a package's version and of its source's, with and without epoch.
  ///
  /// A version that could be any number ("9") is not looked for: it would hide real changes.
  init(_ package: DebPackage) {
    let versions = [package.version, package.sourceVersion]
    let texts = Set(versions.flatMap { [$0.text, $0.textWithoutEpoch] })
    spellings = texts.filter { text in text.utf8.count >= 3 && text.utf8.contains { ".-+~:".utf8.contains($0) } }
      .map { Array($0.utf8) }.sorted { ($1.count, $0.description) < ($0.count, $1.description) }
  }

  /// The text with every own version replaced.
  func removed(from text: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    var index = 0
    while index < text.count {
      if let spelling = spellings.first(where: { stands($0, in: text, at: index) }) {
        result += Self.placeholder
        index += spelling.count
      } else {
        result.append(text[index])
        index += 1
      }
    }
    return result
  }

  /// The text with every own version replaced.
  func removed(from text: String) -> String { String(decoding: removed(from: Array(text.utf8)), as: UTF8.self) }

  /// Whether a spelling stands at a place by itself, not as part of a longer version (`deb12u1` in `deb12u11`).
  private func stands(_ spelling: [UInt8], in text: [UInt8], at index: Int) -> Bool {
    let end = index + spelling.count
    guard end <= text.count, text[index] == spelling[0], text[index..<end].elementsEqual(spelling) else { return false }
    let before = index > 0 ? text[index - 1] : 0
    let after = end < text.count ? text[end] : 0
    return !Self.isWord(before) && !".+~".utf8.contains(before) && !Self.isWord(after)
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"):
      true
    default: false
    }
  }
}
