/// What the dynamic section says about libraries (System V gABI, "Dynamic Section").
public struct ELFDynamic: Sendable, Hashable {
  /// The name that others link against (DT_SONAME).
  public let soname: String?
  /// The names of the libraries that the image needs, in order (DT_NEEDED).
  public let needed: [String]
}

extension ELFImage {
  private enum Tag {
    static let null: UInt64 = 0
    static let needed: UInt64 = 1
    static let stringTable: UInt64 = 5
    static let stringTableSize: UInt64 = 10
    static let soname: UInt64 = 14
  }

  /// The dynamic section as the loader finds it, through the segments; nil for a statically linked program.
  public func dynamic() throws(ELFError) -> ELFDynamic? {
    guard let range = segments.first(where: { $0.kind == .dynamic })?.fileRange else { return nil }
    let entries = try dynamicEntries(range)
    let names = entries.filter { $0.tag == Tag.needed || $0.tag == Tag.soname }
    guard !names.isEmpty else { return ELFDynamic(soname: nil, needed: []) }
    guard let address = entries.first(where: { $0.tag == Tag.stringTable })?.value,
      let size = entries.first(where: { $0.tag == Tag.stringTableSize })?.value
    else { throw .malformed("its dynamic section has names and no string table") }
    let strings = try fileRange("dynamic string table", address: address, size: size)
    var soname: String?
    var needed: [String] = []
    for entry in names {
      let name = try reader.text("library name", at: entry.value, in: strings, limit: Self.nameByteLimit)
      if entry.tag == Tag.needed { needed.append(name) } else { soname = soname ?? name }
    }
    return ELFDynamic(soname: soname, needed: needed)
  }

  private func dynamicEntries(_ range: Range<Int>) throws(ELFError) -> [(tag: UInt64, value: UInt64)] {
    var entries: [(tag: UInt64, value: UInt64)] = []
    for offset in stride(from: range.lowerBound, through: range.upperBound - 16, by: 16) {
      let tag: UInt64 = reader.number(offset)
      if tag == Tag.null { break }
      guard entries.count < Self.dynamicEntryLimit else {
        throw .tooMany("dynamic entries", count: UInt64(range.count / 16), limit: Self.dynamicEntryLimit)
      }
      entries.append((tag, reader.number(offset + 8)))
    }
    return entries
  }

  /// Where bytes that the loader maps at an address lie in the file.
  func fileRange(_ part: String, address: UInt64, size: UInt64) throws(ELFError) -> Range<Int> {
    for segment in segments where segment.kind == .load && address >= segment.address {
      let start = address - segment.address
      if start <= segment.fileSize, size <= segment.fileSize - start {
        let offset = segment.fileRange.lowerBound + Int(start)
        return offset..<offset + Int(size)
      }
    }
    throw .malformed("no segment maps its \(part)")
  }
}
