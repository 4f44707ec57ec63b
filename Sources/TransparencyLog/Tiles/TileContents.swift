public import Basics

extension Tile {
  /// Reads the hashes of a tile: exactly as many as its width says.
  public func hashes(parsing bytes: [UInt8]) throws(LogRefusal) -> [Digest] {
    let (count, rest) = bytes.count.quotientAndRemainder(dividingBy: Digest.byteCount)
    guard rest == 0, count == width else { throw .tileLength(path: description, found: count, wanted: width) }
    return (0..<width).compactMap { Digest(bytes: bytes[$0 * Digest.byteCount..<($0 + 1) * Digest.byteCount]) }
  }

  /// The bytes of a tile with these hashes.
  public static func bytes(of hashes: some Sequence<Digest>) -> [UInt8] {
    hashes.flatMap(\.bytes)
  }

  /// Reads the entries of an entry bundle: exactly as many as its width says, each after its length in two bytes.
  public func entries(parsing bytes: [UInt8]) throws(LogRefusal) -> [[UInt8]] {
    var entries: [[UInt8]] = []
    var rest = bytes[...]
    while !rest.isEmpty {
      guard entries.count < width else {
        throw .tileLength(path: description, found: entries.count + 1, wanted: width)
      }
      guard rest.count >= 2 else { throw .malformed(what: description, reason: "it ends within a length") }
      let count = rest.prefix(2).reduce(0) { $0 << 8 | Int($1) }
      rest = rest.dropFirst(2)
      guard rest.count >= count else { throw .malformed(what: description, reason: "it ends within an entry") }
      entries.append(Array(rest.prefix(count)))
      rest = rest.dropFirst(count)
    }
    guard entries.count == width else {
      throw .tileLength(path: description, found: entries.count, wanted: width)
    }
    return entries
  }

  /// The bytes of an entry bundle with these entries.
  ///
  /// - Throws: ``LogRefusal/tooMuch(what:count:limit:of:)`` for an entry longer than ``LogLimits/entryByteCount``.
  public static func bytes(of entries: some Sequence<[UInt8]>) throws(LogRefusal) -> [UInt8] {
    var bytes: [UInt8] = []
    for entry in entries {
      guard entry.count <= LogLimits.entryByteCount else {
        throw .tooMuch(what: "a log entry", count: entry.count, limit: LogLimits.entryByteCount, of: "bytes")
      }
      bytes += [UInt8(entry.count >> 8), UInt8(entry.count & 0xff)] + entry
    }
    return bytes
  }

  /// The longest file that a tile of this width can be, in bytes.
  public var byteLimit: Int {
    switch content {
    case .hashes: width * Digest.byteCount
    case .entries: width * (LogLimits.entryByteCount + 2)
    }
  }
}
