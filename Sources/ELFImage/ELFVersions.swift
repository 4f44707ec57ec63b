/// The versions of symbols (Linux Standard Base, "Symbol Versioning").
extension ELFImage {
  /// A version that symbols can have.
  struct Version {
    let name: String
    /// Whether this image defines it, rather than needs it of a library.
    let isDefined: Bool
  }

  /// All versions by their numbers.
  func versions() throws(ELFError) -> [UInt16: Version] {
    var versions: [UInt16: Version] = [:]
    var left = Self.versionLimit
    for section in sections where section.kind == .versionDefinitions {
      let strings = try stringTable(of: section)
      for entry in try chain(in: section.fileRange, from: section.fileRange.lowerBound, .definition, &left) {
        let name = try position(in: section.fileRange, entry, plus: reader.number(entry + 12), size: 8)
        versions[reader.number(entry + 4)] = Version(name: try versionName(at: name, strings), isDefined: true)
      }
    }
    for section in sections where section.kind == .versionNeeds {
      let strings = try stringTable(of: section)
      for library in try chain(in: section.fileRange, from: section.fileRange.lowerBound, .library, &left) {
        guard reader.number(library + 2) > 0 as UInt16 else { continue }
        let first = try position(in: section.fileRange, library, plus: reader.number(library + 8), size: 16)
        for need in try chain(in: section.fileRange, from: first, .need, &left) {
          versions[reader.number(need + 6)] = Version(
            name: try versionName(at: need + 8, strings), isDefined: false)
        }
      }
    }
    return versions
  }

  private func versionName(at offset: Int, _ strings: Range<Int>) throws(ELFError) -> String {
    try reader.text(
      "version name", at: UInt64(reader.number(offset, as: UInt32.self)), in: strings, limit: Self.nameByteLimit)
  }

  /// An entry of a chain: its size, and where it says how far the next one is.
  private struct Link {
    let byteCount: Int
    let nextAt: Int
    static let definition = Link(byteCount: 20, nextAt: 16)
    static let library = Link(byteCount: 16, nextAt: 12)
    static let need = Link(byteCount: 16, nextAt: 12)
  }

  /// The entries of a chain, which can only go forward; a distance of 0 ends it.
  private func chain(
    in range: Range<Int>, from start: Int, _ link: Link, _ left: inout Int
  ) throws(ELFError) -> [Int] {
    guard !range.isEmpty else { return [] }
    var entries: [Int] = []
    var entry = try position(in: range, start, plus: 0, size: link.byteCount)
    while true {
      guard left > 0 else { throw .tooMany("versions", count: UInt64(range.count / 16), limit: Self.versionLimit) }
      left -= 1
      entries.append(entry)
      let next: UInt32 = reader.number(entry + link.nextAt)
      guard next > 0 else { return entries }
      entry = try position(in: range, entry, plus: next, size: link.byteCount)
    }
  }

  private func position(
    in range: Range<Int>, _ base: Int, plus step: UInt32, size: Int
  ) throws(ELFError) -> Int {
    let position = base + Int(step)
    guard position >= range.lowerBound, position <= range.upperBound - size else {
      throw .malformed("a version entry lies outside its section")
    }
    return position
  }
}
