/// Which file of a tiled log (tlog-tiles): 256 hashes of a level, or 256 entries, or the first of them.
public struct Tile: Sendable, Hashable, CustomStringConvertible {
  /// The number of hashes or entries in a full tile.
  public static let fullWidth = 256
  /// The logarithm of ``fullWidth``: how many levels of the tree lie between two levels of tiles.
  static let height = 8
  /// The highest level at which a tree of 2^63 − 1 entries has tiles.
  static let highestLevel = 7

  /// What a tile holds.
  public enum Content: Sendable, Hashable {
    /// Hashes; at level 0 those of entries, above it each hash is a full tile's of the level below.
    case hashes(level: Int)
    /// The entries themselves: an entry bundle.
    case entries

    /// The level of the tree that its items stand for.
    var level: Int {
      switch self {
      case .hashes(let level): level
      case .entries: 0
      }
    }
  }

  /// What it holds.
  public let content: Content
  /// Its place among the tiles of its level, from 0.
  public let index: UInt64
  /// How many hashes or entries it holds; less than ``fullWidth`` for a partial tile.
  public let width: Int

  /// A tile; nil where no tree of at most 2^63 − 1 entries has one like it.
  public init?(_ content: Content, index: UInt64, width: Int = fullWidth) {
    guard (1...Self.fullWidth).contains(width), (0...Self.highestLevel).contains(content.level),
      index <= LogLimits.greatestNumber >> UInt64(Self.height * (content.level + 1))
    else { return nil }
    self.init(of: content, index, width)
  }

  init(of content: Content, _ index: UInt64, _ width: Int) {
    self.content = content
    self.index = index
    self.width = width
  }

  /// Whether it holds less than a full tile.
  public var isPartial: Bool { width < Self.fullWidth }

  /// The full tile in this one's place.
  public var full: Tile { Tile(of: content, index, Self.fullWidth) }

  /// The first entry whose hash is in the tile, or under it.
  public var firstEntry: UInt64 { index << UInt64(Self.height * (content.level + 1)) }

  /// Its path under the log's prefix: `tile/0/x001/x234/067`, `tile/entries/000.p/5`.
  public var description: String {
    let level =
      switch content {
      case .hashes(let level): String(level)
      case .entries: "entries"
      }
    func digits(_ value: UInt64) -> String { String(String(1_000 + value % 1_000).dropFirst()) }
    var path = digits(index)
    var rest = index / 1_000
    while rest > 0 {
      path = "x\(digits(rest))/\(path)"
      rest /= 1_000
    }
    return "tile/\(level)/\(path)\(isPartial ? ".p/\(width)" : "")"
  }

  /// Reads a path; nil for any other spelling than the one that ``description`` has.
  public init?(path: String) {
    let parts = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    guard path.utf8.count <= 64, parts.count >= 3, parts[0].elementsEqual("tile".utf8) else { return nil }
    let content: Content
    if parts[1].elementsEqual("entries".utf8) {
      content = .entries
    } else {
      guard let level = try? decimal(parts[1], of: ""), level <= 63 else { return nil }
      content = .hashes(level: Int(level))
    }
    var numbers = parts.dropFirst(2).map { Array($0) }
    var width = Self.fullWidth
    if numbers.count >= 2, numbers[numbers.count - 2].suffix(2).elementsEqual(".p".utf8) {
      guard let last = numbers.popLast(), let value = try? decimal(last, of: ""), value < Self.fullWidth else {
        return nil
      }
      width = Int(value)
      numbers[numbers.count - 1].removeLast(2)
    }
    var index: UInt64 = 0
    for number in numbers {
      let digits = number.first == UInt8(ascii: "x") ? number.dropFirst() : number[...]
      guard digits.count == 3, let value = UInt64(String(decoding: digits, as: UTF8.self)),
        index < LogLimits.greatestNumber / 1_000
      else { return nil }
      index = index * 1_000 + value
    }
    self.init(content, index: index, width: width)
    // One spelling only: no missing or superfluous `x`, no zeros in front.
    guard description.utf8.elementsEqual(path.utf8) else { return nil }
  }
}
